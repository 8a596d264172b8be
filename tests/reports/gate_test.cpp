// The gate: policies, rule R6, exit codes, limits.

#include "reports/gate/gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/json.h"
#include "tests/reports/support/answer_run.h"

namespace reckon::reports {
namespace {

using test::answer_run;
using test::repeated;
using ::testing::AllOf;
using ::testing::HasSubstr;

GatePolicy policy_of(const std::string& text) {
  const json::Document document = json::parse(text, "policy.yaml");
  return read_gate_policy(document, "policy.yaml");
}

std::string message_of(const std::string& text) {
  try {
    policy_of(text);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::bad_input);
    return error.what();
  }
  return "no error";
}

TEST(GatePolicy, ReadsWhatAPersonWrites) {
  const GatePolicy policy = policy_of(
      R"({"alpha":0.1,"margin":0.03,"suites":{"math":{"margin":0.01,"n":500,"metric":"exact_match"},"logic":null,
          "code":{"required":false}},"limits":{"usd_per_solved":{"max":0.01},"wall_seconds":{"max_increase":0.2}}})");
  ASSERT_EQ(policy.suites.size(), 3u);
  EXPECT_DOUBLE_EQ(policy.suites[0].margin, 0.01);
  EXPECT_EQ(policy.suites[0].questions, 500);
  EXPECT_DOUBLE_EQ(policy.suites[1].margin, 0.03);
  EXPECT_FALSE(policy.suites[2].required);
  EXPECT_DOUBLE_EQ(*policy.limits[1].max_increase, 0.2);
}

TEST(GatePolicy, RefusesWithFileAndField) {
  EXPECT_THAT(message_of("[]"), HasSubstr("policy.yaml"));
  EXPECT_THAT(message_of(R"({"suits":{}})"), AllOf(HasSubstr("'suits'"), HasSubstr("suites")));
  EXPECT_THAT(message_of(R"({"schema":2})"), HasSubstr("'schema' is 2"));
  EXPECT_THAT(message_of(R"({"alpha":5})"), HasSubstr("'alpha'"));
  EXPECT_THAT(message_of(R"({"suites":{}})"), HasSubstr("names no suite"));
  EXPECT_THAT(message_of(R"({"suites":{"math":{"margin":2}}})"),
              AllOf(HasSubstr("math"), HasSubstr("margin")));
  EXPECT_THAT(message_of(R"({"suites":{"math":{"margins":0.1}}})"), HasSubstr("margins"));
  EXPECT_THAT(message_of(R"({"suites":{"math":{"margin":"x"}}})"), HasSubstr("'margin'"));
  EXPECT_THAT(message_of(R"({"limits":{"usd_per_solved":{}}})"), HasSubstr("no bound"));
  EXPECT_THAT(message_of(R"({"limits":{"usd_per_solve":{"max":1}}})"), HasSubstr("usd_per_solved"));
  EXPECT_THAT(message_of(R"({"limits":{"usd_per_solved":{"max":-1}}})"), HasSubstr("less than 0"));
}

GateResult gate_of(const std::string& older, const std::string& newer,
                   const std::string& policy = R"({"margin":0.05})") {
  return run_gate(policy_of(policy), answer_run("old", older), answer_run("new", newer));
}

TEST(Gate, FailsWhenASuiteIsWorse) {
  const GateResult result = gate_of(repeated("1110", 50), repeated("1100", 50));
  EXPECT_EQ(result.status, GateStatus::failed);
  EXPECT_EQ(exit_code_of(result), 1);
  EXPECT_EQ(exit_code_of(result, GateStatus::passed), 1);  // only an inconclusive one is changed
  EXPECT_THAT(result.title, HasSubstr("Regression: new is worse than old on math"));
}

TEST(Gate, PassesOnlyWhenALossBeyondTheMarginIsExcluded) {
  const GateResult same = gate_of(repeated("1100", 100), repeated("1100", 100));
  EXPECT_EQ(same.status, GateStatus::passed);
  EXPECT_EQ(exit_code_of(same), 0);
  const GateResult few = gate_of(repeated("1100", 5), repeated("1100", 5));
  EXPECT_EQ(few.status, GateStatus::inconclusive);
  EXPECT_EQ(exit_code_of(few), 4);
  EXPECT_EQ(exit_code_of(few, GateStatus::passed), 0);
  EXPECT_EQ(exit_code_of(few, GateStatus::failed), 1);
  EXPECT_THAT(few.checks[0].message, HasSubstr("questions would tell"));
}

