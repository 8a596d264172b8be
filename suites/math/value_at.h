#pragma once
// The numerical value of an answer with numbers for its variables: to check the parser against other systems.

#include <string>
#include <string_view>
#include <vector>

#include "suites/math/exact_value.h"

namespace reckon::suites::math {

/// One value, or one for each entry of a collection or side of a relation.
struct ValuesAt {
  struct Complex {
    double real = 0;
    double imaginary = 0;
  };
  std::string kind;             ///< "value", "list", "tuple", "relation", ...
  std::vector<Complex> values;  ///< empty where the reading has no value there
  std::string problem;          ///< why: a construct by name, or "undefined"
};

/// For each reading of the answer, principal values over the complex numbers, odd roots of negative numbers
/// real.
std::vector<ValuesAt> values_at(std::string_view answer, const Assignment& variables);

}  // namespace reckon::suites::math
