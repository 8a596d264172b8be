#include "suites/math/prepare.h"

#include <optional>

#include "suites/math/exact_value.h"

namespace reckon::suites::math {
namespace {

Tree square_root(slong of) { return make_power(make_number(of), make_number(Rational(1, 2))); }

Rational fraction_part(const Rational& value) {
  Rational floor;
  fmpz_fdiv_q(fmpq_numref(floor.get()), value.numerator(), value.denominator());
  return value - floor;
}

/// cos(r pi) with 0 <= r <= 1/2 in its one form.
Tree cosine_in_first_quadrant(const Rational& r) {
  if (r.is_zero()) return make_number(1);
  if (r == Rational(1, 2)) return make_number(0);
  if (r == Rational(1, 3)) return make_number(Rational(1, 2));
  if (r == Rational(1, 4)) return make_product({make_number(Rational(1, 2)), square_root(2)});
  if (r == Rational(1, 6)) return make_product({make_number(Rational(1, 2)), square_root(3)});
  return make_function("cos", {make_product({make_number(r), make_leaf(Kind::pi)})});
}

Tree cosine(Rational r) {
  // Period 2, even, cos(pi - x) = -cos x.
  r = fraction_part(r / Rational(2)) * Rational(2);
  if (Rational(1) < r) r = Rational(2) - r;
  if (Rational(1, 2) < r) return negative(cosine_in_first_quadrant(Rational(1) - r));
  return cosine_in_first_quadrant(r);
}

Tree sine(const Rational& r) { return cosine(Rational(1, 2) - r); }

/// r where the tree is r pi.
std::optional<Rational> multiple_of_pi(const Node& tree) {
  if (tree.kind == Kind::pi) return Rational(1);
  if (tree.kind == Kind::number && tree.value.is_zero()) return Rational(0);
  if (tree.kind == Kind::sum) {
    Rational total;
    for (const Tree& arg : tree.args) {
      const std::optional<Rational> part = multiple_of_pi(*arg);
      if (!part) return std::nullopt;
      total = total + *part;
    }
    return total;
  }
  if (tree.kind != Kind::product) return std::nullopt;
  Rational factor(1);
  bool pi = false;
  for (const Tree& arg : tree.args) {
    if (arg->kind == Kind::pi && !pi) {
      pi = true;
    } else if (const std::optional<Rational> value = exact_value(*arg)) {
      factor = factor * *value;
    } else {
      return std::nullopt;
    }
  }
  if (!pi) return std::nullopt;
  return factor;
}

bool takes_an_angle(std::string_view name) {
  for (const std::string_view known : {"sin", "cos", "tan", "cot", "sec", "csc"}) {
    if (name == known) return true;
  }
  return false;
}

class Preparation {
 public:
  Preparation(PercentMeaning percent, bool degrees_as_radians)
      : percent_(percent), radians_(degrees_as_radians) {}

  Tree run(const Tree& tree, bool angle = false) const {
    if (tree->args.empty()) return leaf(tree);
    if (tree->kind == Kind::degree) return degrees(tree, angle);
    if (tree->kind == Kind::percent) {
      Tree inside = run(tree->args[0]);
      return percent_ == PercentMeaning::dropped ? inside
                                                 : make_product({make_number(Rational(1, 100)), inside});
    }
    const bool for_angle = tree->kind == Kind::function && takes_an_angle(tree->name);
    std::vector<Tree> args;
    args.reserve(tree->args.size());
    for (const Tree& arg : tree->args) {
      args.push_back(
          run(arg, for_angle || (angle && (tree->kind == Kind::sum || tree->kind == Kind::product))));
    }
    switch (tree->kind) {
      case Kind::sum:
        return make_sum(std::move(args));
      case Kind::product:
        return make_product(std::move(args));
      case Kind::function:
        return function(tree->name, std::move(args));
      default:
        break;
    }
    auto node = std::make_shared<Node>();
    node->kind = tree->kind;
    node->name = tree->name;
    node->value = tree->value;
    node->args = std::move(args);
    return node;
  }

 private:
  static Tree leaf(const Tree& tree) {
    if (tree->kind != Kind::based) return tree;
    const std::optional<Rational> value = exact_value(*tree);
    return value ? make_number(*value) : tree;
  }

  Tree degrees(const Tree& tree, bool angle) const {
    Tree inside = run(tree->args[0]);
    if (!angle && !radians_) return inside;
    return make_product({make_number(Rational(1, 180)), std::move(inside), make_leaf(Kind::pi)});
  }

  static Tree function(const std::string& name, std::vector<Tree> args) {
    if (name == "root") {
      const std::optional<Rational> index = exact_value(*args[1]);
      if (index && !index->is_zero()) return make_power(args[0], make_number(Rational(1) / *index));
      return make_power(args[0], make_power(args[1], make_number(-1)));
    }
    if (args.size() == 1 && takes_an_angle(name)) {
      if (const std::optional<Rational> r = multiple_of_pi(*args[0])) return angle_function(name, *r, args);
    }
    return make_function(name, std::move(args));
  }

  static Tree angle_function(const std::string& name, const Rational& r, std::vector<Tree>& args) {
    if (r.bits() > 128) return make_function(name, std::move(args));
    if (name == "sin") return sine(r);
    if (name == "cos") return cosine(r);
    Tree top = name == "tan" ? sine(r) : name == "cot" ? cosine(r) : make_number(1);
    const Tree bottom = name == "tan" || name == "sec" ? cosine(r) : sine(r);
    if (bottom->kind == Kind::number && bottom->value.is_zero()) return make_function(name, std::move(args));
    return quotient(top, bottom);
  }

  PercentMeaning percent_;
  bool radians_;
};

}  // namespace

Tree prepare(const Tree& tree, PercentMeaning percent, bool degrees_as_radians) {
  return Preparation(percent, degrees_as_radians).run(tree);
}

}  // namespace reckon::suites::math
