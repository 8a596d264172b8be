// LiveCodeBench's rows: how tests are stored, and programs and methods judged by them.

#include "suites/code/contest_tests.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "suites/graders/grader.h"
#include "tests/sandbox/sandbox_test_support.h"

namespace reckon::suites::code {
namespace {

// [{"input": "[1, 2]\n3", "output": "[1, 123456789012345678901234567890]", "testtype": "functional"}], as
// base64 of zlib of a pickle of protocol 2, 3 and 4.
constexpr const char* kPickled[] = {
    "eJxrYIpIZmBgiK5WyswrKC1RslJQijbUUTCKjckzVtJRUMovLUESNjQyNjE1M7ewNMDGigVpKEktLimpLEgFaUkrzUsuyczPS8xRqo0t"
    "ZNADAPj7HSE=",
    "eJxrYI5IZmBgiK5WyswrKC1RslJQijbUUTCKjckzVtJRUMovLUESNjQyNjE1M7ewNMDGigVpKEktLimpLEgFaUkrzUsuyczPS8xRqo0t"
    "ZNADAPlnHSI=",
    "eJxrYJmazgABPcnR1UqZeQWlJUpWCkrRhjoKRrExecZKOgpK+aUlSMKGRsYmpmbmFpYG2FixIA0lqcUlJZUFqSAtaaV5ySWZ+XmJOUq1"
    "sVP0AGDlHnY="};
// A pickle of the list [1].
constexpr const char* kPickledList = "eJxrYJnKxgABsVO8GRP1ABkRAuw=";

json::Document row(const std::string& public_tests, const std::string& private_tests,
                   const std::string& metadata = "{}") {
  json::Document document(rapidjson::kObjectType);
  auto& allocator = document.GetAllocator();
  document.AddMember("public_test_cases", json::string(public_tests, allocator), allocator);
  document.AddMember("private_test_cases", json::string(private_tests, allocator), allocator);
  document.AddMember("metadata", json::string(metadata, allocator), allocator);
  return document;
}

std::string error_of(const json::Document& document) {
  try {
    contest_problem(document);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(ContestTests, AreReadAsTheyAreStored) {
  for (const char* pickled : kPickled) {
    const ContestProblem problem = contest_problem(row("[]", pickled, R"({"func_name": "twoSum"})"));
    ASSERT_EQ(problem.tests.size(), 1U);
    EXPECT_EQ(problem.tests[0].input, "[1, 2]\n3");
    EXPECT_EQ(problem.tests[0].output, "[1, 123456789012345678901234567890]");
    EXPECT_EQ(problem.function, "twoSum");
  }
  const ContestProblem plain =
      contest_problem(row(R"([{"input": "1", "output": "2", "testtype": "stdin"}])",
                          R"( [{"input": "3", "output": "4", "testtype": "stdin"}])"));
  ASSERT_EQ(plain.tests.size(), 2U);
  EXPECT_EQ(plain.tests[1].input, "3");
  EXPECT_TRUE(plain.function.empty());
}

TEST(ContestTests, DamagedRowsAreErrorsThatNameTheField) {
  const std::string stdin_test = R"([{"input": "1", "output": "2", "testtype": "stdin"}])";
  EXPECT_NE(error_of(row("[]", kPickledList)).find("more than a text"), std::string::npos);
  EXPECT_NE(error_of(row("[]", std::string(kPickled[0]).substr(0, 40))).find("private_test_cases"),
            std::string::npos);
  EXPECT_NE(error_of(row("[]", "!?")).find("neither a JSON list nor base64"), std::string::npos);
  EXPECT_NE(error_of(row("[]", "[]")).find("no test"), std::string::npos);
  EXPECT_NE(error_of(row(stdin_test, kPickled[0])).find("both kinds"), std::string::npos);
  EXPECT_NE(error_of(row("[]", kPickled[0], R"({"func_name": "f(); import os"})")).find("func_name"),
            std::string::npos);
  EXPECT_NE(error_of(row(R"([{"input": "1", "output": "2", "testtype": "x"}])", "[]")).find("testtype"),
            std::string::npos);
}

Grade grade(const json::Document& document, const std::string& answer) {
  static const std::unique_ptr<Grader> grader = make_grader("livecodebench", json::Value(), "test");
  return grader->grade(json::dump(document), answer);
}

TEST(LiveCodeBench, ProgramsReadStandardInput) {
  RECKON_NEEDS_SANDBOX();
  const json::Document problem = row(R"([{"input": "2\n1 2\n", "output": "3\n", "testtype": "stdin"}])",
                                     R"([{"input": "1\n7\n", "output": "7", "testtype": "stdin"}])");
  EXPECT_TRUE(grade(problem, "input()\nprint(sum(map(int, input().split())))").correct);
  const Grade wrong = grade(problem, "print(3)");
  EXPECT_FALSE(wrong.correct);
  EXPECT_NE(wrong.why.find("test 2"), std::string::npos) << wrong.why;
  EXPECT_FALSE(wrong.isolation.empty());
}

TEST(LiveCodeBench, LinesOfEqualNumbersAreEqual) {
  RECKON_NEEDS_SANDBOX();
  const json::Document problem =
      row(R"([{"input": "", "output": "1.50 -2\nYES\n", "testtype": "stdin"}])", "[]");
  EXPECT_TRUE(grade(problem, "print('1.5  -2.0')\nprint('  YES')").correct);
  EXPECT_FALSE(grade(problem, "print('1.51 -2')\nprint('YES')").correct);
  EXPECT_FALSE(grade(problem, "print('1.5 -2')\nprint('yes')").correct);
}

TEST(LiveCodeBench, MethodsAreCalledWithTheArgumentsOfEachLine) {
  RECKON_NEEDS_SANDBOX();
  const json::Document problem =
      row(R"([{"input": "[1, 2]\n3", "output": "[2, 1, 3]", "testtype": "functional"}])", "[]",
          R"({"func_name": "turn"})");
  const char* right =
      "class Solution:\n    def turn(self, numbers: List[int], last: int) -> List[int]:\n"
      "        return (*reversed(numbers), last)";
  EXPECT_TRUE(grade(problem, right).correct) << grade(problem, right).why;
  EXPECT_FALSE(grade(problem, "class Solution:\n    def turn(self, numbers, last):\n        return [1, 2, 3]")
                   .correct);
  EXPECT_FALSE(grade(problem, "print([2, 1, 3])").correct);
  // An object that says it equals everything is not taken at its word.
  EXPECT_FALSE(grade(problem,
                     "class Any(list):\n    def __eq__(self, other): return True\n"
                     "class Solution:\n    def turn(self, numbers, last):\n        return Any()")
                   .correct);
}

TEST(LiveCodeBench, IntegersOfAnySize) {
  RECKON_NEEDS_SANDBOX();
  const json::Document problem = row("[]", kPickled[2], R"({"func_name": "f"})");
  const std::string head = "class Solution:\n    def f(self, a, b):\n        return [1, ";
  EXPECT_TRUE(grade(problem, head + "123456789012345678901234567890]").correct);
  EXPECT_FALSE(grade(problem, head + "123456789012345678901234567891]").correct);
}

}  // namespace
}  // namespace reckon::suites::code
