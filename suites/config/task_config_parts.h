#pragma once
// The parts of make_task_config(), by subject, and the reader that they share.

#include <optional>
#include <string>
#include <vector>

#include "suites/config/task_config.h"

namespace reckon::suites {

/// Typed access to the members of one mapping of a suite file; errors name file, line and key.
class ConfigReader {
 public:
  /// `path`: of the mapping ("" = the whole file, "reckon", "fewshot_config"). An absent mapping reads as
  /// empty.
  ConfigReader(const SuiteFile& file, std::string path);

  const SuiteFile& file() const { return file_; }
  /// "file: line n: 'key'".
  std::string where(const std::string& key) const;
  const json::Value* find(const char* key) const;
  std::string text(const char* key, const std::string& fallback) const;
  std::int64_t integer(const char* key, std::int64_t low, std::int64_t high, std::int64_t fallback) const;
  std::optional<double> number(const char* key, double low, double high) const;
  std::optional<bool> boolean(const char* key) const;
  std::vector<std::string> strings(const char* key) const;  ///< one text or a list of texts
  std::optional<DocTemplate> doc_template(const char* key) const;
  /// The built-in that `!function` names there; nullopt: no function. Errors: those of resolve_function().
  std::optional<FunctionName> function(const char* key) const;
  FunctionName function(const json::Value& value, const std::string& value_path) const;
  void check_keys(const std::vector<std::string>& known) const;

 private:
  const SuiteFile& file_;
  std::string path_;
  const json::Value* object_ = nullptr;
};

/// "{dataset_name}" in file names and texts under `reckon:` is the value of that key, so that suites of one
/// family can share a file.
std::string with_dataset_name(const std::string& text, const std::string& dataset_name);

void read_generation(const ConfigReader& reader, TaskConfig& config);
void read_dataset_keys(const ConfigReader& reader, const ConfigReader& own, TaskConfig& config);
/// process_docs and process_results.
void read_functions(const ConfigReader& reader, TaskConfig& config);
void read_fewshot(const ConfigReader& reader, TaskConfig& config);
void read_scoring(const ConfigReader& reader, const ConfigReader& own, TaskConfig& config);

}  // namespace reckon::suites
