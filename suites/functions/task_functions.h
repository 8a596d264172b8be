#pragma once
// The Python functions that task files of lm-evaluation-harness 0.4.13 name with `!function`, built in by
// name: suite files hold no code, so a name stands for what the harness's own utils.py of that task family
// does.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/json.h"
#include "suites/filters/filter_steps.h"
#include "suites/prompts/python_random.h"

namespace reckon::suites {

/// `!function utils.process_docs` of the task family "hellaswag".
struct FunctionName {
  std::string family;
  std::string function;  ///< without the module
  std::string text() const { return family + "." + function; }
};

/// process_docs, row by row: changes the row in place. False: the row is dropped.
using RowFunction = std::function<bool(json::Document& row, PythonRandom& random)>;
/// doc_to_text, doc_to_target, doc_to_choice: text, an integer or a list of texts.
using ValueFunction = std::function<json::Document(const json::Value& row)>;
/// fewshot_config.samples: rows as JSON text.
using SamplesFunction = std::function<std::vector<std::string>()>;
/// process_results: metric name -> value, of a reply that no filter has changed but those of the file.
using ResultsFunction =
    std::function<std::map<std::string, double>(const json::Value& row, const std::string& reply)>;
/// process_results of multiple_choice: from the log-probabilities of the choices.
using LikelihoodFunction =
    std::function<std::map<std::string, double>(const json::Value& row, std::span<const double> logprobs)>;
/// A filter: `function: !function utils.WordSortFilter`, `filter_fn: !function utils.build_predictions`.
using FilterFunction =
    std::function<std::unique_ptr<FilterStep>(const json::Value& options, const std::string& where)>;

/// Each null when the function is none of that kind.
const RowFunction* find_row_function(const FunctionName& name);
const ValueFunction* find_value_function(const FunctionName& name);
const SamplesFunction* find_samples_function(const FunctionName& name);
const ResultsFunction* find_results_function(const FunctionName& name);
const LikelihoodFunction* find_likelihood_function(const FunctionName& name);
const FilterFunction* find_filter_function(const FunctionName& name);
/// `metric: !function utils.pass_at_k`: a metric that runs the answer.
struct CodeMetric {
  const char* grader;  ///< that judges with the tests of the row
  const char* name;    ///< of the share of answers that pass
};
const CodeMetric* find_code_metric(const FunctionName& name);
/// Which value of process_results says whether the reply is right; "": the first metric of the file.
std::string deciding_metric(const FunctionName& name);

/// Seed of the generator that `name` shuffles with: where the harness seeds one, that one's.
std::uint64_t seed_of_row_function(const FunctionName& name);

/// Whether `value` is what `!function x.y` became when the file was read.
bool is_function(const json::Value& value);

/// The built-in that `value` names. Its family is the name of a folder of `file` (the suite file that the key
/// stands in), nearest first, else how `task` begins. Errors (each with `where`): no built-in of that name; a
/// module beside `file` that is not the one of lm-evaluation-harness 0.4.13, which the built-in would not be
/// true to.
FunctionName resolve_function(const json::Value& value, const std::string& where, const std::string& file,
                              const std::string& task);

/// A text field of a row. Errors: absent or no text (names the field).
std::string text_field(const json::Value& row, const char* name);
/// Sets or replaces a member, which keeps its place.
void set_field(json::Document& row, const char* name, json::Value value);
void set_field(json::Document& row, const char* name, const std::string& value);

// Tables of the families, by "family.function".
const std::map<std::string, RowFunction>& choice_row_functions();
const std::map<std::string, ValueFunction>& choice_value_functions();
const std::map<std::string, ResultsFunction>& choice_results_functions();
const std::map<std::string, LikelihoodFunction>& choice_likelihood_functions();
const std::map<std::string, RowFunction>& math_row_functions();
const std::map<std::string, ValueFunction>& math_value_functions();
const std::map<std::string, ResultsFunction>& math_results_functions();
std::vector<std::string> minerva_fewshot_samples();
const std::map<std::string, FilterFunction>& bbh_filter_functions();
const std::map<std::string, FilterFunction>& code_filter_functions();
std::vector<std::string> mbpp_fewshot_samples();

}  // namespace reckon::suites