TEST(Gate, ALossWithinTheMarginIsAllowed) {
  // 1 % lost, none won, on 1,000 questions: real, and within a margin of 5 points.
  const std::string older = repeated("1", 1000);
  const std::string newer = repeated("1", 990) + repeated("0", 10);
  EXPECT_EQ(gate_of(older, newer).status, GateStatus::passed);
  EXPECT_EQ(gate_of(older, newer, R"({"margin":0.001})").status, GateStatus::failed);
}

TEST(Gate, WhatIsNotRequiredCanFailButNeedNotBeShown) {
  const std::string policy = R"({"suites":{"math":{"required":false}}})";
  EXPECT_EQ(gate_of(repeated("1100", 5), repeated("1100", 5), policy).status, GateStatus::passed);
  EXPECT_EQ(gate_of(repeated("1110", 50), repeated("1100", 50), policy).status, GateStatus::failed);
}

TEST(Gate, WhatIsMissingCouldNotBeEvaluated) {
  const GateResult unknown = gate_of("1100", "1100", R"({"suites":{"chess":null}})");
  EXPECT_EQ(exit_code_of(unknown), 3);
  EXPECT_THAT(unknown.checks[0].message, HasSubstr("baseline run has no such suite"));
  const GateResult few = gate_of("1100", "1100", R"({"suites":{"math":{"n":100}}})");
  EXPECT_EQ(exit_code_of(few), 3);
  EXPECT_THAT(few.checks[0].message, HasSubstr("4 questions in common; the policy asks for 100"));
  RunData other = answer_run("new", "1100");
  other.tasks[0].records[0].doc_hash = "another";
  const GateResult different = run_gate(policy_of("{}"), answer_run("old", "1100"), other);
  EXPECT_EQ(exit_code_of(different), 3);
  EXPECT_THAT(different.checks[0].message, HasSubstr("doc_hash of document 0"));
}

TEST(Gate, ARegressionOutweighsWhatCouldNotBeEvaluated) {
  const GateResult result =
      gate_of(repeated("1110", 50), repeated("1100", 50), R"({"suites":{"math":null,"chess":null}})");
  EXPECT_EQ(exit_code_of(result), 1);
}

TEST(Gate, LimitsOfCostAndSpeed) {
  const auto gate_with = [](const std::string& limits, double usd_per_hour) {
    RunData older = answer_run("old", repeated("1100", 100));
    RunData newer = older;
    for (RunData* run : {&older, &newer}) {
      Launch launch;
      launch.wall_seconds = run == &older ? 3600 : 4500;
      launch.status = "done";
      run->launches = {launch};
      run->manifest_json = R"({"identity":{}})";
      if (usd_per_hour > 0) run->device_usd_per_hour = usd_per_hour;
    }
    return run_gate(policy_of(R"({"margin":0.05,"limits":)" + limits + "}"), older, newer);
  };
  EXPECT_EQ(gate_with(R"({"device_hours":{"max":1.3}})", 1).status, GateStatus::passed);
  EXPECT_EQ(gate_with(R"({"device_hours":{"max":1.2}})", 1).status, GateStatus::failed);
  EXPECT_EQ(gate_with(R"({"device_hours":{"max_increase":0.3}})", 1).status, GateStatus::passed);
  EXPECT_EQ(gate_with(R"({"device_hours":{"max_increase":0.2}})", 1).status, GateStatus::failed);
  EXPECT_EQ(gate_with(R"({"wall_seconds":{"min":5000}})", 1).status, GateStatus::failed);
  // 2 USD over 200 solved, with an interval around it.
  EXPECT_EQ(gate_with(R"({"usd_per_solved":{"max":0.02}})", 1.6).status, GateStatus::passed);
  EXPECT_EQ(gate_with(R"({"usd_per_solved":{"max":0.0101}})", 1.6).status, GateStatus::inconclusive);
  EXPECT_EQ(gate_with(R"({"usd_per_solved":{"max":0.005}})", 1.6).status, GateStatus::failed);
  // A price that is not known is no price of 0.
  const GateResult unpriced = gate_with(R"({"usd_per_solved":{"max":0.02}})", 0);
  EXPECT_EQ(exit_code_of(unpriced), 3);
  EXPECT_THAT(unpriced.checks[1].message, HasSubstr("--price-per-hour"));
}

TEST(Gate, JsonAndTextSayTheSame) {
  const GateResult result = gate_of(repeated("1110", 50), repeated("1100", 50));
  const json::Document document = json::parse(gate_json(result), "gate.json");
  EXPECT_STREQ(document["status"].GetString(), "failed");
  EXPECT_STREQ(document["checks"][0]["comparison"]["verdict"].GetString(), "worse");
  EXPECT_THAT(gate_text(result), HasSubstr("failed"));
}

}  // namespace
}  // namespace reckon::reports
