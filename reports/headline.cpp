#include "reports/headline.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "reports/format.h"

namespace reckon::reports {
namespace {

constexpr std::size_t kNamesInASentence = 3;

// "a, b and c"; their number where that would be too long a sentence.
std::string joined(const std::vector<std::string>& names) {
  if (names.size() > kNamesInASentence) return fmt::format("{} suites", names.size());
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " and " : ", ";
    text += names[i];
  }
  return text;
}

std::string counted(std::int64_t number, const char* one, const char* many) {
  return fmt::format("{} {}", count(number), number == 1 ? one : many);
}

std::string score_sentence(const RunSummary& run) {
  if (run.accuracy.questions == 0) {
    return fmt::format("{}: no sample has been graded yet", run.label);
  }
  return fmt::format("{} solved {} of {}", run.label, percent(run.accuracy.value),
                     counted(run.accuracy.questions, "question", "questions"));
}

std::string comparison_sentence(const RunComparison& comparison) {
  std::vector<std::string> better;
  std::vector<std::string> worse;
  std::vector<std::string> same;
  std::vector<std::string> open;
  for (const TaskComparison& task : comparison.tasks) {
    auto& list = task.verdict == Verdict::better  ? better
                 : task.verdict == Verdict::worse ? worse
                 : task.verdict == Verdict::same  ? same
                                                  : open;
    list.push_back(task.task);
  }
  if (comparison.tasks.empty()) {
    return fmt::format("{} and {} have no suite in common", comparison.new_label, comparison.old_label);
  }
  if (better.empty() && worse.empty()) {
    if (!comparison.refusals.empty() && same.empty()) {
      return fmt::format("{} and {} cannot be compared: {}", comparison.new_label, comparison.old_label,
                         comparison.refusals.front());
    }
    if (open.empty()) {
      return fmt::format("{} and {} score the same, within {:.0f} points", comparison.new_label,
                         comparison.old_label, 100 * comparison.margin);
    }
    return fmt::format("No difference between {} and {} could be shown{}", comparison.new_label,
                       comparison.old_label,
                       comparison.tasks.size() == 1 ? " on " + comparison.tasks.front().task : std::string());
  }
  std::vector<std::string> parts;
  if (!better.empty()) parts.push_back("better than " + comparison.old_label + " on " + joined(better));
  if (!worse.empty()) {
    parts.push_back("worse " + (better.empty() ? "than " + comparison.old_label + " " : std::string()) +
                    "on " + joined(worse));
  }
  std::string text = fmt::format("{} is {}", comparison.new_label, joined(parts));
  if (!same.empty()) text += ", and the same on " + joined(same);
  if (!open.empty()) text += "; nothing could be shown on " + joined(open);
  return text;
}

// "A solved 70.0 % of 899 questions (95 % interval 66.9 to 72.9), B 76.8 % of 898 questions (...)".
std::string scores_text(const std::vector<RunSummary>& runs) {
  std::string text;
  for (const RunSummary& run : runs) {
    text += text.empty() ? score_sentence(run) : ", " + score_sentence(run);
    if (run.accuracy.interval) {
      text += fmt::format(" ({}{:.1f} to {:.1f})", &run == &runs.front() ? "95 % interval " : "",
                          100 * run.accuracy.interval->low, 100 * run.accuracy.interval->high);
    }
  }
  return text;
}

// What did not end as an answer, over all runs.
std::string losses_text(const std::vector<RunSummary>& runs) {
  SampleCounts sum;
  std::int64_t missing = 0;
  for (const RunSummary& run : runs) {
    sum.truncated += run.counts.truncated;
    sum.not_decided += run.counts.not_decided;
    sum.failed += run.counts.failed;
    missing += run.counts.missing();
  }
  std::string text;
  if (sum.truncated > 0) {
    text += fmt::format(" {} cut off by the token limit and count{} as wrong.",
                        counted(sum.truncated, "answer was", "answers were"), sum.truncated == 1 ? "s" : "");
  }
  if (sum.not_decided > 0) {
    text += fmt::format(" {} not be decided within the grader's limits and count{} as wrong.",
                        counted(sum.not_decided, "answer could", "answers could"),
                        sum.not_decided == 1 ? "s" : "");
  }
  if (sum.failed > 0) {
    text += fmt::format(" {} for technical reasons and count{} as neither right nor wrong.",
                        counted(sum.failed, "sample failed", "samples failed"), sum.failed == 1 ? "s" : "");
  }
  if (missing > 0) {
    text += fmt::format(" {} still missing.", counted(missing, "sample is", "samples are"));
  }
  return text;
}

}  // namespace

Headline headline_of(const Summary& summary) {
  Headline headline;
  if (summary.comparisons.size() == 1) {
    headline.title = comparison_sentence(summary.comparisons.front()) + ".";
  } else if (summary.runs.size() == 1) {
    headline.title = score_sentence(summary.runs.front()) + ".";
  } else {
    const auto best =
        std::max_element(summary.runs.begin(), summary.runs.end(),
                         [](const auto& a, const auto& b) { return a.accuracy.value < b.accuracy.value; });
    headline.title = fmt::format("Of {} runs, {} scored highest.", summary.runs.size(), best->label);
  }
  headline.details = scores_text(summary.runs) + "." + losses_text(summary.runs);
  return headline;
}

}  // namespace reckon::reports
