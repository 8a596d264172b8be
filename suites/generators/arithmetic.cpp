#include "suites/generators/arithmetic.h"

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "suites/generators/expression.h"

namespace reckon::suites {

namespace {

constexpr std::array<std::string_view, 16> kNames = {"Ann", "Ben",  "Cara", "Dan",  "Eva", "Finn",
                                                     "Gus", "Hana", "Ivan", "Jill", "Kim", "Leo",
                                                     "Mia", "Noah", "Olga", "Paul"};
constexpr std::array<std::string_view, 8> kThings = {"apples", "books", "coins",  "cards",
                                                     "eggs",   "pens",  "stamps", "shells"};
constexpr std::array<std::string_view, 4> kHolders = {"bag", "crate", "basket", "tray"};

struct Problem {
  ExpressionPtr tree;
  std::string text;
};

int operand(CounterRng& rng) { return rng.chance(35) ? rng.between(1, 9) : rng.between(10, 99); }

char any_operator(CounterRng& rng) { return "+-*"[rng.below(3)]; }

ExpressionPtr draw_tree(CounterRng& rng, int operations) {
  if (operations == 0) {
    return number(operand(rng));
  }
  const int on_the_left = rng.chance(65) ? operations - 1 : rng.below(operations);
  const char op = any_operator(rng);
  ExpressionPtr left = draw_tree(rng, on_the_left);
  ExpressionPtr right = draw_tree(rng, operations - 1 - on_the_left);
  return combine(op, std::move(left), std::move(right));
}

Problem draw_expression(CounterRng& rng, int operations) {
  static constexpr std::array<std::string_view, 3> kAsks = {"What is ", "Compute ", "Work out "};
  Problem problem;
  do {
    problem.tree = draw_tree(rng, operations);
  } while (!is_workable(*problem.tree));
  const std::string_view ask = rng.pick(kAsks);
  problem.text = std::string(ask) + to_text(*problem.tree, true) + (ask == "What is " ? "?" : ".");
  return problem;
}

// Fills {n} name, {m} another name, {t} things, {h} a holder, and {a} to {d} the numbers.
std::string fill(std::string_view pattern, CounterRng& rng, const std::array<int, 4>& numbers) {
  const int first = rng.below(static_cast<int>(kNames.size()));
  const int second =
      (first + rng.between(1, static_cast<int>(kNames.size()) - 1)) % static_cast<int>(kNames.size());
  const std::string_view thing = rng.pick(kThings);
  const std::string_view holder = rng.pick(kHolders);
  std::string text;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    if (pattern[at] != '{') {
      text += pattern[at];
      continue;
    }
    const char key = pattern[at + 1];
    at += 2;
    switch (key) {
      case 'n':
        text += kNames[static_cast<std::size_t>(first)];
        break;
      case 'm':
        text += kNames[static_cast<std::size_t>(second)];
        break;
      case 't':
        text += thing;
        break;
      case 'h':
        text += holder;
        break;
      default:
        text += std::to_string(numbers[static_cast<std::size_t>(key - 'a')]);
        break;
    }
  }
  return text;
}

struct Story {
  int operations;
  std::string_view pattern;
  ExpressionPtr (*tree)(const std::array<int, 4>& numbers);
};

using Numbers = std::array<int, 4>;

ExpressionPtr op_of(char op, ExpressionPtr left, ExpressionPtr right) {
  return combine(op, std::move(left), std::move(right));
}

// Trees of the stories, named by their shape; a, b, c, d are the numbers in order of mention.
ExpressionPtr a_plus_b(const Numbers& v) { return op_of('+', number(v[0]), number(v[1])); }
ExpressionPtr a_minus_b(const Numbers& v) { return op_of('-', number(v[0]), number(v[1])); }
ExpressionPtr a_times_b(const Numbers& v) { return op_of('*', number(v[0]), number(v[1])); }
ExpressionPtr a_plus_b_minus_c(const Numbers& v) { return op_of('-', a_plus_b(v), number(v[2])); }
ExpressionPtr a_minus_b_plus_c(const Numbers& v) { return op_of('+', a_minus_b(v), number(v[2])); }
ExpressionPtr a_times_b_plus_c(const Numbers& v) { return op_of('+', a_times_b(v), number(v[2])); }
ExpressionPtr c_minus_a_times_b(const Numbers& v) { return op_of('-', number(v[2]), a_times_b(v)); }
ExpressionPtr sum_times_c(const Numbers& v) { return op_of('*', a_plus_b(v), number(v[2])); }
ExpressionPtr a_plus_more(const Numbers& v) { return op_of('+', number(v[0]), a_plus_b(v)); }
ExpressionPtr a_times_b_plus_c_minus_d(const Numbers& v) {
  return op_of('-', a_times_b_plus_c(v), number(v[3]));
}
ExpressionPtr two_products(const Numbers& v) {
  return op_of('+', a_times_b(v), op_of('*', number(v[2]), number(v[3])));
}
ExpressionPtr sum_times_c_minus_d(const Numbers& v) { return op_of('-', sum_times_c(v), number(v[3])); }

constexpr std::array<Story, 16> kStories = {{
    {1, "{n} has {a} {t} and finds {b} more. How many {t} does {n} have now?", a_plus_b},
    {1, "{n} has {a} {t} and {m} has {b}. How many {t} do they have together?", a_plus_b},
    {1, "{n} has {a} {t} and gives {b} to {m}. How many {t} are left?", a_minus_b},
    {1, "A {h} holds {a} {t}. How many {t} are in {b} such {h}s?", a_times_b},
    {1, "{n} buys {a} {t} at {b} dollars each. How much does {n} pay?", a_times_b},
    {2, "{n} has {a} {t}, buys {b} more and gives {c} to {m}. How many {t} are left?", a_plus_b_minus_c},
    {2, "A bus carries {a} people. At a stop {b} get off and {c} get on. How many are on it now?",
     a_minus_b_plus_c},
    {2, "There are {a} rows of {b} chairs and {c} chairs at the side. How many chairs are there?",
     a_times_b_plus_c},
    {2, "{n} buys {a} {t} at {b} dollars each and pays with {c} dollars. How much comes back?",
     c_minus_a_times_b},
    {2, "Each day {n} packs {a} {t} and {m} packs {b}. How many {t} do they pack in {c} days?", sum_times_c},
    {2, "{n} has {a} {t}. {m} has {b} more than {n}. How many {t} do they have together?", a_plus_more},
    {3, "{n} fills {a} shelves with {b} {t} each, gets {c} more and sells {d}. How many {t} are left?",
     a_times_b_plus_c_minus_d},
    {3, "{n} buys {a} {t} at {b} dollars and {c} tickets at {d} dollars each. How much does {n} pay?",
     two_products},
    {3, "Each day {n} picks {a} {t} and {m} picks {b}. After {c} days they sell {d}. How many {t} are left?",
     sum_times_c_minus_d},
    {3, "A {h} has {a} layers of {b} {t}. {n} adds {c} {t} and takes {d}. How many {t} are in the {h}?",
     a_times_b_plus_c_minus_d},
    {3, "{n} sells {a} {t} at {b} dollars and {m} sells {c} at {d} dollars. How much do they earn together?",
     two_products},
}};

Problem draw_story(CounterRng& rng, int operations) {
  const Story* story = nullptr;
  do {
    story = &rng.pick(kStories);
  } while (story->operations != operations);
  Problem problem;
  std::array<int, 4> numbers{};
  do {
    for (int& value : numbers) {
      value = rng.chance(20) ? rng.between(100, 400) : operand(rng);
      value = value == 1 ? 2 : value;  // "1 apples" is no English
    }
    problem.tree = story->tree(numbers);
  } while (!is_workable(*problem.tree));
  problem.text = fill(story->pattern, rng, numbers);
  return problem;
}

int draw_operations(CounterRng& rng, Level level) {
  const int percent = rng.below(100);
  switch (level) {
    case Level::kEasy:
      return 1;
    case Level::kMiddle:
      return percent < 50 ? 1 : 2;
    case Level::kFull:
      break;
  }
  return percent < 25 ? 1 : percent < 65 ? 2 : 3;
}

}  // namespace

Item draw_arithmetic(CounterRng& rng, Level level) {
  const int operations = draw_operations(rng, level);
  Problem problem = rng.chance(50) ? draw_expression(rng, operations) : draw_story(rng, operations);
  Item item;
  item.prompt = std::move(problem.text);
  item.answer = std::to_string(problem.tree->value);
  item.canonical_form = "arithmetic:" + to_canonical(*problem.tree);
  item.thinking = work_out(std::move(problem.tree));
  return item;
}

}  // namespace reckon::suites
