// Small Python functions over whole numbers and lists of them: drawn, run on any arguments, and changed in
// one place.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "suites/generators/counter_rng.h"

namespace reckon::suites {

// An expression: a whole number, a variable, or an operation on two other expressions of the same program.
struct Term {
  enum class Kind { constant, variable, arithmetic, comparison } kind = Kind::constant;
  int value = 0;        // of a constant; the number of a variable
  std::string_view op;  // "+", "//", "<=" ...
  int left = -1, right = -1;
};

struct Step {
  enum class Kind { assign, branch, range_loop, list_loop, give_back } kind = Kind::assign;
  int variable = 0;  // assigned to, or the loop's
  int term = -1;     // assigned, tested, returned, or the first of the range
  int other = -1;    // the end of the range; of a list loop the number of the list's variable
  std::vector<Step> body, otherwise;
};

// What a function is called with: a list or none, then whole numbers.
struct Arguments {
  bool has_list = false;
  std::vector<std::int64_t> list;
  std::vector<std::int64_t> numbers;
};

struct Outcome {
  // `raises`: a division by zero. `too_large`: a value beyond 10^12 on the way, which is not computed
  // further.
  enum class Kind { value, raises, too_large } kind = Kind::value;
  std::int64_t value = 0;
  bool operator==(const Outcome&) const = default;
};

class SmallProgram {
 public:
  // What one place may hold instead of what stands there.
  static constexpr int kLargestConstant = 20;
  static const std::vector<std::string_view>& arithmetic_operators();
  static const std::vector<std::string_view>& comparison_operators();

  // Difficulty 1 to 5: from a branch to two loops with branches.
  SmallProgram(CounterRng& rng, int difficulty);

  Arguments draw_arguments(CounterRng& rng) const;
  Outcome run(const Arguments& arguments) const;
  // "def f(a, b):\n    t = ...\n"
  std::string text() const;

  // Every program that differs from this one in one whole number (0 to 20) or one operator, in a fixed order.
  std::vector<SmallProgram> with_one_change() const;

 private:
  int constant(int value);
  int variable(int number);
  int operation(Term::Kind kind, std::string_view op, int left, int right);
  int draw_condition(CounterRng& rng, int subject);
  Step draw_update(CounterRng& rng, int operand);
  std::vector<Step> draw_body(CounterRng& rng, int operand, bool branches);
  Step draw_loop(CounterRng& rng, int loop_variable, bool branches);

  std::vector<std::string> names_;  // of the variables: parameters, the running value, loop variables
  bool has_list_ = false;           // the first parameter is a list
  int parameters_ = 0;
  int running_ = 0;  // the number of the running value's variable
  std::vector<Term> terms_;
  std::vector<Step> steps_;
};

// "[3, 5], 2"
std::string arguments_text(const Arguments& arguments);

}  // namespace reckon::suites
