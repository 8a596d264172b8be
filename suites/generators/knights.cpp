#include "suites/generators/knights.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

#include "suites/generators/statement.h"

namespace reckon::suites {

namespace {

constexpr std::array<std::string_view, 16> kNames = {"Ann", "Ben",  "Cara", "Dan",  "Eva", "Finn",
                                                     "Gus", "Hana", "Ivan", "Jill", "Kim", "Leo",
                                                     "Mia", "Noah", "Olga", "Paul"};

constexpr long kMaxThinkingTokens = 190;

std::string_view kind_of(bool knight) { return knight ? "knight" : "knave"; }

// statements[p] is what person p says.
using Puzzle = std::vector<Statement>;

bool fits(const Puzzle& puzzle, const Assignment& assignment) {
  for (std::size_t person = 0; person < puzzle.size(); ++person) {
    if (is_true(puzzle[person], assignment) != assignment[person]) {
      return false;
    }
  }
  return true;
}

// All knights first, all knaves last, the last person changing fastest.
std::vector<Assignment> all_assignments(std::size_t people) {
  std::vector<Assignment> all;
  for (std::size_t bits = 0; bits < (std::size_t{1} << people); ++bits) {
    Assignment assignment(people);
    for (std::size_t person = 0; person < people; ++person) {
      assignment[person] = ((bits >> (people - 1 - person)) & 1U) == 0;
    }
    all.push_back(assignment);
  }
  return all;
}

std::vector<Assignment> solutions(const Puzzle& puzzle) {
  std::vector<Assignment> found;
  for (const Assignment& assignment : all_assignments(puzzle.size())) {
    if (fits(puzzle, assignment)) {
      found.push_back(assignment);
    }
  }
  return found;
}

std::string try_row(const Puzzle& puzzle, const Assignment& assignment,
                    const std::vector<std::string>& names) {
  std::string row;
  for (std::size_t person = 0; person < puzzle.size(); ++person) {
    row += (row.empty() ? "" : " ") + names[person] + " " + std::string(kind_of(assignment[person]));
  }
  row += ":";
  for (std::size_t person = 0; person < puzzle.size(); ++person) {
    const bool truth = is_true(puzzle[person], assignment);
    row += (person == 0 ? " " : ", ") + names[person] +
           workings(puzzle[person], static_cast<int>(person), assignment, names) +
           (truth ? " true" : " false");
    if (truth != assignment[person]) {
      return row + " no";
    }
    row += " ok";
  }
  return row;
}

std::string solve_by_cases(const Puzzle& puzzle, const std::vector<std::string>& names) {
  std::string text;
  for (const Assignment& assignment : all_assignments(puzzle.size())) {
    text += (text.empty() ? "" : "\n") + try_row(puzzle, assignment, names);
    if (fits(puzzle, assignment)) {
      break;
    }
  }
  return text;
}

// Words, signs, line breaks and digits: within one or two of the tokens of the demo models' tokenizer.
long token_count(const std::string& text) {
  return 1 + std::count_if(text.begin(), text.end(), [](char c) {
           return c == ' ' || c == '\n' || c == ',' || c == ':' || (c >= '0' && c <= '9');
         });
}

std::string canonical(const Puzzle& puzzle) {
  std::vector<int> number(puzzle.size());
  std::iota(number.begin(), number.end(), 0);
  std::string smallest;
  do {
    std::vector<std::string> said(puzzle.size());
    for (std::size_t person = 0; person < puzzle.size(); ++person) {
      said[static_cast<std::size_t>(number[person])] = to_canonical(puzzle[person], number);
    }
    std::string text;
    for (const std::string& statement : said) {
      text += statement + ";";
    }
    if (smallest.empty() || text < smallest) {
      smallest = text;
    }
  } while (std::next_permutation(number.begin(), number.end()));
  return "logic:" + smallest;
}

std::string question(const Puzzle& puzzle, const std::vector<std::string>& names) {
  std::string text = "Knights always tell the truth and knaves always lie.";
  for (std::size_t person = 0; person < puzzle.size(); ++person) {
    text +=
        "\n" + names[person] + " says: \"" + to_text(puzzle[person], static_cast<int>(person), names) + "\"";
  }
  return text + "\nWho is what?";
}

int draw_people(CounterRng& rng, Level level) {
  switch (level) {
    case Level::kEasy:
      return 2;
    case Level::kMiddle:
      return rng.chance(50) ? 2 : 3;
    case Level::kFull:
      break;
  }
  return rng.chance(25) ? 2 : 3;
}

}  // namespace

Item draw_knights(CounterRng& rng, Level level) {
  const int people = draw_people(rng, level);
  std::vector<std::string> names(kNames.begin(), kNames.end());
  rng.shuffle(names);
  names.resize(static_cast<std::size_t>(people));

  Puzzle puzzle;
  std::vector<Assignment> found;
  std::string thinking;
  do {
    puzzle.clear();
    for (int person = 0; person < people; ++person) {
      puzzle.push_back(draw_statement(rng, person, people));
    }
    found = solutions(puzzle);
    thinking = solve_by_cases(puzzle, names);
  } while (found.size() != 1 || token_count(thinking) > kMaxThinkingTokens);

  Item item;
  item.prompt = question(puzzle, names);
  item.thinking = thinking;
  for (std::size_t person = 0; person < names.size(); ++person) {
    item.answer += (person == 0 ? "" : ", ") + names[person] + ": " + std::string(kind_of(found[0][person]));
  }
  item.canonical_form = canonical(puzzle);
  return item;
}

}  // namespace reckon::suites
