#include "suites/math/policy.h"

#include "base/error.h"

namespace reckon::suites::math {

std::vector<std::string> policy_names() { return {"strict", "math_verify", "minerva"}; }

std::string_view name_of(Policy::Name name) {
  switch (name) {
    case Policy::Name::strict:
      return "strict";
    case Policy::Name::math_verify:
      return "math_verify";
    case Policy::Name::minerva:
      return "minerva";
  }
  return "strict";
}

Policy policy_named(std::string_view name) {
  for (const Policy::Name known : {Policy::Name::strict, Policy::Name::math_verify, Policy::Name::minerva}) {
    if (name == name_of(known)) return Policy{.name = known, .gold_reading = {}};
  }
  fail_input("There is no policy \"{}\" for grading mathematics. Known: strict, math_verify, minerva", name);
}

}  // namespace reckon::suites::math
