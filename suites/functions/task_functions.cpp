#include "suites/functions/task_functions.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>
#include <utility>

#include <fmt/ranges.h>

#include "base/error.h"
#include "base/files.h"

namespace reckon::suites {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTag = "!function";

/// Families and the SHA-256 of their module in lm-evaluation-harness 0.4.13 (gpqa has one for each form).
const std::map<std::string, std::set<std::string>>& known_modules() {
  static const std::map<std::string, std::set<std::string>> kModules = {
      {"minerva_math", {"e6b10f05b1990d3e82a4414bbf8c04a9f6b7e029c00dfe336a040ecf78acdab0"}},
      {"hendrycks_math", {"8332e42f23c62043b23d74ee6d3934f997b209cd60a1ad45b7882d6b00929d5c"}},
      {"aime", {"e5072ebf08479745698bec6cfa103faa4f3ac5764db09bcbe760953227f9082b"}},
      {"bbh", {"ecc017c5c3c0a03757d94072fb74feac74406b63d2f6efa6ec68f73f8db8a9fd"}},
      {"hellaswag", {"07d23b60b28f2a4f658dcf8440623a63fe6644854ce9b846a114dde980dc1214"}},
      {"mmlu_pro", {"d47eae06ecf1e9535b033394de62185327a1dca977cb29049003699adeb92801"}},
      {"gpqa",
       {"b603828710f1fb3e1b8fe42726b188544ef8dbd12d25f4ca676e42ca4d1a251b",
        "8c70526cdc0f32811cd4cd35db6983561583980b4b7552c3484dc6846b41e241",
        "7c755f2c3f8f4ac20de96fb68941c43424d2ded0552d5ab81e672e15c410655c"}},
      {"truthfulqa", {"d3c827d1e2cd442a1e4738b527a18effd48cbb2aed478c12a652311b5ea4dbc8"}},
      {"winogrande", {"e55327629264a98f1d383fda24645b6779afb53fa0bce2150042b9416b1ae006"}},
      {"humaneval", {"5f77adbf75b4342a6113fea30168ea57b4e5c3877ffd3b4942cb338b3edb2c95"}},
      {"mbpp", {"eecfcc264a63801d4ac478fac80b0f18c3faf16a107baf641a4fd498e81de7df"}}};
  return kModules;
}

template <typename Function>
const Function* find_in(const std::map<std::string, Function>& table, const FunctionName& name) {
  const auto found = table.find(name.text());
  return found == table.end() ? nullptr : &found->second;
}

const std::map<std::string, SamplesFunction>& samples_functions() {
  static const std::map<std::string, SamplesFunction> kFunctions = {
      {"minerva_math.list_fewshot_samples", minerva_fewshot_samples},
      {"mbpp.list_fewshot_samples", mbpp_fewshot_samples}};
  return kFunctions;
}

bool is_known(const FunctionName& name) {
  return find_row_function(name) != nullptr || find_value_function(name) != nullptr ||
         find_samples_function(name) != nullptr || find_results_function(name) != nullptr ||
         find_likelihood_function(name) != nullptr || find_filter_function(name) != nullptr ||
         find_code_metric(name) != nullptr;
}

/// The family by the folders of the file, nearest first, else by the task's name.
std::string family_of(const std::string& file, const std::string& task) {
  for (fs::path folder = fs::absolute(file).parent_path(); folder.has_filename();
       folder = folder.parent_path()) {
    if (known_modules().contains(folder.filename().string())) return folder.filename().string();
  }
  std::string longest;
  for (const auto& [family, modules] : known_modules()) {
    if (task.starts_with(family) && family.size() > longest.size()) longest = family;
  }
  return longest;
}

}  // namespace

const RowFunction* find_row_function(const FunctionName& name) {
  const RowFunction* function = find_in(choice_row_functions(), name);
  return function != nullptr ? function : find_in(math_row_functions(), name);
}

const ValueFunction* find_value_function(const FunctionName& name) {
  const ValueFunction* function = find_in(choice_value_functions(), name);
  return function != nullptr ? function : find_in(math_value_functions(), name);
}

