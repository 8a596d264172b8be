#include "suites/math/value_equality.h"

#include "suites/math/constant_equality.h"
#include "suites/math/exact_value.h"
#include "suites/math/point_equality.h"
#include "suites/math/prepare.h"
#include "suites/math/rational_function.h"

namespace reckon::suites::math {
namespace {

Judgement proven(bool equal, std::string detail) {
  return {equal, equal ? Evidence::proven_equal : Evidence::proven_different, std::move(detail)};
}

bool has_kind(const Node& tree, Kind kind) {
  return any_node(tree, [kind](const Node& node) { return node.kind == kind; });
}

/// +1 or -1 for an infinity with its sign, 0 for anything else.
int infinity_sign(const Node& tree) {
  if (tree.kind == Kind::infinity) return 1;
  if (tree.kind != Kind::product) return 0;
  int sign = 1;
  bool infinite = false;
  for (const Tree& arg : tree.args) {
    if (arg->kind == Kind::infinity) {
      infinite = true;
    } else if (arg->kind == Kind::number && !arg->value.is_zero()) {
      sign *= arg->value.sign();
    } else {
      return 0;
    }
  }
  return infinite ? sign : 0;
}

/// Every coefficient zero: the polynomials in the variables are equal though their kernels differ in form.
Judgement compare_coefficients(const Polynomial& difference) {
  Judgement weakest = proven(true, "polynomials whose coefficients are equal constants");
  const Node zero;
  for (const Tree& coefficient : coefficients_in_variables(difference)) {
    Judgement one = compare_constants(*coefficient, zero);
    if (!one.equal) return one;
    if (one.evidence != Evidence::proven_equal) weakest = std::move(one);
  }
  return weakest;
}

Judgement compare_expressions(const Tree& gold, const Tree& answer) {
  const std::optional<FractionPair> pair = rational_functions(gold, answer);
  if (!pair) return compare_at_points(gold, answer);
  const std::optional<Polynomial> difference = cross_difference(pair->first, pair->second);
  if (!difference) return compare_at_points(gold, answer);
  if (difference->is_zero()) return proven(true, "rational functions with the same normal form");
  bool kernels = false;
  bool kernels_with_variables = false;
  for (const Generator& generator : pair->ring->generators()) {
    if (generator.is_variable) continue;
    kernels = true;
    kernels_with_variables = kernels_with_variables || has_variables(*generator.tree);
  }
  if (!kernels) return proven(false, "rational functions with different normal forms");
  return kernels_with_variables ? compare_at_points(gold, answer) : compare_coefficients(*difference);
}

}  // namespace

Judgement compare_prepared(const Tree& gold, const Tree& answer) {
  if (gold->kind == Kind::number && answer->kind == Kind::number) {
    return proven(gold->value == answer->value, "rationals");
  }
  if (canonical_text(*gold) == canonical_text(*answer)) return proven(true, "identical normal forms");
  const bool variables = has_variables(*gold) || has_variables(*answer);
  if (!variables) {
    const std::optional<Rational> a = exact_value(*gold);
    const std::optional<Rational> b = exact_value(*answer);
    if (a && b) return proven(*a == *b, "rationals");
  }
  if (has_kind(*gold, Kind::infinity) || has_kind(*answer, Kind::infinity)) {
    const int a = infinity_sign(*gold);
    const int b = infinity_sign(*answer);
    if (a != 0 && b != 0) return proven(a == b, "infinities");
    const bool arithmetic =
        (has_kind(*gold, Kind::infinity) && a == 0) || (has_kind(*answer, Kind::infinity) && b == 0);
    if (arithmetic) return {false, Evidence::not_decided, "arithmetic with infinity"};
    return proven(false, "one side is infinite");
  }
  return variables ? compare_expressions(gold, answer) : compare_constants(*gold, *answer);
}

Judgement compare_values(const Tree& gold, const Tree& answer) {
  if (gold->kind == Kind::number && answer->kind == Kind::number) {
    return proven(gold->value == answer->value, "rationals");
  }
  const bool gold_percent = has_kind(*gold, Kind::percent);
  const bool answer_percent = has_kind(*answer, Kind::percent);
  const bool gold_degree = has_kind(*gold, Kind::degree);
  const bool answer_degree = has_kind(*answer, Kind::degree);
  Judgement first =
      compare_prepared(prepare(gold, PercentMeaning::dropped), prepare(answer, PercentMeaning::dropped));
  if (first.equal) {
    if (gold_percent != answer_percent) first.detail += "; a percent sign on one side only";
    if (gold_degree != answer_degree) first.detail += "; a degree sign on one side only";
    return first;
  }
  if (gold_percent != answer_percent) {
    Judgement value = compare_prepared(prepare(gold, PercentMeaning::hundredth),
                                       prepare(answer, PercentMeaning::hundredth));
    if (value.equal) return value;
  }
  if (gold_degree != answer_degree) {
    Judgement value = compare_prepared(prepare(gold, PercentMeaning::dropped, true),
                                       prepare(answer, PercentMeaning::dropped, true));
    if (value.equal) return value;
  }
  return first;
}

namespace {

Tree with_sign(const Tree& tree, bool upper) {
  if (tree->args.empty()) return tree;
  std::vector<Tree> args;
  args.reserve(tree->args.size());
  for (const Tree& arg : tree->args) args.push_back(with_sign(arg, upper));
  if (tree->kind == Kind::plus_minus) return (tree->name == "+") == upper ? args[0] : negative(args[0]);
  if (tree->kind == Kind::sum) return make_sum(std::move(args));
  auto node = std::make_shared<Node>(*tree);
  node->args = std::move(args);
  return node;
}

}  // namespace

std::vector<Tree> both_signs(const Tree& tree) {
  if (!has_kind(*tree, Kind::plus_minus)) return {tree};
  return {with_sign(tree, true), with_sign(tree, false)};
}

}  // namespace reckon::suites::math
