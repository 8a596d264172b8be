// Two runs on the same questions: what changed, and whether it is more than chance.

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "base/error.h"
#include "reports/report.h"
#include "reports/scores.h"
#include "reports/statistics/decision.h"
#include "reports/statistics/holm.h"
#include "reports/statistics/mcnemar.h"
#include "reports/statistics/paired_difference.h"
#include "reports/statistics/quantiles.h"

namespace reckon::reports {
namespace {

// A question is the same when its hash is; where neither run recorded one, its number has to do.
std::map<std::int64_t, std::string> hashes_of(const TaskData& task) {
  std::map<std::int64_t, std::string> hashes;
  for (const SampleRecord& record : task.records) hashes[record.doc_id] = record.doc_hash;
  return hashes;
}

std::vector<QuestionScore> values_of(const TaskScores& scores) {
  std::vector<QuestionScore> values;
  for (const auto& [doc_id, question] : scores.by_question) values.push_back(question);
  return values;
}

struct Pairs {
  std::vector<QuestionScore> differences;  // new - old, with the cluster of the question
  double old_sum = 0;
  double new_sum = 0;
  std::int64_t gained = 0;
  std::int64_t lost = 0;
  bool single = true;  // one answer each
};

Pairs pair_up(const TaskData& older, const TaskData& newer, const TaskScores& old_scores,
              const TaskScores& new_scores) {
  const auto old_hashes = hashes_of(older);
  const auto new_hashes = hashes_of(newer);
  Pairs pairs;
  for (const auto& [doc_id, old_score] : old_scores.by_question) {
    const auto found = new_scores.by_question.find(doc_id);
    if (found == new_scores.by_question.end() || old_hashes.at(doc_id) != new_hashes.at(doc_id)) continue;
    const QuestionScore& new_score = found->second;
    QuestionScore difference = old_score;
    difference.score = new_score.score - old_score.score;
    pairs.differences.push_back(difference);
    pairs.old_sum += old_score.score;
    pairs.new_sum += new_score.score;
    pairs.single = pairs.single && old_score.samples == 1 && new_score.samples == 1;
    if (difference.score > 0) ++pairs.gained;
    if (difference.score < 0) ++pairs.lost;
  }
  return pairs;
}

void compare_paired(const Pairs& pairs, TaskComparison& result) {
  const auto n = static_cast<std::int64_t>(pairs.differences.size());
  result.questions = n;
  result.old_value = pairs.old_sum / static_cast<double>(n);
  result.new_value = pairs.new_sum / static_cast<double>(n);
  result.difference = result.new_value - result.old_value;
  result.only_new_correct = pairs.gained;
  result.only_old_correct = pairs.lost;
  if (pairs.single && count_clusters(pairs.differences) == n) {
    result.p_value = mcnemar_exact_p(pairs.gained, pairs.lost);
    result.interval = tango_interval(pairs.gained, pairs.lost, n, kZ95);
    result.method = "paired: exact McNemar, Tango's interval";
    return;
  }
  const auto clustered = clustered_difference(pairs.differences);
  if (!clustered) {
    result.method = "paired: one cluster only, no interval";
    return;
  }
  result.p_value = clustered->p_value;
  result.interval = clustered->interval;
  result.method =
      fmt::format("paired: clustered t with {} degrees of freedom", count_clusters(pairs.differences) - 1);
}

void compare_unpaired(const TaskScores& old_scores, const TaskScores& new_scores, TaskComparison& result) {
  result.paired = false;
  const auto old_values = values_of(old_scores);
  const auto new_values = values_of(new_scores);
  const Score old_score = score_of(old_values, true, true);
  const Score new_score = score_of(new_values, true, true);
  result.old_value = old_score.value;
  result.new_value = new_score.value;
  result.difference = new_score.value - old_score.value;
  result.note = "the questions differ, so the runs are compared as a whole, not question by question";
  if (!old_score.standard_error || !new_score.standard_error || !old_score.interval || !new_score.interval) {
    result.method = "unpaired: too few questions for an interval";
    return;
  }
  const PairedResult test = unpaired_difference(result.old_value, *old_score.standard_error, result.new_value,
                                                *new_score.standard_error);
  result.p_value = test.p_value;
  // Newcombe's hybrid of the two score intervals (1998, method 10): of no zero width at 0 or 100 %.
  const double down =
      std::hypot(new_score.value - new_score.interval->low, old_score.interval->high - old_score.value);
  const double up =
      std::hypot(new_score.interval->high - new_score.value, old_score.value - old_score.interval->low);
  result.interval = Interval{result.difference - down, result.difference + up};
  result.method = "unpaired: normal test, Newcombe's interval";
}

TaskComparison compare_task(const TaskData& older, const TaskData& newer, double margin) {
  TaskComparison result;
  result.task = older.name;
  const TaskScores old_scores = task_scores(older, correctness);
  const TaskScores new_scores = task_scores(newer, correctness);
  if (old_scores.by_question.empty() || new_scores.by_question.empty()) {
    result.method = "none";
    result.note = "one of the runs has no graded sample";
    return result;
  }
  const Pairs pairs = pair_up(older, newer, old_scores, new_scores);
  if (pairs.differences.empty()) {
    compare_unpaired(old_scores, new_scores, result);
  } else {
    compare_paired(pairs, result);
    const std::size_t paired = pairs.differences.size();
    if (paired < old_scores.by_question.size() || paired < new_scores.by_question.size()) {
      result.note =
          fmt::format("{} questions in common, of {} in the old run and {} in the new; only these count",
                      paired, old_scores.by_question.size(), new_scores.by_question.size());
    }
  }
  if (result.interval) result.verdict = decide(*result.interval, margin);
  return result;
}

void note_differences(const RunData& older, const RunData& newer, const TaskData& old_task,
                      const TaskData& new_task, std::vector<std::string>& warnings) {
  const auto note = [&](const char* what, const std::string& a, const std::string& b) {
    if (a != b) warnings.push_back(fmt::format("{}: {} differs: '{}' and '{}'", old_task.name, what, a, b));
  };
  note("the suite's version", old_task.version, new_task.version);
  note("the number of examples in the prompt", std::to_string(old_task.n_shot),
       std::to_string(new_task.n_shot));
  note("repeats", std::to_string(old_task.repeats), std::to_string(new_task.repeats));
  if (old_task.config_json != new_task.config_json) {
    warnings.push_back(fmt::format("{}: the suite files differ", old_task.name));
  }
  if (old_task.generation_json != new_task.generation_json) {
    warnings.push_back(fmt::format("{}: the generation settings differ: {} and {}", old_task.name,
                                   old_task.generation_json, new_task.generation_json));
  }
  if (older.software_version != newer.software_version) {
    const std::string text =
        fmt::format("reckon's versions differ: {} and {}", older.software_version, newer.software_version);
    if (std::find(warnings.begin(), warnings.end(), text) == warnings.end()) warnings.push_back(text);
  }
}

void correct_for_many(std::vector<TaskComparison>& tasks) {
  std::vector<double> p_values;
  for (const TaskComparison& task : tasks) {
    if (task.p_value) p_values.push_back(*task.p_value);
  }
  const std::vector<double> adjusted = holm_adjusted(p_values);
  std::size_t next = 0;
  for (TaskComparison& task : tasks) {
    if (task.p_value) task.p_holm = adjusted[next++];
  }
}

}  // namespace

RunComparison compare(const RunData& older, const RunData& newer, double margin) {
  if (!(margin >= 0) || margin >= 1) fail_input("margin {}: a share of 1, e.g. 0.02 for two points", margin);
  RunComparison result;
  result.old_label = older.display_name;
  result.new_label = newer.display_name;
  if (result.old_label == result.new_label) {
    result.old_label += " (old)";
    result.new_label += " (new)";
  }
  result.margin = margin;
  for (const TaskData& old_task : older.tasks) {
    const auto found = std::find_if(newer.tasks.begin(), newer.tasks.end(),
                                    [&](const TaskData& task) { return task.name == old_task.name; });
    if (found == newer.tasks.end()) {
      result.warnings.push_back(fmt::format("{}: only in the old run", old_task.name));
      continue;
    }
    result.tasks.push_back(compare_task(old_task, *found, margin));
    note_differences(older, newer, old_task, *found, result.warnings);
  }
  for (const TaskData& new_task : newer.tasks) {
    const bool known = std::any_of(older.tasks.begin(), older.tasks.end(),
                                   [&](const TaskData& task) { return task.name == new_task.name; });
    if (!known) result.warnings.push_back(fmt::format("{}: only in the new run", new_task.name));
  }
  correct_for_many(result.tasks);
  return result;
}

}  // namespace reckon::reports
