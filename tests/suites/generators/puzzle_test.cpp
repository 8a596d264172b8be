// Generated puzzles: one answer each, found by solvers that share no code with the generators.

#include "suites/generators/puzzles/puzzle.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

#include "base/error.h"
#include "suites/generators/item.h"
#include "tests/suites/generators/puzzle_solvers.h"
#include "tests/suites/generators/python_subset.h"

namespace reckon::suites {
namespace {

/// Items a family and difficulty; RECKON_PUZZLES asks for more.
std::uint64_t items() {
  const char* wanted = std::getenv("RECKON_PUZZLES");
  return wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : 60;
}

class Puzzles : public testing::TestWithParam<std::string> {};

TEST_P(Puzzles, HaveOneSolutionThatAnotherSolverFinds) {
  for (int difficulty = kMinDifficulty; difficulty <= kMaxDifficulty; ++difficulty) {
    for (const Puzzle& puzzle : make_puzzles({GetParam(), items(), 7, difficulty})) {
      if (GetParam() == "code_output") {
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
  const std::uint64_t many = GetParam() == "zebra" ? 200 : 1000;
  const std::vector<Puzzle> small = make_puzzles({GetParam(), 20, 3, 2});
  const std::vector<Puzzle> large = make_puzzles({GetParam(), many, 3, 2});
  std::set<std::string> questions;
  for (const Puzzle& puzzle : large) questions.insert(puzzle.question);
  EXPECT_EQ(questions.size(), many);
  for (std::size_t i = 0; i < small.size(); ++i) EXPECT_EQ(small[i].question, large[i].question);
  EXPECT_NE(make_puzzles({GetParam(), 1, 4, 2})[0].question, small[0].question);
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
  EXPECT_EQ(stable_hash(all), 15695782578742847469ULL);
}

TEST(PuzzleSets, UnknownFamiliesAndDifficultiesAreErrors) {
  EXPECT_THROW(make_puzzles({"zebras", 1, 1, 1}), Error);
  EXPECT_THROW(make_puzzles({"zebra", 1, 1, 6}), Error);
}

}  // namespace
}  // namespace reckon::suites
