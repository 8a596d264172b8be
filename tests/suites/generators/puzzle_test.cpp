// Generated puzzles: one answer each, found by solvers that share no code with the generators.

#include "suites/generators/puzzles/puzzle.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <regex>
#include <set>

#include "base/error.h"
#include "suites/generators/item.h"
#include "tests/suites/generators/puzzle_solvers.h"
#include "tests/suites/generators/python_subset.h"
#include "tests/suites/generators/repair_solver.h"

namespace reckon::suites {
namespace {

/// Items a family and difficulty: the variable of the environment asks for more than `otherwise`.
std::uint64_t items(const char* variable, std::uint64_t otherwise) {
  const char* wanted = std::getenv(variable);
  return wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : otherwise;
}

class Puzzles : public testing::TestWithParam<std::string> {};

/// One behaviour is left for all hidden tests, and it is what they expect.
void expect_one_repair(const Puzzle& puzzle) {
  static const std::regex kTest("\\{\"args\": \\[(.*?)\\], \"expected\": (-?[0-9]+)\\}");
  std::vector<std::string> calls;
  std::string expected;
  for (std::sregex_iterator at(puzzle.tests.begin(), puzzle.tests.end(), kTest), end; at != end; ++at) {
    calls.push_back((*at)[1]);
    expected += (*at)[2].str() + "\n";
  }
  const test::Repair repair = test::repairs_of(puzzle.question, calls);
  EXPECT_GE(repair.calls_shown, 3U) << puzzle.question;
  EXPECT_GE(calls.size(), repair.calls_shown + 20) << puzzle.question;
  EXPECT_FALSE(repair.shown_program_fits) << puzzle.question;
  ASSERT_EQ(repair.behaviours, std::vector<std::string>{expected}) << puzzle.question << puzzle.answer;
}

TEST_P(Puzzles, HaveOneSolutionThatAnotherSolverFinds) {
  for (int difficulty = kMinDifficulty; difficulty <= kMaxDifficulty; ++difficulty) {
    for (const Puzzle& puzzle : make_puzzles({GetParam(), items("RECKON_PUZZLES", 60), 7, difficulty})) {
      if (GetParam() == "program_repair") {
        expect_one_repair(puzzle);
      } else if (GetParam() == "code_output") {
        const std::string program = puzzle.question.substr(puzzle.question.find('\n') + 1);
        ASSERT_EQ(reckon::test::run_python_subset(program), puzzle.answer + "\n") << puzzle.question;
      } else {
        ASSERT_EQ(test::solve(GetParam(), puzzle.question), puzzle.answer)
            << "difficulty " << difficulty << "\n"
            << puzzle.question;
      }
    }
  }
}

TEST_P(Puzzles, AreDifferentAndTheFirstOnesOfALargerSetAreTheSame) {
  const std::uint64_t many = items("RECKON_DISTINCT_PUZZLES", GetParam() == "zebra" ? 50 : 300);
  for (int difficulty = kMinDifficulty; difficulty <= kMaxDifficulty; ++difficulty) {
    const std::vector<Puzzle> small = make_puzzles({GetParam(), 20, 3, difficulty});
    const std::vector<Puzzle> large = make_puzzles({GetParam(), many, 3, difficulty});
    std::set<std::string> questions;
    for (const Puzzle& puzzle : large) questions.insert(puzzle.question);
    EXPECT_EQ(questions.size(), many);
    for (std::size_t i = 0; i < small.size(); ++i) EXPECT_EQ(small[i].question, large[i].question);
    EXPECT_NE(make_puzzles({GetParam(), 1, 4, difficulty})[0].question, small[0].question);
  }
}

INSTANTIATE_TEST_SUITE_P(AllFamilies, Puzzles, testing::ValuesIn(puzzle_families()),
                         [](const auto& entry) { return entry.param; });

// The same bytes on every machine: what the first sets of seed 1 hash to.
TEST(PuzzleSets, AreTheSameEverywhere) {
  std::string all;
  for (const std::string& family : puzzle_families()) {
    for (const Puzzle& puzzle : make_puzzles({family, 5, 1, 3}))
      all += puzzle.question + "\n" + puzzle.answer + "\n";
  }
  EXPECT_EQ(stable_hash(all), 1907871257372559892ULL);
}

TEST(PuzzleSets, UnknownFamiliesAndDifficultiesAreErrors) {
  EXPECT_THROW(make_puzzles({"zebras", 1, 1, 1}), Error);
  EXPECT_THROW(make_puzzles({"zebra", 1, 1, 6}), Error);
}

}  // namespace
}  // namespace reckon::suites
