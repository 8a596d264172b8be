#include "suites/generators/puzzles/small_program.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace reckon::suites {
namespace {

constexpr std::int64_t kLargestValue = 1'000'000'000'000;
constexpr int kLongestList = 6;
constexpr int kLargestArgument = 12;

// Runs one program on one set of arguments.
class Run {
 public:
  Run(const std::vector<Term>& terms, std::size_t variables, const Arguments& arguments)
      : terms_(terms), values_(variables, 0), list_(arguments.list) {
    const std::size_t offset = arguments.has_list ? 1 : 0;
    for (std::size_t i = 0; i < arguments.numbers.size(); ++i) values_[offset + i] = arguments.numbers[i];
  }

  Outcome outcome(const std::vector<Step>& steps) {
    block(steps);
    return {failure_, failure_ == Outcome::Kind::value ? returned_ : 0};
  }

 private:
  // True: the function has returned, or cannot go on.
  bool block(const std::vector<Step>& steps) {
    return std::any_of(steps.begin(), steps.end(), [&](const Step& step) { return perform(step); });
  }

  bool perform(const Step& step) {
    switch (step.kind) {
      case Step::Kind::assign:
        values_[static_cast<std::size_t>(step.variable)] = value(step.term);
        return failed();
      case Step::Kind::branch: {
        const bool taken = value(step.term) != 0;
        return failed() || block(taken ? step.body : step.otherwise);
      }
      case Step::Kind::range_loop: {
        const std::int64_t first = value(step.term);
        const std::int64_t end = value(step.other);
        for (std::int64_t at = first; at < end && !failed(); ++at) {
          if (pass(step, at)) return true;
        }
        return failed();
      }
      case Step::Kind::list_loop:
        return std::any_of(list_.begin(), list_.end(), [&](std::int64_t one) { return pass(step, one); });
      case Step::Kind::give_back:
        returned_ = value(step.term);
        return true;
    }
    return true;
  }

  bool pass(const Step& loop, std::int64_t value) {
    values_[static_cast<std::size_t>(loop.variable)] = value;
    return block(loop.body);
  }

  std::int64_t value(int index) {
    const Term& term = terms_[static_cast<std::size_t>(index)];
    if (term.kind == Term::Kind::constant) return term.value;
    if (term.kind == Term::Kind::variable) return values_[static_cast<std::size_t>(term.value)];
    const std::int64_t left = value(term.left);
    const std::int64_t right = value(term.right);
    if (failed()) return 0;
    return term.kind == Term::Kind::comparison ? compare(term.op, left, right)
                                               : compute(term.op, left, right);
  }

  static std::int64_t compare(std::string_view op, std::int64_t left, std::int64_t right) {
    if (op == "<") return left < right ? 1 : 0;
    if (op == "<=") return left <= right ? 1 : 0;
    if (op == ">") return left > right ? 1 : 0;
    if (op == ">=") return left >= right ? 1 : 0;
    if (op == "==") return left == right ? 1 : 0;
    return left != right ? 1 : 0;
  }

  // Python's: // rounds down, and % has the sign of the divisor.
  std::int64_t compute(std::string_view op, std::int64_t left, std::int64_t right) {
    std::int64_t result = 0;
    if (op == "+") {
      result = left + right;
    } else if (op == "-") {
      result = left - right;
    } else if (op == "*") {
      if (__builtin_mul_overflow(left, right, &result)) result = kLargestValue + 1;
    } else if (right == 0) {
      failure_ = Outcome::Kind::raises;
    } else {
      const std::int64_t rest = (left % right + right) % right;
      result = op == "%" ? rest : (left - rest) / right;
    }
    if (result > kLargestValue || result < -kLargestValue) failure_ = Outcome::Kind::too_large;
    return failed() ? 0 : result;
  }

  bool failed() const { return failure_ != Outcome::Kind::value; }

  const std::vector<Term>& terms_;
  std::vector<std::int64_t> values_;
  const std::vector<std::int64_t>& list_;
  Outcome::Kind failure_ = Outcome::Kind::value;
  std::int64_t returned_ = 0;
};

// Writes a program: operations within operations stand in brackets, so that any operator can take another's
// place.
class Writer {
 public:
  Writer(const std::vector<Term>& terms, const std::vector<std::string>& names)
      : terms_(terms), names_(names) {}

