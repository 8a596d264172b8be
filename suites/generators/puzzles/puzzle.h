// Families of questions that are made anew for each seed, so that no training set can hold them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "suites/generators/counter_rng.h"

namespace reckon::suites {

struct Puzzle {
  std::string question;
  std::string answer;  // the only right one; of program_repair, a function like which all right ones behave
  // program_repair: the function's name, and a JSON array of {"args": [...], "expected": ...}; else empty.
  std::string entry_point = {};
  std::string tests = {};
};

inline constexpr int kMinDifficulty = 1;
inline constexpr int kMaxDifficulty = 5;

// Draws one puzzle; it depends on the state of `rng` and on `difficulty` alone.
using DrawPuzzle = Puzzle (*)(CounterRng& rng, int difficulty);

Puzzle draw_arithmetic_chain(CounterRng& rng, int difficulty);
Puzzle draw_linear_system(CounterRng& rng, int difficulty);
Puzzle draw_modular_arithmetic(CounterRng& rng, int difficulty);
Puzzle draw_polynomial_identity(CounterRng& rng, int difficulty);
Puzzle draw_countdown(CounterRng& rng, int difficulty);
Puzzle draw_knights_knaves(CounterRng& rng, int difficulty);
Puzzle draw_zebra(CounterRng& rng, int difficulty);
Puzzle draw_entailment(CounterRng& rng, int difficulty);
Puzzle draw_shortest_path(CounterRng& rng, int difficulty);
Puzzle draw_string_rewriting(CounterRng& rng, int difficulty);
Puzzle draw_code_output(CounterRng& rng, int difficulty);
Puzzle draw_program_repair(CounterRng& rng, int difficulty);

// The names of the families, sorted.
std::vector<std::string> puzzle_families();

struct PuzzleSet {
  std::string family;
  std::uint64_t count = 0;
  std::uint64_t seed = 0;
  int difficulty = kMinDifficulty;
};

// `count` different questions, in an order that depends on family, seed and difficulty alone: the same bytes
// on every machine, and the first n of a larger set are the set of n. Errors: an unknown family (names the
// nearest), a difficulty out of range, more items than the family has at that difficulty.
std::vector<Puzzle> make_puzzles(const PuzzleSet& set);

// "Ann, Bob and Cid".
std::string listed(const std::vector<std::string>& items, std::string_view last = "and");

}  // namespace reckon::suites
