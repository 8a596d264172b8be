#include <gtest/gtest.h>

#include "base/error.h"
#include "suites/graders/grader.h"
#include "tests/suites/suite_test_support.h"

namespace reckon::suites {
namespace {

using test::error_of;
using test::grader;

TEST(MathGrader, EveryVerdictHasItsEvidence) {
  const Grade equal = grader("math")->grade("1/2", "2/4");
  EXPECT_TRUE(equal.correct);
  EXPECT_EQ(equal.evidence, "proven_equal");
  const Grade different = grader("math")->grade("1/2", "1/3");
  EXPECT_FALSE(different.correct);
  EXPECT_EQ(different.evidence, "proven_different");
  EXPECT_NE(different.why.find("'1/3' is not '1/2'"), std::string::npos) << different.why;
  EXPECT_EQ(grader("math")->grade("1/2", " ").evidence, "text_differs");
  const Grade open = grader("math")->grade("7^{100000}", "7^{100000}+1");
  EXPECT_FALSE(open.correct);
  EXPECT_EQ(open.evidence, "not_decided");
  EXPECT_TRUE(open.why.starts_with("not decided whether '7^{100000}+1' is '7^{100000}'")) << open.why;
}

TEST(MathGrader, PoliciesByName) {
  for (const char* policy : {"strict", "math_verify", "minerva"}) {
    EXPECT_TRUE(grader("math", fmt::format(R"({{"policy":"{}"}})", policy))->grade("7", "7").correct);
  }
  const std::string unknown = error_of([] { grader("math", R"({"policy":"minverva"})"); });
  EXPECT_NE(unknown.find("minerva"), std::string::npos) << unknown;
  const std::string misplaced = error_of([] { grader("math", R"({"precision":3})"); });
  EXPECT_NE(misplaced.find("an option of the policy math_verify"), std::string::npos) << misplaced;
}

TEST(MathGrader, AnEmptyGoldIsNone) {
  EXPECT_NE(grader("math")->complaint_about_gold(" "), "");
  EXPECT_EQ(grader("math")->complaint_about_gold("\\frac{1}{2}"), "");
  EXPECT_EQ(grader("math")->complaint_about_gold("\\text{even}"), "");
}

}  // namespace
}  // namespace reckon::suites
