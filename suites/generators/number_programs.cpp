// Programs over numbers and lists of numbers.
#include <algorithm>
#include <cstddef>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "suites/generators/program_kinds.h"

namespace reckon::suites {

namespace {

std::string text_of(int value) { return std::to_string(value); }

// The body of a loop: an update, perhaps under a condition, perhaps with another one otherwise.
class LoopBody {
 public:
  LoopBody(CounterRng& rng, std::string variable, std::string target)
      : variable_(std::move(variable)),
        target_(std::move(target)),
        condition_(rng),
        then_(rng, variable_),
        otherwise_(rng, variable_),
        branches_(rng.chance(60)),
        has_else_(rng.chance(60)) {}

  void write(Program& program, int depth) const {
    if (!branches_) {
      program.line(depth, then_.text(target_));
      return;
    }
    program.line(depth, "if " + condition_.text(variable_) + ":");
    program.line(depth + 1, then_.text(target_));
    if (has_else_) {
      program.line(depth, "else:");
      program.line(depth + 1, otherwise_.text(target_));
    }
  }

  // One pass; notes "x=5: 5>3 yes t=3+5=8".
  int run(Program& program, int value, int target) const {
    std::string head = variable_ + "=" + text_of(value) + ":";
    const bool taken = !branches_ || condition_.holds(value);
    if (branches_) {
      head += " " + condition_.workings(value);
    }
    if (!taken && !has_else_) {
      program.note(head);
      return target;
    }
    std::string steps;
    const int result = program.keep((taken ? then_ : otherwise_).apply(target, value, steps));
    program.note(head + " " + target_ + "=" + steps);
    return result;
  }

 private:
  std::string variable_;
  std::string target_;
  Condition condition_;
  Update then_;
  Update otherwise_;
  bool branches_;
  bool has_else_;
};

// "sum" worked out: "3+4=7, 7+5=12".
std::string running_sum(const std::vector<int>& values) {
  std::string text;
  int sum = values[0];
  for (std::size_t at = 1; at < values.size(); ++at) {
    text += (text.empty() ? "" : ", ") + text_of(sum) + "+" + text_of(values[at]) + "=" +
            text_of(sum + values[at]);
    sum += values[at];
  }
  return text;
}

}  // namespace

Program draw_branch(CounterRng& rng) {
  Program program;
  int first = rng.between(1, 20);
  const int second = rng.between(1, 9);
  program.parameters = "$0, $1";
  program.arguments = text_of(first) + ", " + text_of(second);
  std::string steps;
  const Update before(rng, "$1");
  program.line(1, before.text("$0"));
  first = program.keep(before.apply(first, second, steps));
  program.note("$0=" + steps);
  const Condition condition(rng);
  const Update then(rng, "$1");
  const Update otherwise(rng, "$1");
  program.line(1, "if " + condition.text("$0") + ":");
  program.line(2, then.text("$0"));
  program.line(1, "else:");
  program.line(2, otherwise.text("$0"));
  const int tested = first;
  const bool taken = condition.holds(tested);
  first = program.keep((taken ? then : otherwise).apply(first, second, steps));
  program.note(condition.workings(tested) + " $0=" + steps);
  program.line(1, "return $0");
  program.printed = text_of(first);
  return program;
}

Program draw_range_loop(CounterRng& rng) {
  Program program;
  const int times = rng.between(2, 5);
  int total = rng.between(0, 12);
  program.parameters = "$0";
  program.arguments = text_of(times);
  program.line(1, "$1 = " + text_of(total));
  program.note("$1=" + text_of(total));
  const int start = rng.chance(30) ? 1 : 0;
  program.line(1, start == 0 ? "for $2 in range($0):" : "for $2 in range(1, $0):");
  const LoopBody body(rng, "$2", "$1");
  body.write(program, 2);
  for (int at = start; at < times; ++at) {
    total = body.run(program, at, total);
  }
  program.line(1, "return $1");
  program.printed = text_of(total);
  return program;
}

Program draw_list_loop(CounterRng& rng) {
  Program program;
  const std::vector<int> values = draw_list(rng, 2, 4);
  int total = rng.between(0, 12);
  program.parameters = "$0";
  program.arguments = list_text(values);
  program.line(1, "$1 = " + text_of(total));
  program.note("$1=" + text_of(total));
  program.line(1, "for $2 in $0:");
  const LoopBody body(rng, "$2", "$1");
  body.write(program, 2);
  for (const int value : values) {
    total = body.run(program, value, total);
  }
  program.line(1, "return $1");
  program.printed = text_of(total);
  return program;
}

Program draw_list_building(CounterRng& rng) {
  Program program;
  const std::vector<int> values = draw_list(rng, 2, 4);
  program.parameters = "$0";
  program.arguments = list_text(values);
  program.line(1, "$1 = []");
  program.line(1, "for $2 in $0:");
  const bool branches = rng.chance(50);
  const Condition condition(rng);
  const char op = "+*-"[rng.below(3)];
  const int constant = op == '-' ? 1 : rng.between(1, 4);
  if (branches) {
    program.line(2, "if " + condition.text("$2") + ":");
  }
  program.line(branches ? 3 : 2, std::string("$1.append($2 ") + op + " " + text_of(constant) + ")");
  std::vector<int> built;
  for (const int value : values) {
    std::string head = "$2=" + text_of(value) + ":";
    const bool taken = !branches || condition.holds(value);
    if (branches) {
      head += " " + condition.workings(value);
    }
    if (taken) {
      const int result = op == '+' ? value + constant : op == '-' ? value - constant : value * constant;
      built.push_back(program.keep(result));
      head += " " + text_of(value) + op + text_of(constant) + "=" + text_of(result);
    }
    program.note(head);
  }
  program.line(1, "return $1");
  program.printed = list_text(built);
  return program;
}

Program draw_list_methods(CounterRng& rng) {
  Program program;
  std::vector<int> values = draw_list(rng, 3, 4);
  program.parameters = "$0";
  program.arguments = list_text(values);
  const int changes = rng.between(1, 2);
  for (int change = 0; change < changes; ++change) {
    const int constant = rng.between(1, 9);
    switch (rng.below(6)) {
      case 0:
        program.line(1, "$0.append(" + text_of(constant) + ")");
        values.push_back(constant);
        break;
      case 1:
        program.line(1, "$0.sort()");
        std::sort(values.begin(), values.end());
        break;
      case 2:
        program.line(1, "$0.reverse()");
        std::reverse(values.begin(), values.end());
        break;
      case 3:
        program.line(1, "$0.pop()");
        values.pop_back();
        break;
      case 4:
        program.line(1, "$0[0] = " + text_of(constant));
        values[0] = constant;
        break;
      default:
        program.line(1, "$0 = $0[1:]");
        values.erase(values.begin());
        break;
    }
    program.note("$0=" + list_text(values));
    if (values.size() < 2) {
      break;
    }
  }
  switch (rng.below(6)) {
    case 0:
      program.line(1, "return sum($0)");
      if (values.size() > 1) {
        program.note(running_sum(values));
      }
      program.printed = text_of(std::accumulate(values.begin(), values.end(), 0));
      break;
    case 1:
      program.line(1, "return max($0)");
      program.printed = text_of(*std::max_element(values.begin(), values.end()));
      break;
    case 2:
      program.line(1, "return len($0)");
      program.printed = text_of(static_cast<int>(values.size()));
      break;
    case 3:
      program.line(1, "return $0[-1]");
      program.printed = text_of(values.back());
      break;
    default:
      program.line(1, "return $0");
      program.printed = list_text(values);
      break;
  }
  return program;
}

}  // namespace reckon::suites