  std::string lines(const std::vector<Step>& steps, int depth) const {
    std::string text;
    const std::string indent(static_cast<std::size_t>(depth) * 4, ' ');
    for (const Step& step : steps) {
      switch (step.kind) {
        case Step::Kind::assign:
          text += fmt::format("{}{} = {}\n", indent, name(step.variable), term(step.term));
          break;
        case Step::Kind::branch:
          text += fmt::format("{}if {}:\n{}", indent, term(step.term), lines(step.body, depth + 1));
          if (!step.otherwise.empty()) text += indent + "else:\n" + lines(step.otherwise, depth + 1);
          break;
        case Step::Kind::range_loop:
          text += fmt::format("{}for {} in range({}, {}):\n{}", indent, name(step.variable), term(step.term),
                              term(step.other), lines(step.body, depth + 1));
          break;
        case Step::Kind::list_loop:
          text += fmt::format("{}for {} in {}:\n{}", indent, name(step.variable), name(step.other),
                              lines(step.body, depth + 1));
          break;
        case Step::Kind::give_back:
          text += fmt::format("{}return {}\n", indent, term(step.term));
          break;
      }
    }
    return text;
  }

 private:
  const std::string& name(int variable) const { return names_[static_cast<std::size_t>(variable)]; }

  std::string term(int index) const {
    const Term& term = terms_[static_cast<std::size_t>(index)];
    if (term.kind == Term::Kind::constant) return std::to_string(term.value);
    if (term.kind == Term::Kind::variable) return name(term.value);
    return fmt::format("{} {} {}", operand(term.left), term.op, operand(term.right));
  }

  std::string operand(int index) const {
    const bool brackets = terms_[static_cast<std::size_t>(index)].kind == Term::Kind::arithmetic;
    return brackets ? "(" + term(index) + ")" : term(index);
  }

  const std::vector<Term>& terms_;
  const std::vector<std::string>& names_;
};

}  // namespace

const std::vector<std::string_view>& SmallProgram::arithmetic_operators() {
  static const std::vector<std::string_view> kOperators = {"+", "-", "*", "//", "%"};
  return kOperators;
}

const std::vector<std::string_view>& SmallProgram::comparison_operators() {
  static const std::vector<std::string_view> kOperators = {"<", "<=", ">", ">=", "==", "!="};
  return kOperators;
}

int SmallProgram::constant(int value) {
  terms_.push_back({Term::Kind::constant, value, "", -1, -1});
  return static_cast<int>(terms_.size()) - 1;
}

int SmallProgram::variable(int number) {
  terms_.push_back({Term::Kind::variable, number, "", -1, -1});
  return static_cast<int>(terms_.size()) - 1;
}

int SmallProgram::operation(Term::Kind kind, std::string_view op, int left, int right) {
  terms_.push_back({kind, 0, op, left, right});
  return static_cast<int>(terms_.size()) - 1;
}

// "x > 4", "x % 3 == 1", and of two numbers "a <= b".
int SmallProgram::draw_condition(CounterRng& rng, int subject) {
  if (rng.chance(40)) {
    const int divisor = rng.between(2, 5);
    const int rest = operation(Term::Kind::arithmetic, "%", variable(subject), constant(divisor));
    return operation(Term::Kind::comparison, rng.chance(70) ? "==" : "!=", rest,
                     constant(rng.below(divisor)));
  }
  const std::string_view op = comparison_operators()[static_cast<std::size_t>(rng.below(4))];
  return operation(Term::Kind::comparison, op, variable(subject), constant(rng.between(2, 9)));
}

// "t = t + x", "t = t * 2", "t = t + (x - 3)".
Step SmallProgram::draw_update(CounterRng& rng, int operand) {
  Step step;
  step.variable = running_;
  const int kind = rng.below(6);
  if (kind == 0) {
    step.term = operation(Term::Kind::arithmetic, rng.chance(50) ? "*" : "//", variable(running_),
                          constant(rng.between(2, 3)));
  } else if (kind <= 2) {
    step.term = operation(Term::Kind::arithmetic, rng.chance(60) ? "+" : "-", variable(running_),
                          constant(rng.between(1, 9)));
  } else if (kind == 3) {
    step.term =
        operation(Term::Kind::arithmetic, rng.chance(60) ? "+" : "-", variable(running_), variable(operand));
  } else {
    const std::string_view inner = arithmetic_operators()[static_cast<std::size_t>(rng.below(5))];
    const int by = operation(Term::Kind::arithmetic, inner, variable(operand), constant(rng.between(2, 7)));
    step.term = operation(Term::Kind::arithmetic, rng.chance(70) ? "+" : "-", variable(running_), by);
  }
  return step;
}

std::vector<Step> SmallProgram::draw_body(CounterRng& rng, int operand, bool branches) {
  if (!branches) return {draw_update(rng, operand)};
  Step branch;
  branch.kind = Step::Kind::branch;
  branch.term = draw_condition(rng, operand);
  branch.body = {draw_update(rng, operand)};
  if (rng.chance(60)) branch.otherwise = {draw_update(rng, operand)};
  return {branch};
}

