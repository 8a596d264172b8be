// The pieces that generated Python programs are put together from. Texts hold placeholders: "$f" for the
// function and
// "$0" to "$9" for variables, which get names at the end.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "suites/generators/counter_rng.h"

namespace reckon::suites {

// A program under construction together with its run.
struct Program {
  std::string parameters;  // "$0, $1"
  std::string arguments;   // "3, [1, 2]"
  std::string body;        // indented lines
  std::string trace;       // what happens, a line each
  std::string printed;     // what it prints
  bool tame = true;        // false if a value left the range 0..99, then the program is drawn again

  void line(int depth, std::string_view text);
  void note(std::string_view text);
  // Returns `value`, and remembers if it is out of range.
  int keep(int value);
};

std::string source_text(const Program& program);

// Replaces "$f" by `function` and "$k" by variables[k].
std::string with_names(std::string_view text, std::string_view function,
                       const std::vector<std::string>& variables);

// Python's notation for a list of numbers.
std::string list_text(const std::vector<int>& values);

// Different digits from 1 to 9.
std::vector<int> draw_list(CounterRng& rng, int least, int most);

// A test of one number against a constant.
class Condition {
 public:
  explicit Condition(CounterRng& rng);
  bool holds(int value) const;
  std::string text(std::string_view variable) const;
  // The test worked out for a value: "5>3 yes", "5%2=1 no".
  std::string workings(int value) const;

 private:
  int kind_;
  int constant_;
};

// A change of a running value by a constant or by the loop's variable.
class Update {
 public:
  // `operand`: the placeholder of the loop's variable; empty if only constants may be used.
  Update(CounterRng& rng, std::string_view operand);
  std::string text(std::string_view target) const;
  // Applies it to `target` where the loop's variable is `operand`; `steps` receives "7+2=9".
  int apply(int target, int operand, std::string& steps) const;

 private:
  char op_;
  int constant_;
  std::string operand_;  // empty: the constant is used
  bool augmented_;       // "t += x" rather than "t = t + x"
};

}  // namespace reckon::suites
