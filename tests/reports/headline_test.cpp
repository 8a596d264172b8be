// The one sentence that most readers will read.

#include "reports/headline.h"

#include <gtest/gtest.h>

namespace reckon::reports {
namespace {

Summary two_runs(const std::vector<std::pair<std::string, Verdict>>& verdicts) {
  Summary summary;
  for (const char* name : {"old", "new"}) {
    RunSummary run;
    run.label = name;
    run.accuracy.questions = 1200;
    run.accuracy.value = 0.5;
    run.accuracy.interval = Interval{0.472, 0.528};
    summary.runs.push_back(run);
  }
  RunComparison comparison;
  comparison.old_label = "old";
  comparison.new_label = "new";
  comparison.margin = 0.02;
  for (const auto& [task, verdict] : verdicts) {
    TaskComparison item;
    item.task = task;
    item.verdict = verdict;
    comparison.tasks.push_back(item);
  }
  summary.comparisons.push_back(comparison);
  return summary;
}

TEST(Headline, SaysWhatDiffersAndWhatCouldNotBeTold) {
  EXPECT_EQ(headline_of(two_runs({{"a", Verdict::better}})).title, "new is better than old on a.");
  EXPECT_EQ(headline_of(two_runs({{"a", Verdict::worse}, {"b", Verdict::worse}})).title,
            "new is worse than old on a and b.");
  EXPECT_EQ(
      headline_of(two_runs({{"a", Verdict::better}, {"b", Verdict::worse}, {"c", Verdict::inconclusive}}))
          .title,
      "new is better than old on a and worse on b; nothing could be shown on c.");
  EXPECT_EQ(headline_of(two_runs({{"a", Verdict::better}, {"b", Verdict::same}})).title,
            "new is better than old on a, and the same on b.");
  EXPECT_EQ(headline_of(two_runs({{"a", Verdict::same}, {"b", Verdict::same}})).title,
            "new and old score the same, within 2 points.");
  EXPECT_EQ(headline_of(two_runs({{"a", Verdict::inconclusive}})).title,
            "No difference between new and old could be shown on a.");
  EXPECT_EQ(headline_of(two_runs({})).title, "new and old have no suite in common.");
}

TEST(Headline, ManySuitesAreCountedNotListed) {
  const auto better = Verdict::better;
  EXPECT_EQ(headline_of(two_runs({{"a", better}, {"b", better}, {"c", better}, {"d", better}})).title,
            "new is better than old on 4 suites.");
}

TEST(Headline, DetailsHoldScoresAndLosses) {
  Summary summary = two_runs({{"a", Verdict::same}});
  summary.runs[0].counts.truncated = 1;
  summary.runs[1].counts.not_decided = 2;
  summary.runs[1].counts.failed = 2;
  summary.runs[1].counts.expected = 1300;
  summary.runs[1].counts.recorded = 1200;
  EXPECT_EQ(
      headline_of(summary).details,
      "old solved 50.0 % of 1,200 questions (95 % interval 47.2 to 52.8), new solved 50.0 % of 1,200 "
      "questions "
      "(47.2 to 52.8). 1 answer was cut off by the token limit and counts as wrong. 2 answers could not "
      "be decided within the grader's limits and count as wrong. 2 samples failed "
      "for technical "
      "reasons and count as neither right nor wrong. 100 samples are still missing.");
}

TEST(Headline, ARunWithoutGradedSamplesSaysSo) {
  Summary summary;
  summary.runs.emplace_back();
  summary.runs[0].label = "a";
  EXPECT_EQ(headline_of(summary).title, "a: no sample has been graded yet.");
}

}  // namespace
}  // namespace reckon::reports
