// Programs that read standard input and write standard output. The parent compares: expected output never
// enters a box.

#include "base/error.h"
#include "suites/code/code_graders.h"
#include "suites/code/execution.h"
#include "suites/code/judging.h"
#include "suites/config/option_reader.h"
#include "suites/graders/graders.h"
#include "suites/sandbox/run_program.h"

namespace reckon::suites::code {
namespace {

using sandbox::Category;
using sandbox::Outcome;

class ProgramGrader : public Grader {
 public:
  ProgramGrader(sandbox::Language language, double cpu_seconds, std::unique_ptr<Grader> compare)
      : language_(language), cpu_seconds_(cpu_seconds), compare_(std::move(compare)) {}

  Grade grade(std::string_view row_text, std::string_view answer) const override {
    require_execution(name());
    const json::Document row = json::parse(row_text, "a row of the dataset");
    const json::ObjectReader reader(row, "a row of the dataset");
    const Outcome outcome = judge(reader.get_array("tests"), answer);
    if (outcome.category == Category::infrastructure) {
      fail_evaluation("the sandbox failed: {}", outcome.detail);
    }
    return grade_of(outcome);
  }

  bool wants_row() const override { return true; }
  std::string name() const override { return "program"; }

 private:
  Outcome judge(const json::Value& tests, std::string_view answer) const {
    const sandbox::Compilation compiled = sandbox::compile(language_, answer, layers_left_out());
    if (compiled.failure.category != Category::passed) {
      return compiled.failure;
    }
    sandbox::Limits limits = solver_limits(cpu_seconds_);
    limits.stack_bytes = std::size_t{64} << 20;
    for (rapidjson::SizeType i = 0; i < tests.Size(); ++i) {
      const json::ObjectReader test(tests[i], fmt::format("tests[{}]", i));
      const sandbox::ProgramRun run =
          sandbox::run_program(compiled.program, test.get_string("input"), limits, layers_left_out());
      if (run.outcome.category != Category::passed) {
        return {run.outcome.category, fmt::format("test {}: {}", i + 1, run.outcome.detail)};
      }
      const Grade compared = compare_->grade(test.get_string("output"), run.output);
      if (!compared.correct) {
        return {Category::wrong_answer, fmt::format("test {}: {}", i + 1, compared.why)};
      }
    }
    return {Category::passed, fmt::format("{} tests", tests.Size())};
  }

  sandbox::Language language_;
  double cpu_seconds_;
  std::unique_ptr<Grader> compare_;
};

}  // namespace

std::unique_ptr<Grader> make_program(const json::Value& options, const std::string& where) {
  const OptionReader reader(options, where, {"language", "cpu_seconds", "decimals"});
  json::Document comparison(rapidjson::kObjectType);
  comparison.AddMember("decimals", reader.get_bool("decimals", false), comparison.GetAllocator());
  return std::make_unique<ProgramGrader>(
      sandbox::language_of(reader.get_choice("language", {"python3", "c++20"}, "python3")),
      static_cast<double>(reader.get_int("cpu_seconds", 1, 3600, 5)), make_program_output(comparison, where));
}

}  // namespace reckon::suites::code
