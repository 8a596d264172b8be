// A gate that stops as soon as it knows: order, prefixes, what it refuses.

#include "reports/gate/early_stopping.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/json.h"
#include "reports/gate/gate.h"
#include "tests/reports/support/answer_run.h"

namespace reckon::reports {
namespace {

using test::answer_run;
using test::repeated;
using ::testing::HasSubstr;

GatePolicy policy_with(double margin) {
  GatePolicy policy;
  policy.source = "policy.yaml";
  policy.margin = margin;
  return policy;
}

std::vector<PlannedQuestion> questions(std::size_t size) {
  std::vector<PlannedQuestion> list;
  for (std::size_t i = 0; i < size; ++i)
    list.push_back({static_cast<std::int64_t>(i), "q" + std::to_string(i), ""});
  return list;
}

TEST(SeededOrder, IsAPermutationThatTheSeedDecides) {
  const auto order = seeded_order(100, "math", 1);
  EXPECT_EQ(std::set<std::size_t>(order.begin(), order.end()).size(), 100u);
  EXPECT_EQ(order, seeded_order(100, "math", 1));
  EXPECT_NE(order, seeded_order(100, "math", 2));
  EXPECT_NE(order, seeded_order(100, "logic", 1));
}

// Asks in order until done; the number of questions asked.
std::size_t asked(EarlyStopping& stopping, const std::string& answers) {
  const auto order = stopping.plan("math", questions(answers.size()));
  std::size_t count = 0;
  for (const std::size_t place : order) {
    if (stopping.done("math")) break;
    stopping.add("math", static_cast<std::int64_t>(place), answers[place] == '1');
    ++count;
  }
  return count;
}

TEST(EarlyStopping, StopsWhenALossIsShown) {
  EarlyStopping stopping(policy_with(0.02), answer_run("old", repeated("1", 500)), 1);
  const std::size_t count = asked(stopping, repeated("11110", 100));
  EXPECT_LT(count, 100u);
  EXPECT_TRUE(stopping.done("math"));
  EXPECT_TRUE(stopping.done("anything else"));  // the gate has failed
  const json::Document document = json::parse(stopping.json(), "stopping.json");
  const json::Value& suite = document["suites"]["math"];
  EXPECT_STREQ(suite["state"].GetString(), "worse");
  EXPECT_EQ(suite["asked"].GetUint64(), count);
  EXPECT_EQ(suite["of"].GetInt(), 500);
  EXPECT_LE(suite["p_worse"].GetDouble(), 0.05);
}

TEST(EarlyStopping, StopsWhenALossBeyondTheMarginIsExcluded) {
  EarlyStopping stopping(policy_with(0.05), answer_run("old", repeated("10", 300)), 1);
  const std::size_t count = asked(stopping, repeated("10", 300));
  EXPECT_LT(count, 300u);
  EXPECT_THAT(stopping.json(), HasSubstr("\"no worse\""));
  EXPECT_FALSE(stopping.done("anything else"));
}

TEST(EarlyStopping, DoesNotStopBeforeTheQuestionsThatThePolicyAsksFor) {
  GatePolicy policy = policy_with(0.02);
  policy.suites = {{"math", "", 0.02, true, 250}};
  EarlyStopping worse(policy, answer_run("old", repeated("1", 500)), 1);
  EXPECT_EQ(asked(worse, repeated("11110", 100)), 250u);
  EXPECT_THAT(worse.json(), HasSubstr("\"worse\""));
  policy.suites = {{"math", "", 0.05, true, 400}};
  EarlyStopping same(policy, answer_run("old", repeated("10", 300)), 1);
  EXPECT_EQ(asked(same, repeated("10", 300)), 400u);
}

TEST(EarlyStopping, AsksEverythingWhenNothingCanBeTold) {
  EarlyStopping stopping(policy_with(0.01), answer_run("old", repeated("10", 30)), 1);
  EXPECT_EQ(asked(stopping, repeated("10", 30)), 60u);
  EXPECT_THAT(stopping.json(), HasSubstr("asked whole"));
}

TEST(EarlyStopping, CountsAnswersInTheOrderOfThePlan) {
  EarlyStopping stopping(policy_with(0.02), answer_run("old", repeated("1", 200)), 1);
  const auto order = stopping.plan("math", questions(200));
  // All but the first come back wrong, at once: nothing may be counted before the first has come.
  for (std::size_t i = 1; i < order.size(); ++i) {
    stopping.add("math", static_cast<std::int64_t>(order[i]), false);
  }
  EXPECT_FALSE(stopping.done("math"));
  stopping.add("math", static_cast<std::int64_t>(order[0]), std::nullopt);  // it failed for technical reasons
  EXPECT_TRUE(stopping.done("math"));
}

TEST(EarlyStopping, RefusesWhatItCannotJudge) {
  const RunData baseline = answer_run("old", "1100");
  GatePolicy policy = policy_with(0.02);
  policy.suites = {{"chess", "", 0.02, true, 0}};
  EXPECT_THROW(EarlyStopping(policy, baseline, 1), Error);
  policy.suites = {{"math", "acc", 0.02, true, 0}};
  EXPECT_THROW(EarlyStopping(policy, baseline, 1), Error);
  RunData several = baseline;
  several.tasks[0].repeats = 4;
  EXPECT_THROW(EarlyStopping(policy_with(0.02), several, 1), Error);
  EarlyStopping stopping(policy_with(0.02), baseline, 1);
  auto other = questions(4);
  other[2].doc_hash = "another";
  try {
    stopping.plan("math", other);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::not_evaluated);
    EXPECT_THAT(error.what(), HasSubstr("doc_hash of document 2"));
  }
  auto clustered = questions(4);
  clustered[1].cluster = "passage";
  EarlyStopping fresh(policy_with(0.02), baseline, 1);
  EXPECT_THROW(fresh.plan("math", clustered), Error);
}

TEST(EarlyStopping, AStoppedRunIsComparedByAConfidenceSequence) {
  RunData newer = answer_run("new", repeated("0", 20) + repeated("1", 20));
  newer.sequential = true;
  newer.tasks[0].stopped_of = 500;
  newer.tasks[0].n_effective = 500;
  const RunData older = answer_run("old", repeated("1", 500));
  const GateResult result = run_gate(policy_with(0.02), older, newer);
  EXPECT_EQ(result.status, GateStatus::failed);
  const TaskComparison& task = *result.checks[0].comparison;
  EXPECT_THAT(task.method, HasSubstr("confidence sequence"));
  EXPECT_THAT(task.note, HasSubstr("stopped at 40 of 500"));
  newer.manifest_json = R"({"identity":{}})";
  const TaskSummary summary = summarise({newer}).runs[0].tasks[0];
  EXPECT_EQ(summary.counts.missing(), 0);
  EXPECT_THAT(summary.accuracy.interval_method, HasSubstr("stopped at 40 of 500"));
  EXPECT_LT(summary.accuracy.interval->low, 0.34);  // wider than Wilson's, .352 to .648
}

}  // namespace
}  // namespace reckon::reports
