#pragma once
// The tree of a mathematical answer.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "suites/math/rational.h"

namespace reckon::suites::math {

enum class Kind {
  // Values
  number,  ///< `value`; `name` is "decimal" where it was written with a point
  pi,
  euler,           ///< e
  imaginary_unit,  ///< i
  infinity,
  variable,     ///< `name`
  sum,          ///< args added
  product,      ///< args multiplied
  power,        ///< args: base, exponent
  function,     ///< `name` known by value: root (radicand, index), sin, ln, factorial, gcd, ...
  application,  ///< `name` unknown: f(x)
  plus_minus,   ///< args: the term with both signs; `name` "-" where the upper sign is minus
  percent,      ///< args: the number before the sign
  degree,       ///< args: the number before the sign
  based,        ///< a numeral: `name` its digits, args: none, `value` the base
  unevaluated,  ///< `name`: integral, limit, sum, product, derivative; compared by form only
  // Collections and statements
  list,      ///< items separated by commas, in any order
  set,       ///< \{ \}
  tuple,     ///< ( ) with a comma
  interval,  ///< args: ends; `name`: "[]", "[)", "(]" or "()"
  set_union,
  set_intersection,
  set_difference,
  named_set,  ///< `name`: R, Z, ..., or "empty"
  matrix,     ///< args: the entries row by row; `value`: number of rows
  relation,   ///< args: n + 1 sides; `name`: the n relation signs, one character each (see kSigns)
  ratio,      ///< a : b : c
  text,       ///< words
};

// The signs of a relation: = < > , l (<=), g (>=), n (not equal), e (element), x (no element), ~
// (approximately), s (subset), p (superset), c (congruent).

struct Node;
using Tree = std::shared_ptr<const Node>;

struct Node {
  Kind kind = Kind::number;
  std::string name;
  Rational value;
  std::vector<Tree> args;
};

Tree make_number(Rational value);
Tree make_leaf(Kind kind, std::string name = {});
Tree make_node(Kind kind, std::vector<Tree> args, std::string name = {});
/// Flattened; one term is itself, none is 0 or 1.
Tree make_sum(std::vector<Tree> terms);
Tree make_product(std::vector<Tree> factors);
Tree make_power(Tree base, Tree exponent);
Tree negative(const Tree& tree);
Tree quotient(const Tree& numerator, const Tree& denominator);
inline Tree make_function(std::string name, std::vector<Tree> args) {
  return make_node(Kind::function, std::move(args), std::move(name));
}

/// The same text for trees that differ only in the order of terms, factors, list items and set elements.
std::string canonical_text(const Node& tree);

/// Whether a subtree (or the tree itself) satisfies `accepts`.
template <typename Predicate>
bool any_node(const Node& tree, Predicate accepts) {
  if (accepts(tree)) return true;
  for (const Tree& arg : tree.args) {
    if (any_node(*arg, accepts)) return true;
  }
  return false;
}

/// A value (not a collection, statement or text).
inline bool is_value(const Node& tree) { return tree.kind < Kind::list; }
bool has_variables(const Node& tree);

/// The exact value of a plain number, with sign, or of a quotient of two; what grading meets most.
const Rational* number_value(const Node& tree);

}  // namespace reckon::suites::math
