// `reckon grade`: the grader as a filter.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/end_to_end/process.h"

namespace reckon::test {
namespace {

using testing::HasSubstr;

TEST(Grade, OneVerdictALineInTheOrderGiven) {
  const ProcessResult result = reckon({"grade"}, R"({"id": 7, "gold": "1/2", "answer": "0.5"}
{"gold": "3", "text": "<think>2? \\boxed{2}</think>So \\boxed{1}, no, \\boxed{3}."}

{"gold": "3", "text": "<think>still thinking \\boxed{3}"}
{"gold": "3", "text": "####"}
)");
  EXPECT_EQ(result.exit_code, 0) << result.errors;
  const std::vector<json::Document> verdicts = json_lines(result.output);
  ASSERT_EQ(verdicts.size(), 4U);
  EXPECT_EQ(verdicts[0]["id"].GetInt(), 7);
  EXPECT_TRUE(verdicts[0]["correct"].GetBool());
  EXPECT_STREQ(verdicts[0]["evidence"].GetString(), "proven_equal");
  EXPECT_STREQ(verdicts[0]["rule"].GetString(), "");
  EXPECT_TRUE(verdicts[1]["correct"].GetBool());
  EXPECT_STREQ(verdicts[1]["extracted"].GetString(), "3");
  EXPECT_STREQ(verdicts[1]["rule"].GetString(), "last_boxed");
  EXPECT_FALSE(verdicts[2]["correct"].GetBool());
  EXPECT_THAT(verdicts[2]["why"].GetString(), HasSubstr("never ended"));
  EXPECT_STREQ(verdicts[3]["rule"].GetString(), "final_line");
  EXPECT_THAT(result.errors, HasSubstr("4 pairs, 2 correct"));
}

TEST(Grade, RulesAreTriedInTheOrderGiven) {
  const std::string pair = R"({"gold": "4", "text": "The answer is \\boxed{3}. Or 4"})";
  const auto rule = [&](const std::string& rules) {
    return std::string(
        json_lines(reckon({"grade", "--extract", rules}, pair).output).at(0)["rule"].GetString());
  };
  EXPECT_EQ(rule("last_boxed,last_number"), "last_boxed");
  EXPECT_EQ(rule("last_number,last_boxed"), "last_number");
  const std::string with_options = R"x([{"regex": {"pattern": "Or (\\d)"}}])x";
  EXPECT_EQ(rule(with_options), "regex");
}

TEST(Grade, BadInputNamesTheLineAndLosesNothing) {
  const ProcessResult result = reckon({"grade"}, "{\"gold\": \"1\", \"answer\": \"1\"}\n{\"gold\": \"1\"}\n");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.errors, HasSubstr("standard input: line 2"));
  EXPECT_EQ(json_lines(result.output).size(), 1U) << "the verdict before the bad line stands";
  EXPECT_EQ(reckon({"grade"}, "no json").exit_code, 2);
  EXPECT_EQ(reckon({"grade", "--policy", "strikt"}, "").exit_code, 2);
  EXPECT_EQ(reckon({"grade", "--extract", "last_boxd"}, "").exit_code, 2);
  EXPECT_EQ(reckon({"grade", "--file", "/nowhere/pairs.jsonl"}).exit_code, 2);
}

}  // namespace
}  // namespace reckon::test
