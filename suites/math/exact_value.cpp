#include "suites/math/exact_value.h"

#include <flint/fmpz.h>

#include <cmath>

namespace reckon::suites::math {
namespace {

using Value = std::optional<Rational>;

bool fits(const Rational& value) { return value.bits() <= kMaxExactBits; }

Value integer_power(const Rational& base, long exponent) {
  if (exponent < 0 && base.is_zero()) return std::nullopt;
  const double size =
      static_cast<double>(base.bits()) * static_cast<double>(exponent < 0 ? -exponent : exponent);
  const bool unit = fmpz_is_pm1(base.numerator()) && base.is_integer();
  if (size > kMaxExactBits && !unit && !base.is_zero()) return std::nullopt;
  Rational result;
  if (unit || base.is_zero()) {
    result = base.sign() < 0 && exponent % 2 == 0 ? Rational(1) : base;
    if (exponent == 0) result = Rational(1);
  } else {
    fmpq_pow_si(result.get(), base.get(), exponent);
  }
  return result;
}

Value power(const Rational& base, const Rational& exponent) {
  if (const std::optional<long> whole = exponent.small_integer()) return integer_power(base, *whole);
  if (!fmpz_fits_si(exponent.numerator()) || !fmpz_fits_si(exponent.denominator())) return std::nullopt;
  const Value root = exact_root(base, fmpz_get_si(exponent.denominator()));
  return root ? integer_power(*root, fmpz_get_si(exponent.numerator())) : std::nullopt;
}

Value factorial(const Rational& value, bool twice) {
  const std::optional<long> n = value.small_integer();
  if (!n || *n < 0 || *n > 4'000) return std::nullopt;
  Rational result;
  if (twice) {
    fmpz_one(fmpq_numref(result.get()));
    for (long k = *n; k > 1; k -= 2) fmpz_mul_si(fmpq_numref(result.get()), fmpq_numref(result.get()), k);
    fmpz_one(fmpq_denref(result.get()));
  } else {
    fmpz_fac_ui(fmpq_numref(result.get()), static_cast<ulong>(*n));
  }
  return result;
}

Value binomial(const Rational& upper, const Rational& lower) {
  const std::optional<long> n = upper.small_integer();
  const std::optional<long> k = lower.small_integer();
  if (!n || !k || *n < 0 || *n > 20'000) return std::nullopt;
  Rational result;
  if (*k < 0 || *k > *n) return result;
  fmpz_bin_uiui(fmpq_numref(result.get()), static_cast<ulong>(*n), static_cast<ulong>(*k));
  return result;
}

Rational rounded(const Rational& value, bool up) {
  Rational result;
  (up ? fmpz_cdiv_q : fmpz_fdiv_q)(fmpq_numref(result.get()), value.numerator(), value.denominator());
  return result;
}

Value fold(const std::string& name, const std::vector<Rational>& args) {
  Rational result = args.front();
  if (args.size() == 1 && (name == "gcd" || name == "lcm") && result.sign() < 0) result = -result;
  for (std::size_t i = 1; i < args.size(); ++i) {
    const Rational& other = args[i];
    if (name == "max") {
      if (result < other) result = other;
    } else if (name == "min") {
      if (other < result) result = other;
    } else {
      Rational common;
      fmpq_gcd(common.get(), result.get(), other.get());
      if (name == "gcd") {
        result = common;
      } else if (common.is_zero()) {
        result = Rational(0);
      } else {
        result = result * other / common;
        if (result.sign() < 0) result = -result;
      }
    }
    if (!fits(result)) return std::nullopt;
  }
  return result;
}

Value function(const std::string& name, const std::vector<Rational>& args) {
  if (name == "root" && args.size() == 2) {
    const std::optional<long> k = args[1].small_integer();
    return k && *k > 0 ? exact_root(args[0], *k) : std::nullopt;
  }
  if (name == "factorial" || name == "double_factorial") return factorial(args[0], name != "factorial");
  if (name == "binomial") return binomial(args[0], args[1]);
  if (name == "abs") return args[0].sign() < 0 ? -args[0] : args[0];
  if (name == "floor" || name == "ceil") return rounded(args[0], name == "ceil");
  if (name == "gcd" || name == "lcm" || name == "max" || name == "min") return fold(name, args);
  if (name == "mod" && !args[1].is_zero()) return args[0] - args[1] * rounded(args[0] / args[1], false);
  if (name == "log" && args[0] == Rational(1) && args[1].sign() > 0 && !(args[1] == Rational(1)))
    return Rational(0);
  return std::nullopt;
}

/// One evaluation: the bits of all numbers on the way are counted.
class ExactEvaluation {
 public:
  explicit ExactEvaluation(const Assignment& variables) : variables_(variables) {}

  Value value(const Node& tree) {
    Value result = node(tree);
    if (!result) return result;
    bits_left_ -= result->bits();
    if (!fits(*result) || bits_left_ < 0) return std::nullopt;
    return result;
  }

 private:
  Value node(const Node& tree) {
    switch (tree.kind) {
      case Kind::number:
        return tree.value;
      case Kind::based:
        return based_value(tree.name, static_cast<int>(tree.value.small_integer().value_or(0)));
      case Kind::variable: {
        const auto found = variables_.find(tree.name);
        return found == variables_.end() ? std::nullopt : Value(found->second);
      }
      case Kind::sum:
      case Kind::product:
        return fold_terms(tree);
      case Kind::power: {
        const Value exponent = value(*tree.args[1]);
        if (!exponent) return std::nullopt;
        const Value base = value(*tree.args[0]);
        return base ? power(*base, *exponent) : std::nullopt;
      }
      case Kind::function: {
        std::vector<Rational> args;
        for (const Tree& arg : tree.args) {
          Value part = value(*arg);
          if (!part) return std::nullopt;
          args.push_back(std::move(*part));
        }
        return function(tree.name, args);
      }
      default:
        return std::nullopt;
    }
  }

  Value fold_terms(const Node& tree) {
    const bool adds = tree.kind == Kind::sum;
    Rational total(adds ? 0 : 1);
    for (const Tree& arg : tree.args) {
      const Value part = value(*arg);
      if (!part) return std::nullopt;
      total = adds ? total + *part : total * *part;
      bits_left_ -= total.bits();
      if (!fits(total) || bits_left_ < 0) return std::nullopt;
    }
    return total;
  }

  const Assignment& variables_;
  long bits_left_ = 20 * kMaxExactBits;
};

}  // namespace

std::optional<Rational> exact_root(const Rational& value, long k) {
  if (k < 1 || k > 1000 || (value.sign() < 0 && k % 2 == 0)) return std::nullopt;
  if (k == 1) return value;
  Rational result;
  const bool minus = value.sign() < 0;
  const Rational positive = minus ? -value : value;
  if (fmpz_root(fmpq_numref(result.get()), positive.numerator(), k) == 0) return std::nullopt;
  if (fmpz_root(fmpq_denref(result.get()), positive.denominator(), k) == 0) return std::nullopt;
  return minus ? -result : result;
}

std::optional<Rational> exact_value(const Node& tree, const Assignment& variables) {
  return ExactEvaluation(variables).value(tree);
}

}  // namespace reckon::suites::math
