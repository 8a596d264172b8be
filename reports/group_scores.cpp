#include "reports/group_scores.h"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "reports/statistics/quantiles.h"

namespace reckon::reports {
namespace {

// The scores of the tasks that have the metric under the filter, and have graded samples.
std::vector<const Score*> scores_of(const std::vector<const TaskSummary*>& tasks, const std::string& metric,
                                    const std::string& filter) {
  std::vector<const Score*> scores;
  for (const TaskSummary* task : tasks) {
    for (const Score& score : task->metrics) {
      if (score.metric == metric && score.filter == filter && score.questions > 0) scores.push_back(&score);
    }
  }
  return scores;
}

std::set<std::string> filters_of(const std::vector<const TaskSummary*>& tasks, const std::string& metric) {
  std::set<std::string> filters;
  for (const TaskSummary* task : tasks) {
    for (const Score& score : task->metrics) {
      if (score.metric == metric) filters.insert(score.filter);
    }
  }
  return filters;
}

std::optional<double> error_of_mean(const std::vector<const Score*>& scores, bool weight_by_size) {
  double sum = 0;
  double questions = 0;
  const auto count = static_cast<double>(scores.size());
  for (const Score* score : scores) {
    if (!score->standard_error) return std::nullopt;
    const auto n = static_cast<double>(score->questions);
    const double variance = *score->standard_error * *score->standard_error;
    sum += weight_by_size ? (n - 1) * variance * n : variance;
    questions += n;
  }
  if (!weight_by_size) return std::sqrt(sum) / count;
  if (!(questions > count)) return std::nullopt;
  return std::sqrt(sum / (questions - count) / questions);
}

// In [0, 1] where all the tasks' intervals are: a share stays one.
bool all_are_shares(const std::vector<const Score*>& scores) {
  return std::all_of(scores.begin(), scores.end(), [](const Score* score) {
    return score->interval && score->interval->low >= 0 && score->interval->high <= 1;
  });
}

Score mean_of(const std::vector<const Score*>& scores, bool weight_by_size) {
  Score mean;
  mean.metric = scores.front()->metric;
  mean.filter = scores.front()->filter;
  mean.higher_is_better = scores.front()->higher_is_better;
  double sum = 0;
  double weights = 0;
  for (const Score* score : scores) {
    const double weight = weight_by_size ? static_cast<double>(score->questions) : 1.0;
    sum += weight * score->value;
    weights += weight;
    mean.questions += score->questions;
    mean.clusters += score->clusters;
  }
  mean.value = sum / weights;
  mean.standard_error = error_of_mean(scores, weight_by_size);
  if (!mean.standard_error) {
    mean.interval_method = "a suite has no standard error";
    return mean;
  }
  Interval interval{mean.value - kZ95 * *mean.standard_error, mean.value + kZ95 * *mean.standard_error};
  if (all_are_shares(scores)) interval = {std::max(interval.low, 0.0), std::min(interval.high, 1.0)};
  mean.interval = interval;
  mean.interval_method = fmt::format("normal, {} standard errors of {} suites",
                                     weight_by_size ? "pooled" : "equally weighted", scores.size());
  return mean;
}

GroupSummary summarise_group(const GroupData& group, const std::vector<const TaskSummary*>& tasks) {
  GroupSummary summary;
  summary.group = group.name;
  summary.alias = group.alias;
  summary.version = group.version;
  summary.members = group.members;
  std::set<int> shots;
  for (const TaskSummary* task : tasks) {
    summary.questions += task->accuracy.questions;
    shots.insert(task->n_shot);
  }
  if (shots.size() == 1) summary.n_shot = *shots.begin();
  for (const GroupData::Metric& metric : group.metrics) {
    const std::set<std::string> filters = metric.filters.empty()
                                              ? filters_of(tasks, metric.name)
                                              : std::set(metric.filters.begin(), metric.filters.end());
    for (const std::string& filter : filters) {
      const std::vector<const Score*> scores = scores_of(tasks, metric.name, filter);
      if (!scores.empty()) summary.metrics.push_back(mean_of(scores, metric.weight_by_size));
    }
  }
  return summary;
}

}  // namespace

std::vector<GroupSummary> group_summaries(const std::vector<GroupData>& groups,
                                          const std::vector<TaskSummary>& tasks) {
  std::vector<GroupSummary> summaries;
  for (const GroupData& group : groups) {
    std::vector<const TaskSummary*> below;
    for (const TaskSummary& task : tasks) {
      const bool member = std::find(group.tasks.begin(), group.tasks.end(), task.task) != group.tasks.end();
      if (member) below.push_back(&task);
    }
    if (!below.empty()) summaries.push_back(summarise_group(group, below));
  }
  return summaries;
}

}  // namespace reckon::reports