const SamplesFunction* find_samples_function(const FunctionName& name) {
  return find_in(samples_functions(), name);
}

const ResultsFunction* find_results_function(const FunctionName& name) {
  const ResultsFunction* function = find_in(math_results_functions(), name);
  return function != nullptr ? function : find_in(choice_results_functions(), name);
}

const LikelihoodFunction* find_likelihood_function(const FunctionName& name) {
  return find_in(choice_likelihood_functions(), name);
}

const FilterFunction* find_filter_function(const FunctionName& name) {
  const FilterFunction* function = find_in(bbh_filter_functions(), name);
  return function != nullptr ? function : find_in(code_filter_functions(), name);
}

const CodeMetric* find_code_metric(const FunctionName& name) {
  static const std::map<std::string, CodeMetric> kMetrics = {{"humaneval.pass_at_k", {"humaneval", "pass@1"}},
                                                             {"mbpp.pass_at_1", {"mbpp", "pass_at_1"}}};
  return find_in(kMetrics, name);
}

std::string deciding_metric(const FunctionName& name) {
  return name.text() == "truthfulqa.process_results_gen" ? "bleu_acc" : "";
}

bool is_function(const json::Value& value) {
  return value.IsObject() && value.MemberCount() == 1 && value.MemberBegin()->name == kTag &&
         value.MemberBegin()->value.IsString();
}

FunctionName resolve_function(const json::Value& value, const std::string& where, const std::string& file,
                              const std::string& task) {
  const json::Value& text = value.MemberBegin()->value;
  const std::string qualified(text.GetString(), text.GetStringLength());
  const std::size_t dot = qualified.rfind('.');
  FunctionName name;
  name.family = family_of(file, task);
  name.function = dot == std::string::npos ? qualified : qualified.substr(dot + 1);
  if (name.family.empty() || !is_known(name)) {
    std::vector<std::string> families;
    for (const auto& [family, modules] : known_modules()) families.push_back(family);
    fail_input(
        "{} is Python code (`!function {}`), which suite files do not run, and {}; built in are the "
        "functions "
        "of {} (by the folder of the file or the beginning of the task's name). Write a template, a "
        "`filter_list` or `reckon: extraction` and `grader` in its place",
        where, qualified,
        name.family.empty() ? "no task family is known from its folder or name"
                            : fmt::format("'{}' of {} is not built in", name.function, name.family),
        fmt::join(families, ", "));
  }
  std::string module = dot == std::string::npos ? "" : qualified.substr(0, dot);
  std::replace(module.begin(), module.end(), '.', '/');
  const fs::path beside = fs::path(file).parent_path() / (module + ".py");
  std::error_code ignored;
  if (fs::is_regular_file(beside, ignored) &&
      !known_modules().at(name.family).contains(sha256_file(beside.string()))) {
    fail_input(
        "{}: `!function {}` stands for the function of lm-evaluation-harness 0.4.13, but {} is another one; "
        "remove that file to use the built-in all the same",
        where, qualified, beside.string());
  }
  return name;
}

std::uint64_t seed_of_row_function(const FunctionName& name) { return name.family == "gpqa" ? 42 : 0; }

std::string text_field(const json::Value& row, const char* name) {
  const auto member = row.FindMember(name);
  if (member == row.MemberEnd()) fail_input("the row has no field '{}'", name);
  if (!member->value.IsString()) fail_input("the field '{}' of the row is no text", name);
  return {member->value.GetString(), member->value.GetStringLength()};
}

void set_field(json::Document& row, const char* name, json::Value value) {
  const auto member = row.FindMember(name);
  if (member != row.MemberEnd()) {
    member->value = value;
  } else {
    row.AddMember(json::string(name, row.GetAllocator()), value, row.GetAllocator());
  }
}

void set_field(json::Document& row, const char* name, const std::string& value) {
  set_field(row, name, json::string(value, row.GetAllocator()));
}

}  // namespace reckon::suites
