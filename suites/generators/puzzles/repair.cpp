// Program repair: a function with one mistake, and calls that show it. Which change is right is decided by
// the calls: of all programs that one change makes, those that fit them give the same values for the hidden
// tests.

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "suites/generators/puzzles/puzzle.h"
#include "suites/generators/puzzles/small_program.h"

namespace reckon::suites {
namespace {

constexpr std::size_t kCalls = 28;  // shown and hidden ones together
constexpr std::size_t kFirstShown = 3;
constexpr std::size_t kMostShown = 8;
constexpr std::size_t kFewestValues = 6;  // different ones that the right function gives for all calls
constexpr std::int64_t kLargestShown = 10'000;

std::vector<Arguments> draw_calls(CounterRng& rng, const SmallProgram& program) {
  std::vector<Arguments> calls;
  std::set<std::string> seen;
  while (calls.size() < kCalls) {
    Arguments call = program.draw_arguments(rng);
    if (seen.insert(arguments_text(call)).second) calls.push_back(std::move(call));
  }
  return calls;
}

std::vector<Outcome> outcomes(const SmallProgram& program, const std::vector<Arguments>& calls) {
  std::vector<Outcome> all;
  for (const Arguments& call : calls) all.push_back(program.run(call));
  return all;
}

// Values that a question can show, and enough different ones to tell programs apart.
bool are_telling(const std::vector<Outcome>& expected) {
  std::set<std::int64_t> values;
  for (const Outcome& outcome : expected) {
    if (outcome.kind != Outcome::Kind::value || outcome.value > kLargestShown ||
        outcome.value < -kLargestShown)
      return false;
    values.insert(outcome.value);
  }
  return values.size() >= kFewestValues;
}

// Which calls the question shows: so many that every program one change away from `wrong` that gives the
// expected values for them gives those of all calls. Empty: more than kMostShown would be needed, or a
// program runs into values that are not computed.
std::vector<std::size_t> calls_to_show(const SmallProgram& wrong, const std::vector<Arguments>& calls,
                                       const std::vector<Outcome>& expected) {
  const std::vector<Outcome> given = outcomes(wrong, calls);
  std::vector<std::size_t> shown;
  for (std::size_t i = 0; i < calls.size() && shown.empty(); ++i) {
    if (given[i] != expected[i]) shown.push_back(i);  // one that shows the mistake
  }
  if (shown.empty()) return {};
  for (std::size_t i = 0; shown.size() < kFirstShown; ++i) {
    if (i != shown.front()) shown.push_back(i);
  }
  for (const SmallProgram& candidate : wrong.with_one_change()) {
    const std::vector<Outcome> values = outcomes(candidate, calls);
    if (std::any_of(values.begin(), values.end(),
                    [](const Outcome& one) { return one.kind == Outcome::Kind::too_large; })) {
      return {};
    }
    if (std::any_of(shown.begin(), shown.end(), [&](std::size_t i) { return values[i] != expected[i]; }))
      continue;
    const auto differs = std::mismatch(values.begin(), values.end(), expected.begin());
    if (differs.first != values.end())
      shown.push_back(static_cast<std::size_t>(differs.first - values.begin()));
  }
  return shown.size() <= kMostShown ? shown : std::vector<std::size_t>();
}

std::string tests_json(const std::vector<Arguments>& calls, const std::vector<Outcome>& expected) {
  std::string text;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    text += fmt::format("{}{{\"args\": [{}], \"expected\": {}}}", i == 0 ? "" : ", ",
                        arguments_text(calls[i]), expected[i].value);
  }
  return "[" + text + "]";
}

}  // namespace

Puzzle draw_program_repair(CounterRng& rng, int difficulty) {
  for (;;) {
    const SmallProgram right(rng, difficulty);
    const std::vector<Arguments> calls = draw_calls(rng, right);
    const std::vector<Outcome> expected = outcomes(right, calls);
    if (!are_telling(expected)) continue;
    const std::vector<SmallProgram> mistakes = right.with_one_change();
    const SmallProgram& wrong = rng.pick(mistakes);
    const std::vector<std::size_t> shown = calls_to_show(wrong, calls, expected);
    if (shown.empty()) continue;
    std::string examples;
    for (const std::size_t i : shown) {
      examples += fmt::format("f({}) == {}\n", arguments_text(calls[i]), expected[i].value);
    }
    Puzzle puzzle;
    puzzle.question = fmt::format(
        "This Python function has one mistake. In one place something else should stand: another whole "
        "number "
        "from 0 to {}, another one of the operators + - * // %, or another one of the comparisons "
        "< <= > >= == !=.\n```python\n{}```\nThe right function gives:\n{}Which one is it? It will be called "
        "with other arguments, too.",
        SmallProgram::kLargestConstant, wrong.text(), examples);
    puzzle.answer = right.text();
    puzzle.entry_point = "f";
    puzzle.tests = tests_json(calls, expected);
    return puzzle;
  }
}

}  // namespace reckon::suites
