// Zebra puzzles: who lives in which house of a row?

#include <algorithm>
#include <array>
#include <cstdlib>
#include <numeric>

#include <fmt/format.h>

#include "suites/generators/puzzles/puzzle.h"

namespace reckon::suites {
namespace {

constexpr int kMostHouses = 5;

struct Attribute {
  const char* noun;  // "who ... " in clues
  std::array<const char*, kMostHouses> values;
};

// The first one is the name of who lives there.
constexpr std::array<Attribute, 4> kAttributes = {
    {{"{}", {"Ann", "Bob", "Cid", "Dora", "Eve"}},
     {"the person who drinks {}", {"tea", "milk", "juice", "water", "cocoa"}},
     {"the person who keeps a {}", {"cat", "dog", "fish", "parrot", "zebra"}},
     {"the person in the {} house", {"red", "blue", "green", "white", "yellow"}}}};

// houses[a * n + v]: the house (from 0, of n) where value v of attribute a is found.
using Solution = std::vector<int>;

struct Clue {
  enum class Kind { same_house, directly_left, next_to, in_house } kind;
  int attribute = 0, value = 0;
  int other_attribute = 0, other_value = 0;  // in_house: other_value is the house
};

bool holds(const Clue& clue, const Solution& houses, int n) {
  const int first = houses[static_cast<std::size_t>(clue.attribute * n + clue.value)];
  if (clue.kind == Clue::Kind::in_house) return first == clue.other_value;
  const int second = houses[static_cast<std::size_t>(clue.other_attribute * n + clue.other_value)];
  switch (clue.kind) {
    case Clue::Kind::same_house:
      return first == second;
    case Clue::Kind::directly_left:
      return first + 1 == second;
    case Clue::Kind::next_to:
      return std::abs(first - second) == 1;
    case Clue::Kind::in_house:
      break;
  }
  return false;
}

// Counts solutions up to 2, value by value; a clue is looked at as soon as both its values have a house.
class Count {
 public:
  Count(const std::vector<Clue>& clues, int attributes, int houses)
      : houses_(houses),
        decided_by_(static_cast<std::size_t>(attributes * houses)),
        where_(decided_by_.size()),
        taken_(static_cast<std::size_t>(attributes), 0U) {
    for (const Clue& clue : clues) {
      int last = clue.attribute * houses + clue.value;
      if (clue.kind != Clue::Kind::in_house) {
        last = std::max(last, clue.other_attribute * houses + clue.other_value);
      }
      decided_by_[static_cast<std::size_t>(last)].push_back(clue);
    }
    place(0);
  }
  int solutions() const { return solutions_; }

 private:
  void place(std::size_t index) {
    if (index == where_.size()) {
      ++solutions_;
      return;
    }
    unsigned& taken = taken_[index / static_cast<std::size_t>(houses_)];
    for (int house = 0; house < houses_ && solutions_ < 2; ++house) {
      const unsigned bit = 1U << static_cast<unsigned>(house);
      if ((taken & bit) != 0) continue;
      where_[index] = house;
      taken |= bit;
      const auto fits = [this](const Clue& clue) { return holds(clue, where_, houses_); };
      if (std::all_of(decided_by_[index].begin(), decided_by_[index].end(), fits)) place(index + 1);
      taken &= ~bit;
    }
  }

  int houses_;
  std::vector<std::vector<Clue>> decided_by_;
  Solution where_;
  std::vector<unsigned> taken_;
  int solutions_ = 0;
};

bool is_unique(const std::vector<Clue>& clues, int attributes, int houses) {
  return Count(clues, attributes, houses).solutions() == 1;
}

std::string who(int attribute, int value) {
  const Attribute& kind = kAttributes[static_cast<std::size_t>(attribute)];
  return fmt::format(fmt::runtime(kind.noun), kind.values[static_cast<std::size_t>(value)]);
}

std::string text_of(const Clue& clue) {
  const std::string first = who(clue.attribute, clue.value);
  if (clue.kind == Clue::Kind::in_house)
    return fmt::format("{} lives in house {}.", first, clue.other_value + 1);
  const std::string second = who(clue.other_attribute, clue.other_value);
  switch (clue.kind) {
    case Clue::Kind::same_house:
      return fmt::format("{} and {} are the same.", first, second);
    case Clue::Kind::directly_left:
      return fmt::format("{} lives directly left of {}.", first, second);
    case Clue::Kind::next_to:
      return fmt::format("{} lives next to {}.", first, second);
    case Clue::Kind::in_house:
      break;
  }
  return "";
}

Clue draw_clue(CounterRng& rng, int attributes, int count) {
  Clue clue{};
  clue.kind = static_cast<Clue::Kind>(rng.below(4));
  clue.attribute = rng.below(attributes);
  clue.value = rng.below(count);
  if (clue.kind == Clue::Kind::in_house) {
    clue.other_attribute = clue.attribute;
    clue.other_value = rng.below(count);
    return clue;
  }
  do {
    clue.other_attribute = rng.below(attributes);
    clue.other_value = rng.below(count);
  } while (clue.kind == Clue::Kind::same_house
               ? clue.other_attribute == clue.attribute
               : clue.other_attribute == clue.attribute && clue.other_value == clue.value);
  return clue;
}

std::string capital(std::string text) {
  if (text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

}  // namespace

Puzzle draw_zebra(CounterRng& rng, int difficulty) {
  static constexpr std::array kHouses = {3, 3, 4, 4, 5};
  static constexpr std::array kKinds = {2, 3, 3, 4, 4};
  const int count = kHouses[static_cast<std::size_t>(difficulty - 1)];
  const int attributes = kKinds[static_cast<std::size_t>(difficulty - 1)];
  Solution solution;
  for (int a = 0; a < attributes; ++a) {
    std::vector<int> order(static_cast<std::size_t>(count));
    std::iota(order.begin(), order.end(), 0);
    rng.shuffle(order);
    solution.insert(solution.end(), order.begin(), order.end());
  }
  std::vector<Clue> clues;
  while (!is_unique(clues, attributes, count)) {
    for (int tries = 0; tries < 50; ++tries) {
      const Clue clue = draw_clue(rng, attributes, count);
      if (holds(clue, solution, count)) {
        clues.push_back(clue);
        break;
      }
    }
  }
  // Clues that say nothing new are taken out again.
  for (std::size_t i = clues.size(); i-- > 0;) {
    std::vector<Clue> fewer = clues;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
    if (is_unique(fewer, attributes, count)) clues = std::move(fewer);
  }
  std::vector<std::string> names(kAttributes[0].values.begin(), kAttributes[0].values.begin() + count);
  std::string question =
      fmt::format("{} live in the houses 1 to {} of a row, from left to right.", listed(names), count);
  for (int a = 1; a < attributes; ++a) {
    std::vector<std::string> people;
    for (int v = 0; v < count; ++v) people.push_back(who(a, v));
    question += fmt::format(" Among them are {}.", listed(people));
  }
  for (const Clue& clue : clues) question += "\n" + capital(text_of(clue));
  const int asked = rng.between(1, attributes - 1);
  const int value = rng.below(count);
  const int house = solution[static_cast<std::size_t>(asked * count + value)];
  const auto name = std::find(solution.begin(), solution.begin() + count, house) - solution.begin();
  return {question + fmt::format("\nWhat is the name of {}?", who(asked, value)),
          names[static_cast<std::size_t>(name)]};
}

}  // namespace reckon::suites
