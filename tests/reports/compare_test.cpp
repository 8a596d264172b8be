// Paired comparison of runs, by hand examples.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/json.h"
#include "reports/report.h"
#include "reports/statistics/mcnemar.h"
#include "tests/reports/support/answer_run.h"

namespace reckon::reports {
namespace {

using ::testing::HasSubstr;

RunData run_of(const std::string& name, const std::string& answers, const std::string& hash_prefix = "q") {
  return test::answer_run(name, answers, hash_prefix);
}

using test::repeated;

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

TEST(Compare, DifferentQuestionsAreRefusedByName) {
  const RunComparison comparison =
      compare(run_of("a", repeated("1100", 25), "old"), run_of("b", repeated("1110", 25), "new"));
  ASSERT_EQ(comparison.refusals.size(), 1u);
  EXPECT_THAT(comparison.refusals[0], HasSubstr("doc_hash of document 0"));
  EXPECT_FALSE(comparison.tasks[0].interval.has_value());
  EXPECT_EQ(comparison.tasks[0].verdict, Verdict::inconclusive);
}

TEST(Compare, AnotherGoldAnswerIsAnotherQuestion) {
  RunData newer = run_of("b", "1100");
  newer.tasks[0].records[2].target = "7";
  const RunComparison comparison = compare(run_of("a", "1100"), newer);
  ASSERT_EQ(comparison.refusals.size(), 1u);
  EXPECT_THAT(comparison.refusals[0], HasSubstr("target of document 2"));
}

TEST(Compare, DifferentQuestionsAreComparedAsAWholeWhenAsked) {
  CompareOptions options;
  options.unpaired = true;
  const TaskComparison task =
      compare(run_of("a", repeated("1100", 25), "old"), run_of("b", repeated("1110", 25), "new"), options)
          .tasks[0];
  EXPECT_FALSE(task.paired);
  EXPECT_THAT(task.note, HasSubstr("the questions differ"));
  EXPECT_THAT(task.method, HasSubstr("unpaired"));
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
  EXPECT_THAT(task.method, HasSubstr("t with 39"));
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

RunData with_identity(RunData run, const std::string& task_json, const std::string& rest = "") {
  run.tasks[0].identity_json = task_json;
  run.manifest_json = R"({"identity":{"tasks":{}})" + rest + "}";
  return run;
}

TEST(Compare, WarnsWhenPromptSamplingLimitsOrSoftwareDiffer) {
  const RunData older = with_identity(
      run_of("a", "11"),
      R"({"n_shot":0,"generation":{"temperature":0.0,"max_gen_toks":256},"config":{"doc_to_text":"Q: {{q}}"}})",
      R"(,"software":{"version":"1"},"model_config":{"hidden_size":64})");
  RunData newer = with_identity(
      run_of("b", "11"),
      R"({"n_shot":5,"generation":{"temperature":0.6,"max_gen_toks":512},"config":{"doc_to_text":"{{q}}"}})",
      R"(,"software":{"version":"2"},"model_config":{"hidden_size":96})");
  TaskData extra = newer.tasks[0];
  extra.name = "extra";
  newer.tasks.push_back(extra);
  const RunComparison comparison = compare(older, newer);
  EXPECT_TRUE(comparison.refusals.empty());
  EXPECT_THAT(comparison.warnings, ::testing::UnorderedElementsAre(
                                       "math: n_shot (prompt) differs: '0' and '5'",
                                       "math: generation.temperature (sampling) differs: '0.0' and '0.6'",
                                       "math: generation.max_gen_toks (limits) differs: '256' and '512'",
                                       "math: config.doc_to_text (prompt) differs: 'Q: {{q}}' and '{{q}}'",
                                       "run.json: software.version (software) differs: '1' and '2'",
                                       "extra: only in the new run"));
}

TEST(Compare, RefusesWhenTheGraderDiffersAndNamesTheField) {
  const RunData older = with_identity(run_of("a", "11"), R"({"config":{"reckon":{"grader":"numeric"}}})");
  for (const char* changed :
       {R"({"config":{"reckon":{"grader":{"numeric":{"tolerance":0.1}}}}})", R"({"config":{"reckon":{}}})",
        R"({"config":{"reckon":{"grader":"numeric","policy":"math_verify"}}})",
        R"({"config":{"reckon":{"grader":"numeric"},"metric_list":[{"metric":"acc"}]}})",
        R"({"config":{"reckon":{"grader":"numeric"},"doc_to_target":"{{b}}"}})"}) {
    const RunComparison comparison = compare(older, with_identity(run_of("b", "11"), changed));
    ASSERT_EQ(comparison.refusals.size(), 1u) << changed;
    EXPECT_THAT(comparison.refusals[0], HasSubstr("math: config."));
    EXPECT_EQ(comparison.tasks[0].method, "not compared");
  }
}

TEST(Compare, RefusesWhenOneRunWasGradedAgainUnderAnotherPolicy) {
  const RunData older = with_identity(run_of("a", "11"), "{}");
  const RunData newer = with_identity(run_of("b", "11"), "{}",
                                      R"(,"graded_again":{"from":"x","policy":"minerva","time":"now"})");
  const RunComparison comparison = compare(older, newer);
  ASSERT_EQ(comparison.refusals.size(), 1u);
  EXPECT_EQ(comparison.refusals[0], "run.json: policy (grader) differs: 'not set' and 'minerva'");
  EXPECT_EQ(comparison.tasks[0].method, "not compared");
  // Graded again as the suite files have it: nothing differs.
  EXPECT_TRUE(compare(older, with_identity(run_of("b", "11"), "{}", R"(,"graded_again":{"policy":""})"))
                  .refusals.empty());
}

TEST(Compare, WhatCannotChangeAScoreIsNotMentioned) {
  const RunData older =
      with_identity(run_of("a", "11"), R"({"alias":"x","config":{"reckon":{"summary":"a"}}})");
  const RunData newer = with_identity(
      run_of("b", "11"), R"({"alias":"y","config":{"reckon":{"summary":"b"}}})", R"(,"created":"later")");
  EXPECT_TRUE(compare(older, newer).warnings.empty());
}

TEST(Compare, AMetricThatIsBetterWhenLowerTurnsTheDifferenceRound) {
  RunData older = run_of("a", repeated("10", 50));
  RunData newer = run_of("b", repeated("10", 50));
  for (RunData* run : {&older, &newer}) {
    run->tasks[0].metrics = {{"loss", "mean", false}};
    for (SampleRecord& record : run->tasks[0].records)
      record.metrics = {
          {"loss,none", 3.0 + 0.01 * static_cast<double>(record.doc_id % 7) - (run == &newer ? 0.5 : 0)}};
  }
  for (SampleRecord& record : newer.tasks[0].records)
    record.metrics[0].second += 0.001 * static_cast<double>(record.doc_id % 3);
  CompareOptions options;
  options.metric = "loss";
  const TaskComparison task = compare(older, newer, options).tasks[0];
  EXPECT_GT(task.old_value, task.new_value);
  EXPECT_GT(task.difference, 0.4);
  EXPECT_EQ(task.verdict, Verdict::better);
  EXPECT_THAT(task.method, HasSubstr("bootstrap"));
}

TEST(Compare, HolmRunsOverTheSuitesOfAllRuns) {
  const std::vector<RunData> runs{run_of("a", repeated("1100", 5)), run_of("b", repeated("1110", 5)),
                                  run_of("c", repeated("1110", 5))};
  const auto comparisons = compare_all(runs);
  ASSERT_EQ(comparisons.size(), 2u);
  EXPECT_DOUBLE_EQ(*comparisons[1].tasks[0].p_holm, 2 * mcnemar_exact_p(5, 0));
}

TEST(Compare, NoVerdictWithoutTheExactTest) {
  // Five won, none lost: Tango's interval is off zero, the exact p is .0625.
  const TaskComparison task =
      compare(run_of("a", repeated("1100", 5)), run_of("b", repeated("1110", 5))).tasks[0];
  EXPECT_GT(task.interval->low, 0);
  EXPECT_EQ(task.verdict, Verdict::inconclusive);
  EXPECT_THAT(task.note, HasSubstr("exact test"));
}

TEST(Compare, SaysWhatItCouldHaveShown) {
  const TaskComparison task =
      compare(run_of("a", repeated("1100", 25)), run_of("b", repeated("1010", 25))).tasks[0];
  EXPECT_EQ(task.verdict, Verdict::inconclusive);
  EXPECT_GT(*task.smallest_difference, 0.1);
  EXPECT_GT(*task.questions_needed, 1000);
  EXPECT_FALSE(*task.not_inferior);
}

TEST(Flips, LostOnesFirstWithBothAnswers) {
  RunData older = run_of("a", "1100");
  RunData newer = run_of("b", "0101");
  older.tasks[0].records[0].answer = LongText("It is 7.");
  newer.tasks[0].records[0].answer = LongText("It is 8.\x1b[31m");
  const auto flips = flipped_samples(older, newer);
  ASSERT_EQ(flips.size(), 2u);
  EXPECT_EQ(flips[0].doc_id, 0);
  EXPECT_EQ(flips[0].new_share, 0);
  EXPECT_EQ(flips[1].doc_id, 3);
  const std::string text = flips_text(flips, 1);
  EXPECT_THAT(text, HasSubstr("1 lost, 1 won"));
  EXPECT_THAT(text, HasSubstr("It is 7."));
  EXPECT_THAT(text, HasSubstr("| It is 8."));
  EXPECT_THAT(text, HasSubstr("1 more"));
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_TRUE(flipped_samples(older, older).empty());
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
