// Certified equality of mathematics (suites/math) as a grader.

#include <fmt/format.h>

#include "base/error.h"
#include "suites/config/option_reader.h"
#include "suites/graders/graders.h"
#include "suites/graders/workers/judge_pair.h"
#include "suites/text/text_util.h"

namespace reckon::suites {
namespace {

class Math : public Grader {
 public:
  explicit Math(math::Policy policy) : policy_(std::move(policy)) {}

  Grade grade(std::string_view gold, std::string_view answer) const override {
    if (trim(answer).empty()) {
      return {false, "the answer is empty", std::string(math::name_of(math::Evidence::text_differs))};
    }
    const math::Judgement judgement = judge_pair(gold, answer, policy_);
    const bool decided = judgement.evidence != math::Evidence::not_decided;
    return {judgement.equal,
            fmt::format("{}'{}' {} '{}': {}", decided ? "" : "not decided whether ", shortened(answer),
                        judgement.equal || !decided ? "is" : "is not", shortened(gold), judgement.detail),
            std::string(math::name_of(judgement.evidence))};
  }

  std::string complaint_about_gold(std::string_view gold) const override {
    if (trim(gold).empty()) {
      return "is empty";
    }
    const math::ParsedAnswer parsed = math::parse_answer(gold);
    if (parsed.syntax_error.empty() || !parsed.readings.empty() || parsed.declared_text) {
      return "";
    }
    return fmt::format(
        "is neither mathematics ({}) nor declared as text; mend it, write it as \\text{{...}}, or grade this "
        "suite by exact_match",
        parsed.syntax_error);
  }

  std::string name() const override { return "math"; }

 private:
  math::Policy policy_;
};

}  // namespace

std::unique_ptr<Grader> make_math(const json::Value& options, const std::string& where) {
  const OptionReader reader(options, where,
                            {"policy", "precision", "strict", "allow_set_relation_comp", "gold_reading"});
  const std::string name = reader.get_choice("policy", math::policy_names(), "strict");
  math::Policy policy = math::policy_named(name);
  for (const char* option : {"precision", "strict", "allow_set_relation_comp"}) {
    if (reader.find(option) != nullptr && policy.name != math::Policy::Name::math_verify) {
      fail_input("{}: '{}' is an option of the policy math_verify; the policy here is {}", where, option,
                 name);
    }
  }
  policy.precision = static_cast<int>(reader.get_int("precision", 0, 15, policy.precision));
  policy.strict = reader.get_bool("strict", policy.strict);
  policy.allow_set_relation_comp = reader.get_bool("allow_set_relation_comp", policy.allow_set_relation_comp);
  policy.gold_reading = reader.get_choice("gold_reading", {"", "number", "list", "tuple", "interval"}, "");
  return std::make_unique<Math>(std::move(policy));
}

}  // namespace reckon::suites
