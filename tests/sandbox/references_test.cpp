// The published reference solutions against the suites' own tests.

#include <functional>
#include <set>

#include <gtest/gtest.h>

#include "suites/graders/grader.h"
#include "tests/sandbox/code_test_support.h"
#include "tests/sandbox/sandbox_test_support.h"
#include "tests/support/shared_data.h"

namespace reckon::suites::code::test {
namespace {

struct Suite {
  const char* grader;
  const char* options;
  const char* file;
  const char* answer_field;
  std::size_t count;
  std::set<std::size_t> exceptions = {};  ///< rows whose reference cannot pass, each with its reason below
};

/// CRUXEval's sample_344 and sample_364 give a lambda to f: code is no value that could come back from a
/// solver, and the judge runs none of an answer.
const std::set<std::size_t> kFunctionsAsArguments = {344, 364};

/// MBPP+: Mbpp/255 gives, for one of its inputs (5 colours, 77 at a time), 1.7 million tuples of 77: more
/// than the memory of judge and solver.
const std::set<std::size_t> kTooLargeValues = {119};

/// The programs run in processes of their own, of which sanitizers see nothing: enough of them to see how
/// this process writes and judges them.
#if defined(__SANITIZE_ADDRESS__)
constexpr std::size_t kEveryNth = 8;
#else
constexpr std::size_t kEveryNth = 1;
#endif

/// Grades every n-th answer; `check` gets its index and its grade.
void grade_some(const Grader& grader, const std::vector<Answer>& answers,
                const std::function<void(std::size_t, const Grade&)>& check) {
  std::vector<Answer> some;
  for (std::size_t i = 0; i < answers.size(); i += kEveryNth) some.push_back(answers[i]);
  const std::vector<Grade> grades = grade_all(grader, some);
  for (std::size_t i = 0; i < grades.size(); ++i) check(i * kEveryNth, grades[i]);
}

class References : public testing::TestWithParam<Suite> {};

TEST_P(References, pass) {
  RECKON_NEEDS_SANDBOX();
  const Suite& suite = GetParam();
  const auto path = reckon::test::shared_data(suite.file);
  if (!path) {
    GTEST_SKIP() << "shared data is not here: " << suite.file;
  }
  json::Document options;
  options.Parse(suite.options);
  const auto grader = make_grader(suite.grader, options, "test");
  std::vector<Answer> answers;
  for (const std::string& row : rows_of(*path)) {
    answers.push_back({row, field(row, suite.answer_field)});
  }
  ASSERT_EQ(answers.size(), suite.count);
  grade_some(*grader, answers, [&](std::size_t i, const Grade& grade) {
    EXPECT_EQ(grade.correct, !suite.exceptions.contains(i)) << suite.grader << " " << i << ": " << grade.why;
  });
}

INSTANTIATE_TEST_SUITE_P(
    Published, References,
    testing::Values(
        Suite{"humaneval", "null", "code/HumanEval.jsonl.gz", "canonical_solution", 164},
        Suite{"humaneval_plus", "null", "code/HumanEvalPlus.jsonl.gz", "canonical_solution", 164},
        Suite{"mbpp", "null", "code/mbpp.jsonl", "code", 974},
        Suite{"mbpp_plus", "null", "code/MbppPlus.jsonl.gz", "canonical_solution", 378, kTooLargeValues},
        Suite{"cruxeval", R"({"mode":"input"})", "code/cruxeval.jsonl", "input", 800, kFunctionsAsArguments},
        Suite{"cruxeval", R"({"mode":"output"})", "code/cruxeval.jsonl", "output", 800}),
    [](const auto& suite) {
      return std::string(suite.param.grader) + (std::string(suite.param.answer_field).ends_with("put")
                                                    ? std::string("_") + suite.param.answer_field
                                                    : "");
    });

TEST(CppPrograms, the_solution_of_every_family_passes) {
  RECKON_NEEDS_SANDBOX();
  json::Document options;
  options.Parse(R"({"language": "c++20"})");
  const auto grader = make_grader("program", options, "test");
  std::vector<Answer> answers;
  for (const std::string& row : rows_of(reckon::test::source_file("suites/data/cpp_programs.jsonl"))) {
    answers.push_back({row, field(row, "solution")});
  }
  ASSERT_GE(answers.size(), 20U);
  grade_some(*grader, answers, [&](std::size_t i, const Grade& grade) {
    EXPECT_TRUE(grade.correct) << field(answers[i].row, "family") << ": " << grade.why;
  });
}

}  // namespace
}  // namespace reckon::suites::code::test
