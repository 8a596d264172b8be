#include "reports/scores.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include <fmt/format.h>

#include "reports/aggregation.h"
#include "reports/statistics/bootstrap.h"
#include "reports/statistics/quantiles.h"
#include "reports/statistics/sequential.h"
#include "reports/statistics/wilson.h"

namespace reckon::reports {
namespace {

// Below this many clusters the measured coverage of clustered intervals falls short of the nominal one.
constexpr std::int64_t kFewClusters = 50;
// Shares nearer than this to 0 or 1: there too.
constexpr double kEdge = 0.1;
// Expected clusters with the rarer outcome below which the error of a clustered score is not trusted.
constexpr double kFewestOutcomes = 2;
constexpr std::uint64_t kResamplingSeed = 1234;

std::vector<QuestionScore> values_of(const TaskScores& scores) {
  std::vector<QuestionScore> questions;
  questions.reserve(scores.by_question.size());
  for (const auto& [doc_id, question] : scores.by_question) questions.push_back(question);
  return questions;
}

// Wilson on the effective n, at most the number of samples. Where only a cluster or so has another outcome,
// the error is itself hardly known: n is then at most the number of clusters, and the interval errs wide.
void use_effective_n(std::int64_t samples, Score& score) {
  double n = effective_n(samples, score.value, score.standard_error.value_or(0), score.clusters);
  const auto clusters = static_cast<double>(score.clusters);
  const double nearer = std::min(score.value, 1 - score.value);
  if (nearer * clusters < kFewestOutcomes) n = std::min(n, clusters);
  score.interval = wilson_interval(score.value, n, kZ95);
  score.interval_method = fmt::format("Wilson, effective n {:.1f}", n);
  if (score.clusters < kFewClusters) score.interval_method += ", few clusters";
  if (nearer < kEdge) score.interval_method += ", near the edge";
}

struct MetricKey {
  std::string name;
  std::string filter;
  bool operator==(const MetricKey&) const = default;
};

// Records name a metric "exact_match" or, as lm-evaluation-harness does, "exact_match,strict-match".
MetricKey split(const std::string& key, const std::string& fallback_filter) {
  const std::size_t comma = key.find(',');
  if (comma == std::string::npos) return {key, fallback_filter};
  return {key.substr(0, comma), key.substr(comma + 1)};
}

// Those of the suite file in its order, each under each filter; where it names none, those that records have.
std::vector<MetricKey> metric_keys(const TaskData& task) {
  std::vector<MetricKey> keys;
  const std::string fallback = filter_of(task);
  for (const MetricConfig& metric : task.metrics) {
    if (metric.aggregation == kPassAtK) continue;  // made by repeat_scores()
    keys.push_back({metric.name, fallback});
    for (std::size_t i = 1; i < task.filters.size(); ++i) keys.push_back({metric.name, task.filters[i]});
  }
  for (const SampleRecord& record : task.records) {
    for (const auto& [key, value] : record.metrics) {
      const MetricKey found = split(key, fallback);
      const bool asked_for =
          task.metrics.empty() || std::any_of(task.metrics.begin(), task.metrics.end(),
                                              [&](const MetricConfig& m) { return m.name == found.name; });
      if (asked_for && std::find(keys.begin(), keys.end(), found) == keys.end()) keys.push_back(found);
    }
  }
  return keys;
}

std::string aggregation_of(const TaskData& task, const std::string& metric) {
  for (const MetricConfig& config : task.metrics) {
    if (config.name == metric) return config.aggregation;
  }
  return "mean";
}

// A metric that stands in joint/<task>.jsonl alone: one value a question.
TaskScores joint_scores(const TaskData& task, const MetricKey& key) {
  const TaskScores all = task_scores(task, correctness);
  TaskScores scores;
  scores.all_binary = true;
  scores.all_in_unit = true;
  for (const auto& [doc_id, joint] : task.joint) {
    const auto question = all.by_question.find(doc_id);
    if (question == all.by_question.end()) continue;
    for (const auto& [name, value] : joint.metrics) {
      if (name != key.name + "," + key.filter) continue;
      if (value != 0.0 && value != 1.0) scores.all_binary = false;
      if (!(value >= 0.0 && value <= 1.0)) scores.all_in_unit = false;
      scores.by_question[doc_id] = {value, 1, question->second.cluster};
    }
  }
  return scores;
}

// Repeats of a question are one more text each.
std::vector<LogProbability> log_probabilities(const TaskData& task, const MetricKey& key) {
  std::vector<LogProbability> values;
  const ValueOf value_of = metric_named(key.name, key.filter);
  for (const SampleRecord& record : task.records) {
    const std::optional<double> sum = value_of(record);
    if (!sum) continue;
    LogProbability value{*sum, 1};
    for (const auto& [name, weight] : record.metric_weights) {
      if (name == key.name + "," + key.filter) value.weight = weight;
    }
    values.push_back(value);
  }
  return values;
}

}  // namespace

std::optional<double> correctness(const SampleRecord& record) {
  if (!record.graded || !record.correct) return std::nullopt;
  return *record.correct ? 1.0 : 0.0;
}

ValueOf metric_named(const std::string& name, const std::string& filter) {
  return [name, full = name + "," + filter](const SampleRecord& record) -> std::optional<double> {
    if (!record.graded) return std::nullopt;
    for (const auto& [key, value] : record.metrics) {
      if (key == full || key == name) return value;
    }
    return std::nullopt;
  };
}

TaskScores task_scores(const TaskData& task, const ValueOf& value_of, std::int64_t first_cluster) {
  TaskScores scores;
  scores.next_cluster = first_cluster;
  std::unordered_map<std::string, std::int64_t> clusters;
  for (const SampleRecord& record : task.records) {
    const std::optional<double> value = value_of(record);
    if (!value) continue;
    if (*value != 0.0 && *value != 1.0) scores.all_binary = false;
    if (!(*value >= 0.0 && *value <= 1.0)) scores.all_in_unit = false;
    const auto [place, fresh] = scores.by_question.try_emplace(record.doc_id);
    QuestionScore& question = place->second;
    if (fresh) {
      question.samples = 0;
      if (record.cluster.empty()) {
        question.cluster = scores.next_cluster++;
      } else {
        const auto [named, unseen] = clusters.try_emplace(record.cluster, scores.next_cluster);
        if (unseen) ++scores.next_cluster;
        question.cluster = named->second;
      }
    }
    question.score += *value;  // a sum until all are seen
    ++question.samples;
  }
  for (auto& [doc_id, question] : scores.by_question) question.score /= static_cast<double>(question.samples);
  return scores;
}

Score score_of(const std::vector<QuestionScore>& questions, bool all_binary, bool all_in_unit) {
  Score score;
  score.questions = static_cast<std::int64_t>(questions.size());
  score.clusters = count_clusters(questions);
  if (questions.empty()) {
    score.interval_method = "no graded samples";
    return score;
  }
  score.value = mean_score(questions);
  score.standard_error = population_standard_error(questions);
  if (all_binary) score.sampling_standard_error = sampling_standard_error(questions);
  if (const double error = score.sampling_standard_error.value_or(0); error > 0) {
    score.sampling_interval =
        Interval{std::max(0.0, score.value - kZ95 * error), std::min(1.0, score.value + kZ95 * error)};
  }
  const bool clustered = score.clusters < score.questions;
  const bool repeated =
      std::any_of(questions.begin(), questions.end(), [](const QuestionScore& q) { return q.samples > 1; });
  if (all_binary && !clustered && !repeated) {
    score.interval = wilson_interval(score.value, static_cast<double>(score.questions), kZ95);
    score.interval_method = "Wilson";
    return score;
  }
  if (!all_binary) {
    score.interval = bootstrap_mean_interval(questions, kDraws, kResamplingSeed);
    if (score.interval) {
      score.interval_method = fmt::format("BCa, {} draws", kDraws);
      return score;
    }
  }
  if (all_in_unit) {
    std::int64_t samples = score.questions;
    if (all_binary) {
      samples = 0;
      for (const QuestionScore& question : questions) samples += question.samples;
    }
    use_effective_n(samples, score);
    return score;
  }
  if (!score.standard_error || *score.standard_error <= 0) {
    score.interval_method = "none: all values are equal";
    return score;
  }
  const double half = t_quantile(0.975, static_cast<double>(score.clusters - 1)) * *score.standard_error;
  score.interval = Interval{score.value - half, score.value + half};
  score.interval_method = "t";
  return score;
}

Score score_of(const TaskScores& scores) {
  return score_of(values_of(scores), scores.all_binary, scores.all_in_unit);
}

namespace {

// A share that was looked at after every question needs an interval that holds at all of them.
void use_confidence_sequence(const TaskData& task, const TaskScores& scores, Score& score) {
  if (task.stopped_of == 0 || !scores.all_binary || score.questions == 0) return;
  const auto right =
      static_cast<std::int64_t>(std::llround(score.value * static_cast<double>(score.questions)));
  score.interval = proportion_sequence(right, score.questions, 0.05);
  score.interval_method =
      fmt::format("confidence sequence, stopped at {} of {}", score.questions, task.stopped_of);
}

}  // namespace

Score accuracy_of(const TaskData& task) {
  const TaskScores scores = task_scores(task, correctness);
  Score score = score_of(scores);
  use_confidence_sequence(task, scores, score);
  score.metric = "accuracy";
  score.filter = filter_of(task);
  return score;
}

Score accuracy_of(const std::vector<TaskData>& tasks) {
  std::vector<QuestionScore> questions;
  std::int64_t next_cluster = 0;
  for (const TaskData& task : tasks) {
    const TaskScores scores = task_scores(task, correctness, next_cluster);
    next_cluster = scores.next_cluster;
    for (const auto& [doc_id, question] : scores.by_question) questions.push_back(question);
  }
  Score score = score_of(questions, true, true);
  score.metric = "accuracy";
  score.filter = "none";
  return score;
}

std::vector<Score> metric_scores(const TaskData& task) {
  std::vector<Score> all;
  for (const MetricKey& key : metric_keys(task)) {
    const std::string aggregation = aggregation_of(task, key.name);
    TaskScores scores = task_scores(task, metric_named(key.name, key.filter));
    if (scores.by_question.empty()) scores = joint_scores(task, key);
    Score score = is_log_aggregation(aggregation)
                      ? score_of_log_probabilities(aggregation, log_probabilities(task, key))
                      : score_of(scores);
    if (!is_log_aggregation(aggregation)) use_confidence_sequence(task, scores, score);
    score.metric = key.name;
    score.filter = key.filter;
    for (const MetricConfig& metric : task.metrics) {
      if (metric.name != key.name) continue;
      score.higher_is_better = metric.higher_is_better;
      if (aggregation != "mean" && aggregation != "brier_score" && !is_log_aggregation(aggregation)) {
        score.interval_method +=
            fmt::format(" (the mean is shown; aggregation '{}' is not made)", aggregation);
      }
    }
    all.push_back(std::move(score));
  }
  return all;
}

std::string filter_of(const TaskData& task) { return task.filters.empty() ? "none" : task.filters.front(); }

}  // namespace reckon::reports
