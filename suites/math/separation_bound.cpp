#include "suites/math/separation_bound.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "suites/math/exact_value.h"

namespace reckon::suites::math {
namespace {

/// Binary logarithms of u and l.
struct Bound {
  double u = 0;
  double l = 0;
};

class Bounds {
 public:
  std::optional<Bound> of(const Node& tree) {
    switch (tree.kind) {
      case Kind::number:
        return rational(tree.value);
      case Kind::imaginary_unit:
        order_ = std::lcm(order_, 4L);
        return Bound{0, 0};
      case Kind::sum:
      case Kind::product:
        return fold(tree);
      case Kind::power:
        return power(tree);
      case Kind::function:
        return function(tree);
      default:
        return std::nullopt;
    }
  }

  /// The degree of the field that holds the value, as a logarithm is not needed: at most the product.
  double degree() const { return radical_degree_ * static_cast<double>(totient(order_)); }

 private:
  static double log2_of(const fmpz* value) {
    return fmpz_is_zero(value) ? 0 : static_cast<double>(fmpz_bits(value));
  }
  static Bound rational(const Rational& value) {
    return {log2_of(value.numerator()), log2_of(value.denominator())};
  }

  static long totient(long n) {
    long result = n;
    for (long p = 2; p * p <= n; ++p) {
      if (n % p != 0) continue;
      while (n % p == 0) n /= p;
      result -= result / p;
    }
    return n > 1 ? result - result / n : result;
  }

  static Bound added(const Bound& a, const Bound& b) {
    return {std::max(a.u + b.l, a.l + b.u) + 1, a.l + b.l};
  }

  std::optional<Bound> fold(const Node& tree) {
    const bool adds = tree.kind == Kind::sum;
    std::optional<Bound> total;
    for (const Tree& arg : tree.args) {
      const std::optional<Bound> part = of(*arg);
      if (!part) return std::nullopt;
      if (!total) {
        total = part;
      } else {
        total = adds ? added(*total, *part) : Bound{total->u + part->u, total->l + part->l};
      }
    }
    return total;
  }

  std::optional<Bound> power(const Node& tree) {
    const std::optional<Rational> exponent = exact_value(*tree.args[1]);
    if (!exponent || !fmpz_fits_si(exponent->numerator()) || !fmpz_fits_si(exponent->denominator()))
      return std::nullopt;
    const long index = fmpz_get_si(exponent->denominator());
    const long times = fmpz_get_si(exponent->numerator());
    if (index > 1000 || std::abs(times) > 100'000) return std::nullopt;
    std::optional<Bound> base = of(*tree.args[0]);
    if (!base) return std::nullopt;
    if (index > 1) {
      if (radicals_.insert(canonical_text(*tree.args[0]) + "|" + std::to_string(index)).second) {
        radical_degree_ *= static_cast<double>(index);
      }
      // The k-th root of U/L is (U L^(k-1))^(1/k) / L, or U / (U^(k-1) L)^(1/k): whichever has the smaller
      // bounds.
      const double k = static_cast<double>(index);
      base = base->u >= base->l ? Bound{(base->u + (k - 1) * base->l) / k, base->l}
                                : Bound{base->u, ((k - 1) * base->u + base->l) / k};
    }
    const double n = static_cast<double>(std::abs(times));
    return times < 0 ? Bound{base->l * n, base->u * n} : Bound{base->u * n, base->l * n};
  }

  std::optional<Bound> function(const Node& tree) {
    if (tree.name == "abs") return of(*tree.args[0]);  // of a real number: itself or its negative
    if (tree.name != "cos" || tree.args[0]->kind != Kind::product || tree.args[0]->args.size() != 2)
      return std::nullopt;
    const Node& factor = *tree.args[0]->args[0];
    if (factor.kind != Kind::number || tree.args[0]->args[1]->kind != Kind::pi ||
        !fmpz_fits_si(factor.value.denominator())) {
      return std::nullopt;
    }
    // cos(p pi / q) is half the sum of two roots of unity of order 2q.
    const long order = 2 * fmpz_get_si(factor.value.denominator());
    if (order > 4000) return std::nullopt;
    order_ = std::lcm(order_, order);
    if (order_ > 1'000'000) return std::nullopt;
    return Bound{1, 1};
  }

  double radical_degree_ = 1;
  long order_ = 1;
  std::set<std::string> radicals_;
};

}  // namespace

std::optional<double> separation_bits(const Node& tree) {
  Bounds bounds;
  const std::optional<Bound> bound = bounds.of(tree);
  if (!bound) return std::nullopt;
  // Two bits more than the formula pay for the rounding of the logarithms.
  return (bounds.degree() - 1) * (bound->u + 0.01) + bound->l + 2;
}

}  // namespace reckon::suites::math
