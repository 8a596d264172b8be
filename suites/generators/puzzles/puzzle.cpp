#include "suites/generators/puzzles/puzzle.h"

#include <map>
#include <unordered_set>

#include "base/error.h"
#include "base/nearest.h"
#include "suites/generators/item.h"
#include "suites/generators/item_stream.h"

namespace reckon::suites {
namespace {

// Draws that gave a question which is there already, before a family counts as used up.
constexpr std::uint64_t kDrawsPerItem = 200;

const std::map<std::string, DrawPuzzle>& families() {
  static const std::map<std::string, DrawPuzzle> kFamilies = {
      {"arithmetic_chain", draw_arithmetic_chain},
      {"linear_system", draw_linear_system},
      {"modular_arithmetic", draw_modular_arithmetic},
      {"polynomial_identity", draw_polynomial_identity},
      {"countdown", draw_countdown},
      {"knights_knaves", draw_knights_knaves},
      {"zebra", draw_zebra},
      {"entailment", draw_entailment},
      {"shortest_path", draw_shortest_path},
      {"string_rewriting", draw_string_rewriting},
      {"code_output", draw_code_output},
      {"program_repair", draw_program_repair}};
  return kFamilies;
}

}  // namespace

std::vector<std::string> puzzle_families() {
  std::vector<std::string> names;
  for (const auto& [name, draw] : families()) names.push_back(name);
  return names;
}

std::vector<Puzzle> make_puzzles(const PuzzleSet& set) {
  const auto family = families().find(set.family);
  if (family == families().end()) {
    fail_input("there is no generator '{}'{}", set.family, did_you_mean(set.family, puzzle_families()));
  }
  if (set.difficulty < kMinDifficulty || set.difficulty > kMaxDifficulty) {
    fail_input("{}: the difficulty is {}, but must be from {} to {}", set.family, set.difficulty,
               kMinDifficulty, kMaxDifficulty);
  }
  const std::uint64_t stream_base =
      stable_hash(set.family) + static_cast<std::uint64_t>(set.difficulty) * kGoldenGamma;
  std::vector<Puzzle> puzzles;
  std::unordered_set<std::string> seen;
  std::uint64_t unused = 0;
  for (std::uint64_t draw = 0; puzzles.size() < set.count; ++draw) {
    CounterRng rng(set.seed, stream_base + draw);
    Puzzle puzzle = family->second(rng, set.difficulty);
    if (seen.insert(puzzle.question).second) {
      puzzles.push_back(std::move(puzzle));
      unused = 0;
    } else if (++unused > kDrawsPerItem) {
      fail_input("{}: only {} different items were found at difficulty {}; ask for fewer, or for harder ones",
                 set.family, puzzles.size(), set.difficulty);
    }
  }
  return puzzles;
}

std::string listed(const std::vector<std::string>& items, std::string_view last) {
  std::string text;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) text += i + 1 == items.size() ? " " + std::string(last) + " " : ", ";
    text += items[i];
  }
  return text;
}

// The programs that the demo suites draw from.
Puzzle draw_code_output(CounterRng& rng, int difficulty) {
  const Level level = difficulty <= 1 ? Level::kEasy : difficulty == 2 ? Level::kMiddle : Level::kFull;
  const Item item = draw_item(Family::kCode, rng, level);
  return {item.prompt, item.answer};
}

}  // namespace reckon::suites