Step SmallProgram::draw_loop(CounterRng& rng, int loop_variable, bool branches) {
  Step loop;
  loop.variable = loop_variable;
  if (has_list_ && rng.chance(70)) {
    loop.kind = Step::Kind::list_loop;
    loop.other = 0;
  } else {
    loop.kind = Step::Kind::range_loop;
    loop.term = constant(rng.below(3));
    const int last = parameters_ - 1;
    loop.other = rng.chance(50)
                     ? variable(last)
                     : operation(Term::Kind::arithmetic, "+", variable(last), constant(rng.between(1, 4)));
  }
  loop.body = draw_body(rng, loop_variable, branches);
  return loop;
}

SmallProgram::SmallProgram(CounterRng& rng, int difficulty) {
  static constexpr std::array<std::string_view, 10> kNames = {"a", "b", "c", "d", "k",
                                                              "m", "n", "p", "q", "x"};
  std::vector<std::string> names(kNames.begin(), kNames.end());
  rng.shuffle(names);
  has_list_ = difficulty >= 3;
  parameters_ = 2;
  running_ = parameters_;
  const int first_loop = running_ + 1;
  const int loops = difficulty == 1 ? 0 : difficulty <= 3 ? 1 : 2;
  names_.assign(names.begin(), names.begin() + parameters_ + loops);
  if (has_list_) names_[0] = "values";
  names_.insert(names_.begin() + running_, rng.chance(50) ? "t" : "total");

  const int last = parameters_ - 1;
  Step start;
  start.variable = running_;
  start.term = loops > 0 ? constant(rng.between(0, 9))
                         : operation(Term::Kind::arithmetic, rng.chance(50) ? "*" : "+", variable(0),
                                     constant(rng.between(2, 9)));
  steps_.push_back(start);
  for (int loop = 0; loop < loops; ++loop) {
    steps_.push_back(draw_loop(rng, first_loop + loop, difficulty != 2 || rng.chance(40)));
  }
  if (loops == 0 || difficulty == 5) {
    const std::vector<Step> end = draw_body(rng, loops == 0 ? last : running_, true);
    steps_.insert(steps_.end(), end.begin(), end.end());
  }
  Step result;
  result.kind = Step::Kind::give_back;
  result.term = rng.chance(50) ? variable(running_)
                               : operation(Term::Kind::arithmetic, rng.chance(50) ? "+" : "-",
                                           variable(running_), variable(last));
  steps_.push_back(result);
}

Arguments SmallProgram::draw_arguments(CounterRng& rng) const {
  Arguments arguments;
  arguments.has_list = has_list_;
  if (has_list_) {
    const int length = rng.below(kLongestList + 1);
    for (int i = 0; i < length; ++i) arguments.list.push_back(rng.below(kLargestArgument + 1));
  }
  for (int i = has_list_ ? 1 : 0; i < parameters_; ++i) {
    arguments.numbers.push_back(rng.below(kLargestArgument + 1));
  }
  return arguments;
}

Outcome SmallProgram::run(const Arguments& arguments) const {
  return Run(terms_, names_.size(), arguments).outcome(steps_);
}

std::string SmallProgram::text() const {
  return fmt::format("def f({}):\n{}", fmt::join(names_.begin(), names_.begin() + parameters_, ", "),
                     Writer(terms_, names_).lines(steps_, 1));
}

std::vector<SmallProgram> SmallProgram::with_one_change() const {
  std::vector<SmallProgram> changed;
  for (std::size_t i = 0; i < terms_.size(); ++i) {
    const Term& term = terms_[i];
    if (term.kind == Term::Kind::constant) {
      for (int value = 0; value <= kLargestConstant; ++value) {
        if (value == term.value) continue;
        changed.push_back(*this);
        changed.back().terms_[i].value = value;
      }
    } else if (term.kind != Term::Kind::variable) {
      const bool compares = term.kind == Term::Kind::comparison;
      for (const std::string_view op : compares ? comparison_operators() : arithmetic_operators()) {
        if (op == term.op) continue;
        changed.push_back(*this);
        changed.back().terms_[i].op = op;
      }
    }
  }
  return changed;
}

std::string arguments_text(const Arguments& arguments) {
  std::string text = arguments.has_list ? fmt::format("[{}]", fmt::join(arguments.list, ", ")) : "";
  for (const std::int64_t number : arguments.numbers) {
    text += fmt::format("{}{}", text.empty() ? "" : ", ", number);
  }
  return text;
}

}  // namespace reckon::suites
