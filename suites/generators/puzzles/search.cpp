// Countdown, shortest paths and string rewriting.

#include <algorithm>
#include <array>
#include <limits>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "suites/generators/puzzles/puzzle.h"

namespace reckon::suites {
namespace {

// Every value that the numbers from the set `mask` give, each used once, with + - * and brackets; those below
// 0 on the way are left out.
std::vector<std::set<int>> reachable(const std::vector<int>& numbers) {
  const std::size_t subsets = std::size_t{1} << numbers.size();
  std::vector<std::set<int>> values(subsets);
  for (std::size_t mask = 1; mask < subsets; ++mask) {
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      if (mask == (std::size_t{1} << i)) values[mask].insert(numbers[i]);
    }
    for (std::size_t left = (mask - 1) & mask; left > 0; left = (left - 1) & mask) {
      const std::size_t right = mask ^ left;
      for (const int a : values[left]) {
        for (const int b : values[right]) {
          if (a >= b) values[mask].insert(a - b);
          if (left < right) {
            values[mask].insert(a + b);
            if (a * b < 100'000) values[mask].insert(a * b);
          }
        }
      }
    }
  }
  return values;
}

}  // namespace

Puzzle draw_countdown(CounterRng& rng, int difficulty) {
  const int count = 3 + (difficulty - 1) / 2;  // 3 to 5 numbers
  for (;;) {
    std::vector<int> numbers;
    for (int i = 0; i < count; ++i) numbers.push_back(rng.between(2, 9 + 4 * difficulty));
    const std::set<int> values = reachable(numbers).back();
    std::vector<int> targets;
    const int wanted = rng.between(10, 30 + 60 * difficulty);
    const auto reached = values.lower_bound(wanted);
    if (reached == values.end() || *reached > 1000) continue;
    targets.push_back(*reached);
    for (int tries = 0; targets.size() < 4 && tries < 200; ++tries) {
      const int other = std::max(1, *reached + rng.between(-12, 12));
      if (!values.contains(other) && std::find(targets.begin(), targets.end(), other) == targets.end()) {
        targets.push_back(other);
      }
    }
    if (targets.size() < 4) continue;
    rng.shuffle(targets);
    const auto place = std::find(targets.begin(), targets.end(), *reached) - targets.begin();
    return {
        fmt::format(
            "The numbers {} are each to be used exactly once, with addition, subtraction, multiplication and "
            "brackets; no result on the way may be below 0. Which one of these can be made: (A) {} (B) {} "
            "(C) "
            "{} (D) {}?",
            fmt::join(numbers, ", "), targets[0], targets[1], targets[2], targets[3]),
        std::string(1, static_cast<char>('A' + place))};
  }
}

Puzzle draw_shortest_path(CounterRng& rng, int difficulty) {
  static const std::array<const char*, 12> kTowns = {"Ashby", "Brook", "Cove", "Dale", "Elm",  "Ford",
                                                     "Glen",  "Haven", "Isle", "Joy",  "Kirk", "Lea"};
  const int towns = 3 + difficulty + rng.below(2);
  const auto n = static_cast<std::size_t>(towns);
  std::vector<std::string> names(kTowns.begin(), kTowns.end());
  rng.shuffle(names);
  names.resize(n);
  constexpr int kFar = std::numeric_limits<int>::max() / 4;
  std::vector<std::vector<int>> length(n, std::vector<int>(n, kFar));
  std::string roads;
  const auto build = [&](std::size_t a, std::size_t b) {
    if (a == b || length[a][b] < kFar) return;
    length[a][b] = length[b][a] = rng.between(2, 20 + 10 * difficulty);
    roads += fmt::format("\n{} - {}: {} km", names[a], names[b], length[a][b]);
  };
  for (std::size_t i = 1; i < n; ++i) build(i, static_cast<std::size_t>(rng.below(static_cast<int>(i))));
  for (int extra = 0; extra < towns + difficulty; ++extra) {
    build(static_cast<std::size_t>(rng.below(towns)), static_cast<std::size_t>(rng.below(towns)));
  }
  std::vector<std::vector<int>> best = length;  // Floyd and Warshall
  for (std::size_t k = 0; k < n; ++k) {
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) best[i][j] = std::min(best[i][j], best[i][k] + best[k][j]);
    }
  }
  const auto from = static_cast<std::size_t>(rng.below(towns));
  const std::size_t to = (from + 1 + static_cast<std::size_t>(rng.below(towns - 1))) % n;
  return {
      fmt::format(
          "These roads join the towns, both ways:{}\nHow many kilometres long is the shortest way from {} to "
          "{}?",
          roads, names[from], names[to]),
      std::to_string(best[from][to])};
}

Puzzle draw_string_rewriting(CounterRng& rng, int difficulty) {
  constexpr std::string_view kLetters = "abcd";
  constexpr int kMostSteps = 60;
  const auto word = [&](int length) {
    std::string text;
    for (int i = 0; i < length; ++i)
      text += kLetters[static_cast<std::size_t>(rng.below(2 + difficulty / 2))];
    return text;
  };
  for (;;) {
    std::vector<std::pair<std::string, std::string>> rules;
    for (int i = 0; i < 1 + difficulty; ++i) {
      const std::string left = word(2 + rng.below(2));
      rules.emplace_back(left, word(rng.below(static_cast<int>(left.size()) + 1)));
    }
    std::string text = word(6 + 2 * difficulty);
    const std::string start = text;
    int steps = 0;
    bool changed = true;
    while (changed && steps <= kMostSteps) {
      changed = false;
      for (const auto& [left, right] : rules) {
        if (const std::size_t at = text.find(left); at != std::string::npos && left != right) {
          text.replace(at, left.size(), right);
          changed = true;
          ++steps;
          break;
        }
      }
    }
    if (steps > kMostSteps || steps < 1 + difficulty || text.empty()) continue;
    std::string question = "Rules, in this order:";
    for (std::size_t i = 0; i < rules.size(); ++i) {
      if (rules[i].first == rules[i].second) continue;
      question +=
          fmt::format("\n{} -> {}", rules[i].first, rules[i].second.empty() ? "(nothing)" : rules[i].second);
    }
    question += fmt::format(
        "\nBegin with the string {}. Again and again, take the first rule in the list whose left side "
        "occurs in the string and replace its leftmost occurrence, until no rule applies. Which "
        "string is left?",
        start);
    return {question, text};
  }
}

}  // namespace reckon::suites
