// Graders of functions: the judge calls them through the solver.

#include <map>
#include <mutex>

#include "base/error.h"
#include "base/files.h"
#include "suites/code/code_graders.h"
#include "suites/code/completion.h"
#include "suites/code/execution.h"
#include "suites/code/judging.h"
#include "suites/config/option_reader.h"
#include "suites/datasets/dataset.h"

namespace reckon::suites::code {
namespace {

/// Which fields of a row a form works with.
struct Form {
  const char* name;
  const char* reference_field;  ///< completes the prompt, or is a program where there is none
  bool has_prompt;              ///< the answer continues `prompt`
  bool has_own_inputs;          ///< expected values come from the reference
};

constexpr Form kHumaneval = {"humaneval", "canonical_solution", true, false};
constexpr Form kHumanevalPlus = {"humaneval_plus", "canonical_solution", true, true};
constexpr Form kMbpp = {"mbpp", "code", false, false};
constexpr Form kMbppPlus = {"mbpp_plus", "canonical_solution", false, true};
constexpr Form kFunctionCalls = {"function_calls", "canonical_solution", true, false};

/// CPU seconds for a dataset's reference on all inputs of one problem; the longest known takes 10.
constexpr int kExpectCpuSeconds = 120;
/// Expected values that are kept for further answers to the same question.
constexpr std::size_t kKeptBytes = std::size_t{256} << 20;

class FunctionGrader : public Grader {
 public:
  explicit FunctionGrader(const Form& form) : form_(form) {}

  Grade grade(std::string_view row_text, std::string_view answer) const override {
    require_execution(form_.name);
    // Numbers of the row are read by the judge, which knows integers of any size; here only its texts count.
    bool beyond = false;
    const json::Document row = parse_row(row_text, "a row of the dataset", beyond);
    const json::ObjectReader reader(row, "a row of the dataset");
    Problem problem;
    problem.id = sha256_hex(row_text);
    const std::string prompt = form_.has_prompt ? reader.get_string("prompt", "") : "";
    const std::string reference = reader.get_string(form_.reference_field, "");
    std::string code(answer);
    if (!prompt.empty()) {
      const std::string entry = reader.get_string("entry_point");
      code = program_of(prompt, entry, answer);
      problem.reference = reference.empty() ? "" : program_of(prompt, entry, reference);
    } else {
      problem.reference = reference;
    }
    problem.request = form_.has_own_inputs ? request_with_cases(row, std::string(row_text), problem.id)
                                           : fmt::format(R"({{"form":"{}","row":{}}})", form_.name, row_text);
    return grade_of(judging_.judge(problem, code));
  }

  bool wants_row() const override { return true; }
  std::string name() const override { return form_.name; }

 private:
  /// The texts of the row without its inputs, and the cases that the reference gives for them.
  std::string request_with_cases(const json::Document& row, const std::string& row_text,
                                 const std::string& id) const {
    {
      const std::lock_guard lock(mutex_);
      const auto known = requests_.find(id);
      if (known != requests_.end()) {
        return known->second;
      }
    }
    const std::string reply =
        Judging::ask(fmt::format(R"({{"form":"expect","row":{}}})", row_text), kExpectCpuSeconds);
    const json::Document cases = json::parse(reply, "the judge's reply");
    const json::ObjectReader reader(cases, "the judge's reply");
    if (!reader.has("cases")) {
      fail_evaluation("the reference of this question fails: {}", reader.get_string("detail", ""));
    }
    json::Document request(rapidjson::kObjectType);
    auto& allocator = request.GetAllocator();
    json::Value small(rapidjson::kObjectType);
    for (const char* field : {"prompt", "test", "entry_point", "assertion", "atol"}) {
      const auto member = row.FindMember(field);
      if (member != row.MemberEnd()) {
        small.AddMember(json::string(field, allocator), json::Value(member->value, allocator), allocator);
      }
    }
    request.AddMember("form", json::string(form_.name, allocator), allocator);
    request.AddMember("row", small, allocator);
    request.AddMember("cases", json::string(reader.get_string("cases"), allocator), allocator);
    request.AddMember("compare", json::string(reader.get_string("compare"), allocator), allocator);
    std::string text = json::dump(request);
    const std::lock_guard lock(mutex_);
    if (kept_bytes_ + text.size() <= kKeptBytes) {
      kept_bytes_ += text.size();
      requests_.emplace(id, text);
    }
    return text;
  }

  const Form& form_;
  mutable Judging judging_;
  mutable std::mutex mutex_;
  mutable std::map<std::string, std::string> requests_;
  mutable std::size_t kept_bytes_ = 0;
};

std::unique_ptr<Grader> make(const Form& form, const json::Value& options, const std::string& where) {
  const OptionReader none(options, where, {});
  return std::make_unique<FunctionGrader>(form);
}

}  // namespace

std::unique_ptr<Grader> make_humaneval(const json::Value& options, const std::string& where) {
  return make(kHumaneval, options, where);
}
std::unique_ptr<Grader> make_humaneval_plus(const json::Value& options, const std::string& where) {
  return make(kHumanevalPlus, options, where);
}
std::unique_ptr<Grader> make_mbpp(const json::Value& options, const std::string& where) {
  return make(kMbpp, options, where);
}
std::unique_ptr<Grader> make_mbpp_plus(const json::Value& options, const std::string& where) {
  return make(kMbppPlus, options, where);
}
std::unique_ptr<Grader> make_function_calls(const json::Value& options, const std::string& where) {
  return make(kFunctionCalls, options, where);
}

}  // namespace reckon::suites::code
