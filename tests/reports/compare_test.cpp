// Paired comparison of runs, by hand examples.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/json.h"
#include "reports/report.h"
#include "reports/statistics/mcnemar.h"

namespace reckon::reports {
namespace {

using ::testing::HasSubstr;

// One sample for each character: '1' right, '0' wrong, 'x' failed.
RunData run_of(const std::string& name, const std::string& answers, const std::string& hash_prefix = "q") {
  RunData run;
  run.display_name = name;
  TaskData task;
  task.name = "math";
  for (std::size_t i = 0; i < answers.size(); ++i) {
    SampleRecord sample;
    sample.doc_id = static_cast<std::int64_t>(i);
    sample.doc_hash = hash_prefix + std::to_string(i);
    sample.finish_reason = answers[i] == 'x' ? "error" : "stop";
    sample.graded = answers[i] != 'x';
    if (sample.graded) sample.correct = answers[i] == '1';
    task.records.push_back(sample);
  }
  run.tasks = {task};
  return run;
}

std::string repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

TEST(Compare, PairsQuestionsAndCountsTheDiscordant) {
  const RunComparison comparison =
      compare(run_of("a", repeated("1100", 25)), run_of("b", repeated("1110", 25)));
  const TaskComparison& task = comparison.tasks.at(0);
  EXPECT_TRUE(task.paired);
  EXPECT_EQ(task.questions, 100);
  EXPECT_EQ(task.only_new_correct, 25);
  EXPECT_EQ(task.only_old_correct, 0);
  EXPECT_DOUBLE_EQ(task.difference, 0.25);
  EXPECT_DOUBLE_EQ(*task.p_value, mcnemar_exact_p(25, 0));
  EXPECT_EQ(task.verdict, Verdict::better);
  EXPECT_EQ(compare(run_of("b", repeated("1110", 25)), run_of("a", repeated("1100", 25))).tasks[0].verdict,
            Verdict::worse);
}

TEST(Compare, FewQuestionsDecideNothing) {
  const TaskComparison task = compare(run_of("a", "1100"), run_of("b", "1110")).tasks[0];
  EXPECT_EQ(task.verdict, Verdict::inconclusive);
  EXPECT_DOUBLE_EQ(*task.p_value, 1.0);
}

TEST(Compare, IdenticalRunsAreTheSameOnlyWhenThereAreEnough) {
  // |d| <= 1 - .025^(1/n) < 0.02 needs n > 182.
  EXPECT_EQ(compare(run_of("a", repeated("10", 50)), run_of("b", repeated("10", 50))).tasks[0].verdict,
            Verdict::inconclusive);
  EXPECT_EQ(compare(run_of("a", repeated("10", 100)), run_of("b", repeated("10", 100))).tasks[0].verdict,
            Verdict::same);
}

TEST(Compare, OnlyQuestionsThatBothAnsweredCount) {
  const TaskComparison task = compare(run_of("a", "11x0"), run_of("b", "1x10")).tasks[0];
  EXPECT_EQ(task.questions, 2);
  EXPECT_THAT(task.note, HasSubstr("2 questions in common"));
}

TEST(Compare, DifferentQuestionsAreNotPairedAndThatIsSaid) {
  const TaskComparison task =
      compare(run_of("a", repeated("1100", 25), "old"), run_of("b", repeated("1110", 25), "new")).tasks[0];
  EXPECT_FALSE(task.paired);
  EXPECT_THAT(task.note, HasSubstr("the questions differ"));
  EXPECT_DOUBLE_EQ(task.difference, 0.25);
  ASSERT_TRUE(task.interval.has_value());
  EXPECT_LT(task.interval->low, 0.25);
  EXPECT_GT(task.interval->high, 0.25);
}

TEST(Compare, RepeatsUseTheClusteredDifference) {
  RunData older = run_of("a", repeated("10", 20));
  RunData newer = run_of("b", repeated("11", 20));
  for (RunData* run : {&older, &newer}) {
    std::vector<SampleRecord> second = run->tasks[0].records;
    for (SampleRecord& sample : second) sample.repeat = 1;
    run->tasks[0].records.insert(run->tasks[0].records.end(), second.begin(), second.end());
    run->tasks[0].repeats = 2;
  }
  const TaskComparison task = compare(older, newer).tasks[0];
  EXPECT_EQ(task.questions, 40);
  EXPECT_DOUBLE_EQ(task.difference, 0.5);
  EXPECT_THAT(task.method, HasSubstr("clustered t with 39"));
  EXPECT_EQ(task.verdict, Verdict::better);
}

TEST(Compare, HolmCorrectsOverTasks) {
  RunData older = run_of("a", repeated("1100", 5));
  RunData newer = run_of("b", repeated("1110", 5));
  older.tasks.push_back(older.tasks[0]);
  newer.tasks.push_back(newer.tasks[0]);
  older.tasks[1].name = newer.tasks[1].name = "logic";
  const RunComparison comparison = compare(older, newer);
  EXPECT_DOUBLE_EQ(*comparison.tasks[0].p_value, mcnemar_exact_p(5, 0));
  EXPECT_DOUBLE_EQ(*comparison.tasks[0].p_holm, 2 * mcnemar_exact_p(5, 0));
}

TEST(Compare, NamesWhatElseDiffers) {
  RunData older = run_of("a", "11");
  RunData newer = run_of("b", "11");
  newer.tasks[0].n_shot = 5;
  newer.tasks[0].config_json = "{}";
  TaskData extra = newer.tasks[0];
  extra.name = "extra";
  newer.tasks.push_back(extra);
  const std::string text = compare_table(compare(older, newer));
  EXPECT_THAT(text, HasSubstr("the number of examples in the prompt differs: '0' and '5'"));
  EXPECT_THAT(text, HasSubstr("the suite files differ"));
  EXPECT_THAT(text, HasSubstr("extra: only in the new run"));
}

TEST(Compare, WithoutACommonTaskItSaysSo) {
  RunData older = run_of("a", "11");
  older.tasks[0].name = "other";
  const RunComparison comparison = compare(older, run_of("b", "11"));
  EXPECT_TRUE(comparison.tasks.empty());
  EXPECT_THAT(compare_table(comparison), HasSubstr("no task in common"));
}

TEST(Compare, TheMarginIsAShare) {
  EXPECT_THROW(compare(run_of("a", "1"), run_of("b", "1"), -0.1), Error);
  EXPECT_THROW(compare(run_of("a", "1"), run_of("b", "1"), 2), Error);
}

TEST(Compare, JsonHoldsTheSameFigures) {
  const RunComparison comparison =
      compare(run_of("a", repeated("1100", 25)), run_of("b", repeated("1110", 25)), 0.05);
  const json::Document document = json::parse(compare_json(comparison), "comparison");
  EXPECT_EQ(document["margin"].GetDouble(), 0.05);
  EXPECT_STREQ(document["tasks"]["math"]["verdict"].GetString(), "better");
  EXPECT_EQ(document["tasks"]["math"]["only_new_correct"].GetInt(), 25);
}

}  // namespace
}  // namespace reckon::reports
