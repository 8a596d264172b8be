#include "suites/math/value_at.h"

#include <arf.h>

#include <limits>
#include <optional>

#include "suites/math/ball.h"
#include "suites/math/prepare.h"
#include "suites/math/readings.h"
#include "suites/math/value_equality.h"

namespace reckon::suites::math {
namespace {

std::string construct_of(const Node& tree) {
  if (tree.kind == Kind::unevaluated) return tree.name;
  if (tree.kind == Kind::application) return "unknown function";
  for (const Tree& arg : tree.args) {
    if (std::string found = construct_of(*arg); !found.empty()) return found;
  }
  return {};
}

/// 1 or -1 for an infinite value: infinity with a sign, a percent sign, or a factor that is a number.
int infinite_sign(const Node& tree, const Assignment& variables) {
  if (tree.kind == Kind::infinity) return 1;
  if (tree.kind == Kind::percent) return infinite_sign(*tree.args[0], variables);
  if (tree.kind != Kind::product) return 0;
  int sign = 1;
  bool infinite = false;
  for (const Tree& factor : tree.args) {
    const int own = infinite_sign(*factor, variables);
    const std::optional<Rational> number = exact_value(*factor, variables);
    infinite = infinite || own != 0;
    sign *= own != 0 ? own : number ? number->sign() : 0;
  }
  return infinite ? sign : 0;
}

bool add_values(const Tree& tree, const Assignment& variables, ValuesAt& result) {
  if (!is_value(*tree)) {
    if (tree->args.empty()) {
      result.problem = "no value";
      return false;
    }
    for (const Tree& arg : tree->args) {
      if (!add_values(arg, variables, result)) return false;
    }
    return true;
  }
  for (const Tree& one : both_signs(tree)) {
    if (const int sign = infinite_sign(*one, variables); sign != 0) {
      result.values.push_back({sign * std::numeric_limits<double>::infinity(), 0.0});
      continue;
    }
    const Tree value = prepare(one, PercentMeaning::hundredth);
    Work work;
    Ball ball;
    const Evaluated status = evaluate(*value, Evaluation{variables, 256, false, work}, ball);
    if (status != Evaluated::ok) {
      result.problem = construct_of(*value);
      if (result.problem.empty())
        result.problem = status == Evaluated::undefined ? "undefined" : "not evaluated";
      return false;
    }
    result.values.push_back({arf_get_d(arb_midref(ball.real()), ARF_RND_NEAR),
                             arf_get_d(arb_midref(ball.imaginary()), ARF_RND_NEAR)});
  }
  return true;
}

}  // namespace

std::vector<ValuesAt> values_at(std::string_view text, const Assignment& variables) {
  std::vector<ValuesAt> all;
  for (const Answer::Interpretation& reading : read_answer(text).readings) {
    ValuesAt result;
    result.kind = is_value(*reading.tree) ? "value" : "collection";
    if (!add_values(reading.tree, variables, result)) result.values.clear();
    all.push_back(std::move(result));
  }
  return all;
}

}  // namespace reckon::suites::math
