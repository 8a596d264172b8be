#pragma once
// A suite file as typed values. Keys have the names and defaults of lm-evaluation-harness 0.4.13; the
// project's own stand under `reckon:`.

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "suites/config/suite_file.h"
#include "suites/filters/answer_filter.h"
#include "suites/functions/task_functions.h"
#include "suites/graders/grader.h"
#include "suites/prompts/doc_template.h"
#include "suites/task.h"

namespace reckon::suites {

/// Where the rows of one split come from.
struct DatasetSource {
  std::vector<std::string> files;  ///< read in order, as one split
  bool operator==(const DatasetSource&) const = default;
};

struct FewshotConfig {
  std::string sampler = "default";  ///< "default" (random) or "first_n"
  std::string split;                ///< "" : inline samples or none
  /// The harness leaves the question out of its draws when both splits have one name, or neither has any.
  bool excludes_question = false;
  RowFunction process_docs;
  std::vector<std::int64_t> indices;
  std::vector<std::string> samples;  ///< inline rows as JSON text
  bool has_samples = false;
  std::optional<DocTemplate> doc_to_text;
  std::optional<DocTemplate> doc_to_target;
  std::optional<DocTemplate> doc_to_choice;
  std::optional<DocTemplate> gen_prefix;
  std::string target_delimiter;
  std::string fewshot_delimiter;
};

struct MetricConfig {
  Metric metric;
  std::unique_ptr<Grader> grader;  ///< generate_until: how this metric compares; null for the others
};

struct TaskConfig {
  std::string name;
  std::string alias;
  std::string path;
  std::string text;  ///< resolved config, canonical JSON
  std::string version = "0";
  std::string summary;
  std::vector<std::string> tags;
  OutputType output_type = OutputType::generate_until;
  int repeats = 1;
  int num_fewshot = 0;
  std::optional<bool> chat;
  std::optional<bool> fewshot_as_multiturn;
  GenerationParameters generation;
  std::string test_split;  ///< name of the evaluated split, as the few-shot sampler compares it
  std::map<std::string, DatasetSource> splits;
  /// Rows come from a generator instead of files when its family is not "".
  GeneratorArguments generator;
  std::string dataset_format;  ///< "json", "csv" or "" (from the file name)
  std::string dataset_field;   ///< rows stand under this key of a JSON object; "" = a list at the top
  std::string dataset_path;    ///< of lm-evaluation-harness: "json", "csv" or a hub id
  std::string dataset_name;
  std::string hub;  ///< the file in a Hugging Face dataset, "owner/name/test.jsonl", looked for in the cache
  std::string dataset_advice;  ///< how to get the data, for the error when it is not there
  bool files_beside_suite =
      false;  ///< data_files: absolute, or relative to the suite file, or below a data folder
  std::string training_split;
  std::string validation_split;
  std::string description_file;   ///< below a data folder: its text stands before the examples
  std::string description_after;  ///< only what follows this mark in the file
  std::optional<DocTemplate> description;
  DocTemplate doc_to_text;
  DocTemplate doc_to_target;
  std::optional<DocTemplate> doc_to_choice;
  std::optional<DocTemplate> gen_prefix;
  std::optional<DocTemplate> cluster;
  std::string target_delimiter = " ";
  std::string fewshot_delimiter = "\n\n";
  FewshotConfig fewshot;
  std::vector<MetricConfig> metrics;
  std::vector<Metric> counted_metrics;  ///< pass@k: made of how many of a question's answers are right
  std::vector<AnswerFilter> filters;
  RowFunction process_docs;             ///< null: rows stay as they are
  std::uint64_t process_docs_seed = 0;  ///< of the generator that it may draw from
  ResultsFunction process_results;      ///< null: `metrics` say how answers are compared
  std::string deciding_metric;          ///< which of its values says right or wrong; "": the first metric
  LikelihoodFunction process_likelihoods;

  bool has_metric(std::string_view wanted) const {
    return std::any_of(metrics.begin(), metrics.end(),
                       [&](const MetricConfig& entry) { return entry.metric.name == wanted; });
  }
};

/// Errors: unknown keys (the nearest known one named), wrong types, impossible combinations; each with file
/// and line.
std::unique_ptr<TaskConfig> make_task_config(SuiteFile& file);

}  // namespace reckon::suites
