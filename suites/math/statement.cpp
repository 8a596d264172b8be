#include "suites/math/statement.h"

#include <algorithm>
#include <cctype>

#include "suites/math/ball.h"
#include "suites/math/prepare.h"
#include "suites/math/rational_function.h"
#include "suites/math/value_equality.h"

namespace reckon::suites::math {
namespace {

bool contains_variable(const Node& tree, const std::string& name) {
  return any_node(tree, [&name](const Node& node) {
    return (node.kind == Kind::variable || node.kind == Kind::application) && node.name == name;
  });
}

/// A name on the left of "=": x, f(x), (x, y), AB, |AB|, AB : CD.
bool is_name(const Node& tree) {
  const auto all_names = [](const std::vector<Tree>& args) {
    return !args.empty() &&
           std::all_of(args.begin(), args.end(), [](const Tree& arg) { return is_name(*arg); });
  };
  switch (tree.kind) {
    case Kind::variable:
    case Kind::application:
      return true;
    case Kind::tuple:
    case Kind::ratio:
      return all_names(tree.args);
    case Kind::function:
      return tree.name == "abs" && all_names(tree.args);
    case Kind::product:
      return std::all_of(tree.args.begin(), tree.args.end(), [](const Tree& arg) {
        const bool inverse = arg->kind == Kind::power && number_value(*arg->args[1]) != nullptr &&
                             *number_value(*arg->args[1]) == Rational(-1);
        const Node& factor = inverse ? *arg->args[0] : *arg;
        return factor.kind == Kind::variable ? std::isupper(static_cast<unsigned char>(factor.name[0])) != 0
                                             : inverse && factor.kind == Kind::product && is_name(factor);
      });
    default:
      return false;
  }
}

bool same_sign(const std::string& signs, std::string_view accepted) {
  return !signs.empty() && signs.find_first_not_of(accepted) == std::string::npos;
}

Tree interval(Tree low, bool low_closed, Tree high, bool high_closed) {
  return make_node(Kind::interval, {std::move(low), std::move(high)},
                   std::string(low_closed ? "[" : "(") + (high_closed ? "]" : ")"));
}

Tree minus_infinity() { return negative(make_leaf(Kind::infinity)); }

/// |x| < a, a < |x|, a \le |x| \le b with positive numbers: two intervals round zero, or one.
std::optional<Solutions> solutions_of_absolute_value(const Node& relation) {
  std::vector<Tree> sides = relation.args;
  std::string signs = relation.name;
  if (!same_sign(signs, "<l") && !same_sign(signs, ">g")) return std::nullopt;
  if (same_sign(signs, ">g")) {
    std::reverse(sides.begin(), sides.end());
    std::reverse(signs.begin(), signs.end());
    for (char& sign : signs) sign = sign == '>' ? '<' : 'l';
  }
  const auto is_positive = [](const Tree& tree) {
    const Rational* value = number_value(*tree);
    return value != nullptr && value->sign() > 0;
  };
  const auto variable_inside = [](const Tree& tree) -> const Node* {
    return tree->kind == Kind::function && tree->name == "abs" && tree->args[0]->kind == Kind::variable
               ? tree->args[0].get()
               : nullptr;
  };
  std::size_t middle = 0;
  while (middle < sides.size() && variable_inside(sides[middle]) == nullptr) ++middle;
  if (middle == sides.size() || sides.size() > 3) return std::nullopt;
  const Tree low = middle > 0 ? sides[middle - 1] : nullptr;
  const Tree high = middle + 1 < sides.size() ? sides[middle + 1] : nullptr;
  if ((low && !is_positive(low)) || (high && !is_positive(high)) || (sides.size() == 3 && middle != 1))
    return std::nullopt;
  const bool low_closed = low && signs[middle - 1] == 'l';
  const bool high_closed = high && signs[middle] == 'l';
  const std::string name = variable_inside(sides[middle])->name;
  const Tree infinity = make_leaf(Kind::infinity);
  const Tree end = high ? high : infinity;
  if (!low) return Solutions{name, interval(negative(end), high_closed, end, high_closed)};
  return Solutions{
      name, make_node(Kind::set_union, {interval(negative(end), high_closed, negative(low), low_closed),
                                        interval(low, low_closed, end, high_closed)})};
}

/// One or two inequalities with the variable alone on one side or in the middle.
std::optional<Solutions> solutions_of_inequality(const Node& relation) {
  const std::string& signs = relation.name;
  if (std::optional<Solutions> both = solutions_of_absolute_value(relation)) return both;
  const bool upward = same_sign(signs, "<l");
  if (!upward && !same_sign(signs, ">g")) return std::nullopt;
  const std::vector<Tree>& sides = relation.args;
  if (signs.size() == 1) {
    for (const bool left : {true, false}) {
      const Tree& variable = sides[left ? 0 : 1];
      const Tree& bound = sides[left ? 1 : 0];
      if (variable->kind != Kind::variable || has_variables(*bound)) continue;
      const bool closed = signs[0] == 'l' || signs[0] == 'g';
      const bool below = upward == left;  // the variable is below the bound
      Tree set = below ? interval(minus_infinity(), false, bound, closed)
                       : interval(bound, closed, make_leaf(Kind::infinity), false);
      return Solutions{variable->name, std::move(set)};
    }
    return std::nullopt;
  }
  if (signs.size() != 2 || (sides[1]->kind != Kind::variable && sides[1]->kind != Kind::application) ||
      has_variables(*sides[0]) || has_variables(*sides[2])) {
    return std::nullopt;
  }
  const bool first_closed = signs[0] == 'l' || signs[0] == 'g';
  const bool second_closed = signs[1] == 'l' || signs[1] == 'g';
  Tree set = upward ? interval(sides[0], first_closed, sides[2], second_closed)
                    : interval(sides[2], second_closed, sides[0], first_closed);
  return Solutions{canonical_text(*sides[1]), std::move(set)};
}

/// lhs - rhs, and the sign between them as '=', 'n', '<' or 'l'; greater signs are turned round.
struct Link {
  char sign = '=';
  Tree difference;
};

std::optional<std::vector<Link>> links_of(const Node& relation) {
  std::vector<Link> links;
  for (std::size_t i = 0; i < relation.name.size(); ++i) {
    char sign = relation.name[i];
    Tree left = relation.args[i];
    Tree right = relation.args[i + 1];
    if (!is_value(*left) || !is_value(*right)) return std::nullopt;
    if (sign == '>' || sign == 'g') {
      std::swap(left, right);
      sign = sign == '>' ? '<' : 'l';
    }
    if (sign == '~') sign = '=';
    if (sign != '=' && sign != 'n' && sign != '<' && sign != 'l') return std::nullopt;
    links.push_back({sign, prepare(make_sum({left, negative(right)}), PercentMeaning::dropped)});
  }
  return links;
}

Tree at_point(const Tree& tree, const Assignment& point) {
  if (tree->kind == Kind::variable) {
    const auto found = point.find(tree->name);
    return found == point.end() ? tree : make_number(found->second);
  }
  if (tree->args.empty()) return tree;
  auto node = std::make_shared<Node>(*tree);
  for (Tree& arg : node->args) arg = at_point(arg, point);
  return node;
}

void collect_names(const Node& tree, Assignment& point) {
  if (tree.kind == Kind::variable) {
    point.try_emplace(tree.name, Rational(static_cast<slong>(7 + 4 * point.size())) / Rational(3));
  }
  for (const Tree& arg : tree.args) collect_names(*arg, point);
}

/// +1, -1, or 0 where the sign is not known.
int sign_of_constant(const Tree& tree) {
  Work work;
  Ball ball;
  const Assignment none;
  if (evaluate(*tree, Evaluation{none, 128, false, work}, ball) != Evaluated::ok) return 0;
  return arb_is_positive(ball.real()) != 0 ? 1 : arb_is_negative(ball.real()) != 0 ? -1 : 0;
}

/// first = c second with a constant c of any form: first * second(P) = second * first(P) at one point P.
Judgement compare_up_to_constant(const Tree& first, const Tree& second, bool positive) {
  Assignment point;
  collect_names(*first, point);
  collect_names(*second, point);
  const Tree first_value = at_point(first, point);
  const Tree second_value = at_point(second, point);
  const int a = sign_of_constant(first_value);
  const int b = sign_of_constant(second_value);
  if (a == 0 || b == 0) return {false, Evidence::not_decided, "a relation that vanishes at the chosen point"};
  if (positive && a != b) return {false, Evidence::proven_different, "an inequality turned round"};
  Judgement judgement =
      compare_prepared(make_product({first, second_value}), make_product({second, first_value}));
  judgement.detail += "; both sides brought together, up to a constant factor";
  return judgement;
}

Judgement compare_links(const Link& gold, const Link& answer) {
  if (gold.sign != answer.sign) return {false, Evidence::proven_different, "different relation signs"};
  const bool inequality = gold.sign == '<' || gold.sign == 'l';
  if (const std::optional<FractionPair> pair = rational_functions(gold.difference, answer.difference)) {
    if (pair->first.numerator.is_zero() && pair->second.numerator.is_zero()) {
      return {true, Evidence::proven_equal, "both always hold, or never"};
    }
    std::optional<Rational> factor = constant_quotient(pair->first, pair->second);
    if (!factor && !inequality) {
      // y = 3/x and xy = 3: a common denominator is no part of an equation.
      const Polynomial one = [&] {
        Polynomial unit(*pair->ring);
        fmpq_mpoly_one(unit.get(), pair->ring->context());
        return unit;
      }();
      factor = constant_quotient({pair->first.numerator, one}, {pair->second.numerator, one});
    }
    if (factor && (!inequality || factor->sign() > 0)) {
      return {true, Evidence::proven_equal, "relations with the same normal form up to a constant factor"};
    }
    const bool kernels = std::any_of(pair->ring->generators().begin(), pair->ring->generators().end(),
                                     [](const Generator& generator) { return !generator.is_variable; });
    if (!kernels) {
      return {false, Evidence::proven_different, "relations with different normal forms"};
    }
  }
  return compare_up_to_constant(gold.difference, answer.difference, inequality);
}

}  // namespace

std::optional<Assigned> assignment_of(const Tree& tree) {
  if (tree->kind != Kind::relation || !same_sign(tree->name, "=~")) return std::nullopt;
  const Tree& first = tree->args.front();
  // What stands before an approximation is exact: "x = 1/3 \\approx 0.33".
  const std::size_t exact = tree->name.find('~', 1);
  const bool approximated = tree->name[0] == '~' && !has_variables(*first) && is_value(*first);
  const Tree& last =
      approximated ? first : tree->args[exact == std::string::npos ? tree->args.size() - 1 : exact];
  const auto free_of_name = [](const Node& name, const Node& value) {
    return name.kind != Kind::variable || !contains_variable(value, name.name);
  };
  if (is_name(*first) && free_of_name(*first, *last)) return Assigned{canonical_text(*first), last};
  // "5 = x", and "2 + 3 = 5" whose last side is the value.
  if (last->kind == Kind::variable && tree->args.size() == 2 && !has_variables(*first)) {
    return Assigned{canonical_text(*last), first};
  }
  if (is_value(*first) && is_value(*last) && !has_variables(*first) && !has_variables(*last))
    return Assigned{"", last};
  return std::nullopt;
}

std::optional<Solutions> solutions_of(const Tree& tree) {
  if (tree->kind == Kind::relation) {
    if (tree->name == "e" && is_name(*tree->args[0]))
      return Solutions{canonical_text(*tree->args[0]), tree->args[1]};
    return solutions_of_inequality(*tree);
  }
  if (tree->kind != Kind::list) return std::nullopt;
  // "x < 1 or x > 3"
  std::string name;
  std::vector<Tree> sets;
  for (const Tree& item : tree->args) {
    if (item->kind != Kind::relation) return std::nullopt;
    std::optional<Solutions> part = solutions_of_inequality(*item);
    if (!part || (!name.empty() && part->name != name)) return std::nullopt;
    name = part->name;
    sets.push_back(std::move(part->set));
  }
  return Solutions{name, make_node(Kind::set_union, std::move(sets))};
}

Judgement compare_relations(const Tree& gold, const Tree& answer) {
  const std::optional<std::vector<Link>> first = links_of(*gold);
  const std::optional<std::vector<Link>> second = links_of(*answer);
  if (!first || !second)
    return {false, Evidence::not_decided, "relations of this kind are compared by form only"};
  if (first->size() != second->size())
    return {false, Evidence::proven_different, "different numbers of relations"};
  if (first->size() == 1) return compare_links(first->front(), second->front());
  // A chain is the set of its links, from either end.
  Judgement weakest{true, Evidence::proven_equal, "each link of the chain"};
  std::vector<bool> used(second->size(), false);
  for (const Link& link : *first) {
    Judgement best{false, Evidence::proven_different, ""};
    for (std::size_t i = 0; i < second->size() && !best.equal; ++i) {
      if (used[i]) continue;
      best = compare_links(link, (*second)[i]);
      if (best.equal) used[i] = true;
    }
    if (!best.equal) return best;
    if (best.evidence != Evidence::proven_equal) weakest = std::move(best);
  }
  return weakest;
}

}  // namespace reckon::suites::math
