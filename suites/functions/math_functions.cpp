// Functions of minerva_math, hendrycks_math and aime: how they find an answer and compare it as text.

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/utf8.h"
#include "suites/functions/math_answer_text.h"
#include "suites/functions/task_functions.h"
#include "suites/graders/grader.h"
#include "suites/prompts/python_values.h"
#include "suites/text/regex.h"
#include "suites/text/text_util.h"

namespace reckon::suites {
namespace {

std::string boxed_solution(const json::Value& row) {
  const std::string solution = text_field(row, "solution");
  const std::optional<std::string> answer = last_boxed_of_harness(solution);
  if (!answer) {
    fail_input("the field 'solution' holds no \\boxed{{...}} answer: '{}'", shortened(solution));
  }
  return *answer;
}

bool minerva_docs(json::Document& row, PythonRandom&) {
  set_field(row, "answer", minerva_normal_form(boxed_solution(row)));
  return true;
}

bool hendrycks_docs(json::Document& row, PythonRandom&) {
  set_field(row, "answer", boxed_solution(row));
  return true;
}

json::Document minerva_text(const json::Value& row) {
  json::Document document;
  static_cast<json::Value&>(document) =
      json::string("Problem:\n" + text_field(row, "problem") + "\n\nSolution:", document.GetAllocator());
  return document;
}

std::unique_ptr<Grader> math_grader(const char* policy) {
  json::Document options(rapidjson::kObjectType);
  options.AddMember("policy", json::Value(rapidjson::StringRef(policy)), options.GetAllocator());
  return make_grader("math", options, "minerva_math.process_results");
}

/// Equal as text, or equal as mathematics (where the harness asks SymPy).
bool minerva_equal(const std::string& gold, const std::string& answer) {
  static const std::unique_ptr<Grader> kGrader = math_grader("minerva");
  return (!gold.empty() && gold == answer) || kGrader->grade(gold, answer).correct;
}

std::map<std::string, double> minerva_results(const json::Value& row, const std::string& reply) {
  static const Regex kFinal("Final Answer: The final answer is(.*?). I hope it is correct.",
                            "minerva_math.process_results");
  const std::string text = reply + "I hope it is correct.";
  const Regex::Matches matches = kFinal.find_all(text, 1);
  const std::string found =
      matches.all.empty() ? "[invalidanswer]" : std::string(trim(matches.all[0].text(text, 1)));
  const std::string answer = minerva_normal_form(found);
  static const std::unique_ptr<Grader> kMathVerify = math_grader("math_verify");
  const std::string verified = last_boxed_of_harness(reply).value_or(matches.all.empty() ? reply : found);
  return {{"exact_match", minerva_equal(text_field(row, "answer"), answer) ? 1.0 : 0.0},
          {"math_verify", kMathVerify->grade(boxed_solution(row), verified).correct ? 1.0 : 0.0}};
}

/// Between the first and the last dollar sign, the whole reply when there are not two.
std::string between_dollars(const std::string& reply) {
  const std::size_t first = reply.find('$');
  const std::size_t last = reply.rfind('$');
  return first == last ? reply : reply.substr(first + 1, last - first - 1);
}

std::map<std::string, double> hendrycks_results(const json::Value& row, const std::string& reply) {
  const bool equal = hendrycks_equal(between_dollars(reply), boxed_solution(row));
  return {{"exact_match", equal ? 1.0 : 0.0}};
}

std::map<std::string, double> aime_results(const json::Value& row, const std::string& reply) {
  const std::string answer = last_boxed_of_harness(reply).value_or(between_dollars(reply));
  for (const auto& member : row.GetObject()) {
    if (lower_case({member.name.GetString(), member.name.GetStringLength()}) == "answer") {
      return {{"exact_match", hendrycks_equal(answer, python_text(member.value)) ? 1.0 : 0.0}};
    }
  }
  fail_input("the row has no field 'answer'");
}

}  // namespace

const std::map<std::string, RowFunction>& math_row_functions() {
  static const std::map<std::string, RowFunction> kFunctions = {
      {"minerva_math.process_docs", minerva_docs}, {"hendrycks_math.process_docs", hendrycks_docs}};
  return kFunctions;
}

const std::map<std::string, ValueFunction>& math_value_functions() {
  static const std::map<std::string, ValueFunction> kFunctions = {{"minerva_math.doc_to_text", minerva_text}};
  return kFunctions;
}

const std::map<std::string, ResultsFunction>& math_results_functions() {
  static const std::map<std::string, ResultsFunction> kFunctions = {
      {"minerva_math.process_results", minerva_results},
      {"hendrycks_math.process_results", hendrycks_results},
      {"aime.process_results", aime_results}};
  return kFunctions;
}

}  // namespace reckon::suites
