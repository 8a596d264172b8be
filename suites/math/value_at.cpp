#include "suites/math/value_at.h"

#include <arf.h>

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
