// CRUXEval: what a function gives for an input, or an input for which it gives an output. The answer is a
// value; where it is an expression, the solver says what its value is.

#include <fmt/format.h>

#include "suites/code/code_graders.h"
#include "suites/code/execution.h"
#include "suites/code/judging.h"
#include "suites/config/option_reader.h"

namespace reckon::suites::code {
namespace {

/// The functions of CRUXEval take milliseconds; an answer can make one loop.
constexpr int kJudgeCpuSeconds = 5;

class Cruxeval : public Grader {
 public:
  explicit Cruxeval(std::string mode) : mode_(std::move(mode)) {}

  Grade grade(std::string_view row_text, std::string_view answer) const override {
    require_execution(name());
    json::Document text(rapidjson::kStringType);
    text.SetString(answer.data(), static_cast<rapidjson::SizeType>(answer.size()), text.GetAllocator());
    Problem problem;
    problem.request = fmt::format(R"({{"form":"cruxeval","mode":"{}","answer":{},"row":{}}})", mode_,
                                  json::dump(text), row_text);
    problem.judge_cpu_seconds = kJudgeCpuSeconds;
    problem.solver_optional = true;
    // Arguments may use what the dataset's code defines; a predicted value must not be computed by it.
    const json::Document row = json::parse(row_text, "a row of the dataset");
    const json::ObjectReader reader(row, "a row of the dataset");
    return grade_of(judging_.judge(problem, mode_ == "input" ? reader.get_string("code") : ""));
  }

  bool wants_row() const override { return true; }
  std::string name() const override { return "cruxeval"; }

 private:
  std::string mode_;
  mutable Judging judging_;
};

}  // namespace

std::unique_ptr<Grader> make_cruxeval(const json::Value& options, const std::string& where) {
  const OptionReader reader(options, where, {"mode"});
  reader.require_string("mode");
  return std::make_unique<Cruxeval>(reader.get_choice("mode", {"input", "output"}, ""));
}

}  // namespace reckon::suites::code
