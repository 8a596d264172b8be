// Knights and knaves, and propositional entailment.

#include <array>
#include <functional>

#include <fmt/format.h>

#include "suites/generators/puzzles/puzzle.h"

namespace reckon::suites {
namespace {

constexpr std::array<const char*, 16> kPeople = {"Ann", "Bob", "Cid", "Dora", "Eve", "Finn", "Gus",  "Hal",
                                                 "Ida", "Jim", "Kay", "Leo",  "Mia", "Ned",  "Olga", "Pam"};

// What somebody says, and whether it is true where bit i of `knights` says that person i is a knight.
struct Claim {
  std::string text;
  std::function<bool(unsigned knights)> holds;
};

bool is_knight(unsigned knights, int person) { return (knights >> static_cast<unsigned>(person) & 1U) != 0; }

const char* kind(bool knight) { return knight ? "a knight" : "a knave"; }

Claim draw_claim(CounterRng& rng, const std::vector<std::string>& names, int speaker) {
  const int n = static_cast<int>(names.size());
  const int first = (speaker + 1 + rng.below(n - 1)) % n;
  int second = rng.below(n);
  while (second == first) second = rng.below(n);
  const std::string& a = names[static_cast<std::size_t>(first)];
  const std::string& b = names[static_cast<std::size_t>(second)];
  const bool as_knight = rng.chance(50);
  const bool bs_knight = rng.chance(50);
  switch (rng.below(6)) {
    case 0:
      return {fmt::format("{} is {}", a, kind(as_knight)),
              [=](unsigned k) { return is_knight(k, first) == as_knight; }};
    case 1:
      return {fmt::format("{} and {} are of the same kind", a, b),
              [=](unsigned k) { return is_knight(k, first) == is_knight(k, second); }};
    case 2:
      return {fmt::format("{} and {} are of different kinds", a, b),
              [=](unsigned k) { return is_knight(k, first) != is_knight(k, second); }};
    case 3:
      return {fmt::format("{} is {} or {} is {}", a, kind(as_knight), b, kind(bs_knight)), [=](unsigned k) {
                return is_knight(k, first) == as_knight || is_knight(k, second) == bs_knight;
              }};
    case 4:
      return {
          fmt::format("if {} is {}, then {} is {}", a, kind(as_knight), b, kind(bs_knight)),
          [=](unsigned k) { return is_knight(k, first) != as_knight || is_knight(k, second) == bs_knight; }};
    default:
      return {fmt::format("{} is {} and {} is {}", a, kind(as_knight), b, kind(bs_knight)), [=](unsigned k) {
                return is_knight(k, first) == as_knight && is_knight(k, second) == bs_knight;
              }};
  }
}

// A literal: an atom or its negation.
struct Literal {
  int atom = 0;
  bool positive = true;
  bool holds(unsigned world) const { return ((world >> static_cast<unsigned>(atom) & 1U) != 0) == positive; }
};

constexpr std::array<const char*, 8> kThings = {"lamp",   "pump",  "fan",    "radio",
                                                "heater", "alarm", "screen", "motor"};

std::string text_of(const Literal& literal) {
  return fmt::format("the {} is {}", kThings[static_cast<std::size_t>(literal.atom)],
                     literal.positive ? "on" : "off");
}

struct Sentence {
  std::string text;
  std::function<bool(unsigned world)> holds;
};

Sentence draw_sentence(CounterRng& rng, int atoms) {
  std::vector<int> order;
  for (int i = 0; i < atoms; ++i) order.push_back(i);
  rng.shuffle(order);
  const Literal a{order[0], rng.chance(50)};
  const Literal b{order[1], rng.chance(50)};
  const Literal c{order[2], rng.chance(50)};
  switch (rng.below(5)) {
    case 0:
      return {fmt::format("If {}, then {}.", text_of(a), text_of(b)),
              [=](unsigned w) { return !a.holds(w) || b.holds(w); }};
    case 1:
      return {fmt::format("At least one of these is so: {}; {}.", text_of(a), text_of(b)),
              [=](unsigned w) { return a.holds(w) || b.holds(w); }};
    case 2:
      return {fmt::format("If {} and {}, then {}.", text_of(a), text_of(b), text_of(c)),
              [=](unsigned w) { return !a.holds(w) || !b.holds(w) || c.holds(w); }};
    case 3:
      return {fmt::format("Exactly one of these is so: {}; {}.", text_of(a), text_of(b)),
              [=](unsigned w) { return a.holds(w) != b.holds(w); }};
    default:
      return {fmt::format("It is so that {}.", text_of(a)), [=](unsigned w) { return a.holds(w); }};
  }
}

}  // namespace

Puzzle draw_knights_knaves(CounterRng& rng, int difficulty) {
  static constexpr std::array kSizes = {2, 3, 4, 6, 8};
  const int n = kSizes[static_cast<std::size_t>(difficulty - 1)];
  for (;;) {
    std::vector<std::string> names(kPeople.begin(), kPeople.end());
    rng.shuffle(names);
    names.resize(static_cast<std::size_t>(n));
    std::vector<Claim> claims;
    for (int speaker = 0; speaker < n; ++speaker) claims.push_back(draw_claim(rng, names, speaker));
    unsigned solution = 0;
    int solutions = 0;
    for (unsigned knights = 0; knights < (1U << static_cast<unsigned>(n)); ++knights) {
      bool fits = true;
      for (int i = 0; i < n && fits; ++i) {
        fits = claims[static_cast<std::size_t>(i)].holds(knights) == is_knight(knights, i);
      }
      if (fits) {
        solution = knights;
        ++solutions;
      }
    }
    if (solutions != 1) continue;
    std::string question = fmt::format(
        "On an island everybody is either a knight, who always tells the truth, or a knave, who always lies. "
        "You meet {}.",
        listed(names));
    std::string answer;
    for (int i = 0; i < n; ++i) {
      const std::string& name = names[static_cast<std::size_t>(i)];
      question += fmt::format(" {} says: \"{}.\"", name, claims[static_cast<std::size_t>(i)].text);
      answer += fmt::format("{}{} is {}", i > 0 ? ", " : "", name, kind(is_knight(solution, i)));
    }
    return {question + " Who is a knight and who is a knave?", answer};
  }
}

Puzzle draw_entailment(CounterRng& rng, int difficulty) {
  const int atoms = 3 + difficulty;
  const bool wanted = rng.chance(50);
  for (;;) {
    std::vector<Sentence> premises;
    for (int i = 0; i < 2 + 2 * difficulty; ++i) premises.push_back(draw_sentence(rng, atoms));
    const Literal conclusion{rng.below(atoms), rng.chance(50)};
    int worlds = 0;
    int with_conclusion = 0;
    for (unsigned world = 0; world < (1U << static_cast<unsigned>(atoms)); ++world) {
      bool all = true;
      for (const Sentence& premise : premises) all = all && premise.holds(world);
      if (!all) continue;
      ++worlds;
      with_conclusion += conclusion.holds(world) ? 1 : 0;
    }
    if (worlds == 0 || (with_conclusion == worlds) != wanted) continue;
    std::string question = "Each thing is either on or off. All of this is known:";
    for (const Sentence& premise : premises) question += "\n" + premise.text;
    return {question + fmt::format("\nDoes it follow that {}? Answer yes or no.", text_of(conclusion)),
            wanted ? "yes" : "no"};
  }
}

}  // namespace reckon::suites
