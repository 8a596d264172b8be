#include "suites/generators/program.h"

#include <cstddef>

namespace reckon::suites {

namespace {

constexpr int kMaxValue = 99;

}  // namespace

void Program::line(int depth, std::string_view text) {
  body += std::string(static_cast<std::size_t>(depth) * 4, ' ') + std::string(text) + "\n";
}

void Program::note(std::string_view text) { trace += std::string(text) + "\n"; }

int Program::keep(int value) {
  tame = tame && value >= 0 && value <= kMaxValue;
  return value;
}

std::string source_text(const Program& program) {
  return "def $f(" + program.parameters + "):\n" + program.body + "print($f(" + program.arguments + "))";
}

std::string with_names(std::string_view text, std::string_view function,
                       const std::vector<std::string>& variables) {
  std::string named;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '$') {
      named += text[at];
      continue;
    }
    const char key = text[++at];
    named += key == 'f' ? std::string(function) : variables[static_cast<std::size_t>(key - '0')];
  }
  return named;
}

std::string list_text(const std::vector<int>& values) {
  std::string text = "[";
  for (const int value : values) {
    text += (text.size() == 1 ? "" : ", ") + std::to_string(value);
  }
  return text + "]";
}

std::vector<int> draw_list(CounterRng& rng, int least, int most) {
  std::vector<int> values = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  rng.shuffle(values);
  values.resize(static_cast<std::size_t>(rng.between(least, most)));
  return values;
}

Condition::Condition(CounterRng& rng) : kind_(rng.below(5)), constant_(rng.between(2, 7)) {}

bool Condition::holds(int value) const {
  switch (kind_) {
    case 0:
      return value > constant_;
    case 1:
      return value < constant_;
    case 2:
      return value % 2 == 0;
    case 3:
      return value % 2 == 1;
    default:
      return value != constant_;
  }
}

std::string Condition::text(std::string_view variable) const {
  const std::string name(variable);
  const std::string constant = std::to_string(constant_);
  switch (kind_) {
    case 0:
      return name + " > " + constant;
    case 1:
      return name + " < " + constant;
    case 2:
      return name + " % 2 == 0";
    case 3:
      return name + " % 2 == 1";
    default:
      return name + " != " + constant;
  }
}

std::string Condition::workings(int value) const {
  const std::string number = std::to_string(value);
  const std::string constant = std::to_string(constant_);
  const std::string answer = holds(value) ? " yes" : " no";
  switch (kind_) {
    case 0:
      return number + ">" + constant + answer;
    case 1:
      return number + "<" + constant + answer;
    case 2:
    case 3:
      return number + "%2=" + std::to_string(value % 2) + answer;
    default:
      return number + "!=" + constant + answer;
  }
}

Update::Update(CounterRng& rng, std::string_view operand)
    : op_("+++--*"[rng.below(6)]), constant_(rng.between(1, 9)), augmented_(rng.chance(50)) {
  if (op_ == '*') {
    constant_ = rng.between(2, 3);  // products of running values soon leave the range
  } else if (rng.chance(60)) {
    operand_ = operand;
  }
}

std::string Update::text(std::string_view target) const {
  const std::string name(target);
  const std::string operand = operand_.empty() ? std::to_string(constant_) : operand_;
  return augmented_ ? name + " " + op_ + "= " + operand : name + " = " + name + " " + op_ + " " + operand;
}

int Update::apply(int target, int operand, std::string& steps) const {
  const int by = operand_.empty() ? constant_ : operand;
  const int result = op_ == '+' ? target + by : op_ == '-' ? target - by : target * by;
  steps = std::to_string(target) + op_ + std::to_string(by) + "=" + std::to_string(result);
  return result;
}

}  // namespace reckon::suites
