#pragma once
// From records to scores: one score a question (the mean over its samples), then estimate, errors, interval.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "reports/run_data.h"
#include "reports/statistics/standard_error.h"
#include "reports/summary.h"

namespace reckon::reports {

/// Aggregation of metrics that are made of how many of a question's answers are right.
inline constexpr const char* kPassAtK = "pass_at_k";

/// The value of one record, or nothing where it has none (not graded, no such metric).
using ValueOf = std::function<std::optional<double>(const SampleRecord&)>;

std::optional<double> correctness(const SampleRecord& record);
ValueOf metric_named(const std::string& name, const std::string& filter);

/// Scores of the questions of one task, by doc_id; questions without any value are left out.
/// Clusters are numbered from `first_cluster`; a question that names none is a cluster of its own.
struct TaskScores {
  std::map<std::int64_t, QuestionScore> by_question;
  bool all_binary = true;   ///< every single value is 0 or 1
  bool all_in_unit = true;  ///< every value lies in [0, 1]
  std::int64_t next_cluster = 0;
};
TaskScores task_scores(const TaskData& task, const ValueOf& value_of, std::int64_t first_cluster = 0);

/// Estimate, standard errors and 95 % interval: Wilson for 0/1 values one a question, Wilson on the effective
/// n for repeats and clusters of them, BCa for other values from 30 clusters on, else t (Wilson on the
/// effective n for values in [0, 1]). Equal data never give an interval of zero width. The method says "few
/// clusters" (below 50) and "near the edge" (below .1 or above .9) where the measured coverage of an
/// effective n is off (docs/statistics.md).
Score score_of(const std::vector<QuestionScore>& questions, bool all_binary, bool all_in_unit);
Score score_of(const TaskScores& scores);

/// The scores of a task: its accuracy (from `correct`), and each metric of its suite file under each of its
/// filters.
Score accuracy_of(const TaskData& task);
std::vector<Score> metric_scores(const TaskData& task);
/// Over the questions of all tasks, each question once.
Score accuracy_of(const std::vector<TaskData>& tasks);

/// The first filter of the task, "none" where there is none.
std::string filter_of(const TaskData& task);

}  // namespace reckon::reports
