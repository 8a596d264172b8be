// Figures of groups: lm-evaluation-harness 0.4.13's own (aggregate_subtask_metrics, pooled_sample_stderr and
// unweighted_mean_stderr of its api/metrics.py) on the same numbers.

#include "reports/group_scores.h"

#include <gtest/gtest.h>

namespace reckon::reports {
namespace {

Score score(double value, std::optional<double> error, std::int64_t questions,
            const std::string& filter = "none") {
  Score made;
  made.metric = "acc";
  made.filter = filter;
  made.value = value;
  made.standard_error = error;
  made.questions = made.clusters = questions;
  made.interval = Interval{0, 1};
  return made;
}

TaskSummary task(const std::string& name, const Score& metric, int n_shot = 5) {
  TaskSummary made;
  made.task = name;
  made.n_shot = n_shot;
  made.accuracy = metric;
  made.metrics = {metric};
  return made;
}

GroupData group(std::vector<std::string> filters, bool weight_by_size) {
  return {"both", "Both", "2", {"a", "b"}, {"a", "b"}, {{"acc", std::move(filters), weight_by_size}}};
}

TEST(GroupScores, EachQuestionCountsOnce) {
  const auto made =
      group_summaries({group({}, true)}, {task("a", score(0.5, 0.5, 2)), task("b", score(1.0 / 3, 0.2, 6))});
  ASSERT_EQ(made.size(), 1U);
  EXPECT_EQ(made[0].questions, 8);
  EXPECT_EQ(made[0].n_shot, 5);
  ASSERT_EQ(made[0].metrics.size(), 1U);
  EXPECT_NEAR(made[0].metrics[0].value, 0.375, 1e-12);
  EXPECT_NEAR(made[0].metrics[0].standard_error.value(), 0.18819316317727025, 1e-12);
  EXPECT_EQ(made[0].metrics[0].questions, 8);
}

TEST(GroupScores, EachTaskCountsOnce) {
  const auto made =
      group_summaries({group({}, false)}, {task("a", score(0.5, 0.5, 2)), task("b", score(1.0 / 3, 0.2, 6))});
  EXPECT_NEAR(made.at(0).metrics.at(0).value, 0.4166666666666667, 1e-12);
  EXPECT_NEAR(made[0].metrics[0].standard_error.value(), 0.2692582403567252, 1e-12);
  const Interval interval = made[0].metrics[0].interval.value();
  EXPECT_EQ(interval.low, 0) << "a share is never below 0";
  EXPECT_NEAR(interval.high, 0.9444, 1e-4);
}

TEST(GroupScores, OnlyTheTasksAndFiltersThatAreAskedFor) {
  const std::vector<TaskSummary> tasks = {task("a", score(0.5, 0.1, 10, "strict"), 0),
                                          task("b", score(0.7, 0.1, 10, "loose")),
                                          task("elsewhere", score(0.1, 0.1, 10, "strict"))};
  auto made = group_summaries({group({}, true)}, tasks);
  EXPECT_FALSE(made.at(0).n_shot.has_value());
  ASSERT_EQ(made[0].metrics.size(), 2U) << "each filter that a task has";
  made = group_summaries({group({"strict"}, true)}, tasks);
  ASSERT_EQ(made.at(0).metrics.size(), 1U);
  EXPECT_NEAR(made[0].metrics[0].value, 0.5, 1e-12);
  EXPECT_EQ(made[0].metrics[0].questions, 10);
  EXPECT_TRUE(group_summaries({group({}, true)}, {tasks.back()}).empty());
}

TEST(GroupScores, WithoutTheErrorOfATaskThereIsNone) {
  const auto made = group_summaries({group({}, true)},
                                    {task("a", score(1, std::nullopt, 1)), task("b", score(0.5, 0.2, 6))});
  EXPECT_FALSE(made.at(0).metrics.at(0).standard_error.has_value());
  EXPECT_FALSE(made[0].metrics[0].interval.has_value());
}

}  // namespace
}  // namespace reckon::reports
