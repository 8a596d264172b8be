#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "base/error.h"
#include "reports/compare/compare.h"
#include "reports/compare/pairing.h"
#include "reports/compare/run_differences.h"
#include "reports/scores.h"
#include "reports/statistics/comparison_test.h"
#include "reports/statistics/decision.h"
#include "reports/statistics/holm.h"

namespace reckon::reports {
namespace {

std::string folder_name(const RunData& run) {
  std::filesystem::path path(run.directory);
  if (!path.has_filename()) path = path.parent_path();
  return path.filename().string();
}

const TaskData* find_task(const RunData& run, const std::string& name) {
  const auto found = std::find_if(run.tasks.begin(), run.tasks.end(),
                                  [&](const TaskData& task) { return task.name == name; });
  return found == run.tasks.end() ? nullptr : &*found;
}

CompareOptions options_for(CompareOptions options, const std::string& task) {
  if (const auto own = options.tasks.find(task); own != options.tasks.end()) {
    options.margin = own->second.margin;
    options.metric = own->second.metric;
  }
  return options;
}

ValueOf value_of(const CompareOptions& options, const TaskData& task) {
  if (options.metric.empty()) return correctness;
  const std::size_t comma = options.metric.find(',');
  if (comma == std::string::npos) return metric_named(options.metric, filter_of(task));
  return metric_named(options.metric.substr(0, comma), options.metric.substr(comma + 1));
}

bool higher_is_better(const CompareOptions& options, const TaskData& task) {
  const std::string name = options.metric.substr(0, options.metric.find(','));
  for (const MetricConfig& metric : task.metrics) {
    if (metric.name == name) return metric.higher_is_better;
  }
  return true;
}

void take(const DifferenceTest& test, double margin, TaskComparison& result) {
  result.method = test.method;
  result.old_value = test.before;
  result.new_value = test.after;
  result.difference = test.difference;
  result.interval = test.interval;
  result.p_value = test.p_value;
  result.standard_error = test.standard_error;
  result.sampling_standard_error = test.sampling_error;
  result.smallest_difference = smallest_difference(test);
  result.questions_needed = questions_needed(test, margin);
  result.p_noninferior = noninferiority_p(test, margin);
  if (test.interval) result.not_inferior = test.interval->low > -margin;
  if (!result.paired) return;
  result.questions = test.questions;
  result.only_new_correct = test.gained;
  result.only_old_correct = test.lost;
  result.win_share = test.win_share;
}

// For a metric that is better when lower, the difference is old - new: positive is better everywhere.
void test_lower_is_better(Pairing pairing, const CompareOptions& options, TaskComparison& result) {
  for (PairedScore& pair : pairing.pairs) {
    pair.before = -pair.before;
    pair.after = -pair.after;
  }
  take(test_paired(pairing.pairs, false, options.alpha, options.seed), options.margin, result);
  result.old_value = -result.old_value;
  result.new_value = -result.new_value;
}

TaskComparison compare_task(const TaskData& older, const TaskData& newer, const CompareOptions& options,
                            bool sequential, std::vector<std::string>& refusals) {
  TaskComparison result;
  result.task = older.name;
  result.margin = options.margin;
  const TaskScores old_scores = task_scores(older, value_of(options, older));
  const TaskScores new_scores = task_scores(newer, value_of(options, newer));
  if (old_scores.by_question.empty() || new_scores.by_question.empty()) {
    result.method = "none";
    result.note = options.metric.empty() ? "one of the runs has no graded sample"
                                         : fmt::format("one of the runs has no '{}'", options.metric);
    return result;
  }
  Pairing pairing = pair_questions(older, newer, old_scores, new_scores);
  if (!pairing.mismatch.empty() && !options.unpaired) {
    result.method = "not compared";
    result.note = fmt::format("the questions differ ({})", pairing.mismatch);
    refusals.push_back(fmt::format("{}: {} (questions) differs", older.name, pairing.mismatch));
    return result;
  }
  if (!pairing.mismatch.empty()) {
    result.paired = false;
    result.note = fmt::format(
        "the questions differ ({}), so the runs are compared as a whole, not question by question",
        pairing.mismatch);
    take(test_unpaired(score_of(old_scores), score_of(new_scores), options.alpha), options.margin, result);
    return result;
  }
  const std::size_t paired = pairing.pairs.size();
  result.higher_is_better = higher_is_better(options, older);
  const bool single = std::all_of(pairing.pairs.begin(), pairing.pairs.end(), [](const PairedScore& pair) {
    return pair.before_samples == 1 && pair.after_samples == 1;
  });
  if (sequential && single && pairing.binary && result.higher_is_better) {
    result.sequential = true;
    take(test_sequential(pairing.pairs, options.alpha), options.margin, result);
    if (newer.stopped_of > 0) {
      result.note = fmt::format("stopped at {} of {} questions", newer.records.size(), newer.stopped_of);
    }
    return result;
  }
  if (result.higher_is_better) {
    take(test_paired(pairing.pairs, pairing.binary, options.alpha, options.seed), options.margin, result);
  } else {
    test_lower_is_better(std::move(pairing), options, result);
  }
  if (paired < old_scores.by_question.size() || paired < new_scores.by_question.size()) {
    result.note =
        fmt::format("{} questions in common, of {} in the old run and {} in the new; only these count",
                    paired, old_scores.by_question.size(), new_scores.by_question.size());
  }
  return result;
}

// Fields that make scores mean different things forbid the comparison of their task; the rest is told.
void sort_differences(const RunData& older, const RunData& newer, RunComparison& result) {
  for (const RunDifference& difference : run_differences(older, newer)) {
    (difference.kind == RunDifference::Kind::grader ? result.refusals : result.warnings)
        .push_back(difference.text());
  }
}

RunComparison compare_undecided(const RunData& older, const RunData& newer, const CompareOptions& options) {
  if (!(options.margin >= 0) || options.margin >= 1) {
    fail_input("margin {}: a share of 1, e.g. 0.02 for two points", options.margin);
  }
  if (!(options.alpha > 0) || options.alpha >= 0.5) {
    fail_input("alpha {}: a chance of error, e.g. 0.05", options.alpha);
  }
  RunComparison result;
  result.old_label = older.display_name;
  result.new_label = newer.display_name;
  if (result.old_label == result.new_label) {
    result.old_label += " (" + folder_name(older) + ")";
    result.new_label += " (" + folder_name(newer) + ")";
  }
  result.margin = options.margin;
  result.alpha = options.alpha;
  sort_differences(older, newer, result);
  const auto wanted = [&](const std::string& task) {
    return options.tasks.empty() || options.tasks.contains(task);
  };
  for (const TaskData& old_task : older.tasks) {
    if (!wanted(old_task.name)) continue;
    const TaskData* new_task = find_task(newer, old_task.name);
    if (new_task == nullptr) {
      result.warnings.push_back(fmt::format("{}: only in the old run", old_task.name));
      continue;
    }
    if (refusal_of(result, old_task.name)) {
      TaskComparison task;
      task.task = old_task.name;
      task.method = "not compared";
      task.note = "answers were judged in different ways";
      result.tasks.push_back(std::move(task));
      continue;
    }
    result.tasks.push_back(compare_task(old_task, *new_task, options_for(options, old_task.name),
                                        newer.sequential, result.refusals));
  }
  for (const TaskData& new_task : newer.tasks) {
    if (wanted(new_task.name) && find_task(older, new_task.name) == nullptr) {
      result.warnings.push_back(fmt::format("{}: only in the new run", new_task.name));
    }
  }
  return result;
}

}  // namespace

std::optional<std::string> refusal_of(const RunComparison& comparison, const std::string& task) {
  for (const std::string& text : comparison.refusals) {
    if (text.starts_with(task + ": ") || text.starts_with("run.json: ")) return text;
  }
  return std::nullopt;
}

void decide_all(const std::vector<RunComparison*>& comparisons, double alpha) {
  std::vector<double> p_values;
  for (const RunComparison* comparison : comparisons) {
    for (const TaskComparison& task : comparison->tasks) {
      if (task.p_value) p_values.push_back(*task.p_value);
    }
  }
  const std::vector<double> adjusted = holm_adjusted(p_values);
  std::size_t next = 0;
  for (RunComparison* comparison : comparisons) {
    for (TaskComparison& task : comparison->tasks) {
      if (task.p_value) task.p_holm = adjusted[next++];
      if (!task.interval) continue;
      task.verdict = decide(*task.interval, task.margin);
      // A martingale may tell before its confidence sequence has left zero.
      if (task.sequential && task.verdict == Verdict::inconclusive && task.p_holm.value_or(1.0) <= alpha) {
        task.verdict = task.difference < 0 ? Verdict::worse : Verdict::better;
      }
      const bool called = task.verdict == Verdict::better || task.verdict == Verdict::worse;
      if (!called || task.p_holm.value_or(1.0) <= alpha) continue;
      if (!task.note.empty()) task.note += "; ";
      task.note += task.p_value.value_or(1.0) <= alpha
                       ? fmt::format("{} alone, but not after Holm's correction for {} tests",
                                     name_of(task.verdict), p_values.size())
                       : "the interval is off zero, but the exact test does not agree";
      task.verdict = Verdict::inconclusive;
    }
  }
}

RunComparison compare(const RunData& older, const RunData& newer, const CompareOptions& options) {
  RunComparison result = compare_undecided(older, newer, options);
  decide_all({&result}, options.alpha);
  return result;
}

RunComparison compare(const RunData& older, const RunData& newer, double margin) {
  CompareOptions options;
  options.margin = margin;
  return compare(older, newer, options);
}

std::vector<RunComparison> compare_all(const std::vector<RunData>& runs, const CompareOptions& options) {
  std::vector<RunComparison> comparisons;
  comparisons.reserve(runs.size());
  for (std::size_t i = 1; i < runs.size(); ++i) {
    comparisons.push_back(compare_undecided(runs.front(), runs[i], options));
  }
  std::vector<RunComparison*> all;
  all.reserve(comparisons.size());
  for (RunComparison& comparison : comparisons) all.push_back(&comparison);
  decide_all(all, options.alpha);
  return comparisons;
}

}  // namespace reckon::reports
