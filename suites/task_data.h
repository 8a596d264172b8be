#pragma once
// The rows of a task: read once, turned into samples.

#include <memory>
#include <string>
#include <vector>

#include "suites/config/task_config.h"
#include "suites/datasets/data_locations.h"
#include "suites/datasets/dataset.h"

namespace reckon::suites {

/// The few-shot pool, and whether a row of it that equals the question is never drawn.
struct FewshotPool {
  std::vector<DatasetRow> rows;
  bool excludes_question = false;
};

/// Reads files of a task and remembers which.
class TaskData {
 public:
  TaskData(const TaskConfig& config, const DataLocations& locations)
      : config_(config), locations_(locations) {}

  /// `process` (may be null) changes the rows, or drops them.
  std::vector<DatasetRow> read_split(const std::string& split, const RowFunction& process);
  /// Errors: no few-shot source is configured.
  FewshotPool read_fewshot_pool();
  /// Text of `description_file` after its mark.
  std::string read_description();
  const std::vector<DataFile>& files() const { return files_; }
  /// Of the splits that questions and (`with_examples`) examples come from, those on the hub and nowhere
  /// else.
  std::vector<HubSplit> missing_splits(bool with_examples) const;

 private:
  std::vector<std::string> paths_of(const std::string& split) const;
  std::vector<std::string> fetched_files(const std::string& split) const;
  std::vector<std::string> fetched_parquet(const std::string& split) const;
  std::string fewshot_split() const;
  std::vector<DatasetRow> generated_rows();
  std::string find(const std::string& name) const;
  std::string advice() const;
  void remember(const std::string& path);

  const TaskConfig& config_;
  const DataLocations& locations_;
  std::vector<DataFile> files_;
};

/// One sample of a row. Errors: a field that is not there, a gold choice that is none.
Sample make_sample(const TaskConfig& config, const DatasetRow& row, std::int64_t doc_id);

}  // namespace reckon::suites
