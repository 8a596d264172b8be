#pragma once
// Exact normal forms: two trees as quotients of polynomials over the rationals in their variables and in the
// subtrees that are no polynomials (kernels: sqrt(x), sin x, pi, f(x)).

#include <flint/fmpq_mpoly.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "suites/math/tree.h"

namespace reckon::suites::math {

/// What stands for a generator of the polynomial ring.
struct Generator {
  std::string name;
  Tree tree;
  bool is_variable = false;
};

class PolynomialRing;

/// FLINT's polynomial with an owner; its ring must outlive it.
class Polynomial {
 public:
  explicit Polynomial(const PolynomialRing& ring);
  Polynomial(const Polynomial& other);
  Polynomial(Polynomial&& other) noexcept;
  Polynomial& operator=(Polynomial other) noexcept;
  ~Polynomial();
  fmpq_mpoly_struct* get() { return value_; }
  const fmpq_mpoly_struct* get() const { return value_; }
  const PolynomialRing& ring() const { return *ring_; }
  bool is_zero() const;
  long terms() const;

 private:
  const PolynomialRing* ring_;
  fmpq_mpoly_t value_;
};

class PolynomialRing {
 public:
  explicit PolynomialRing(std::vector<Generator> generators);
  PolynomialRing(const PolynomialRing&) = delete;
  PolynomialRing& operator=(const PolynomialRing&) = delete;
  ~PolynomialRing();
  const fmpq_mpoly_ctx_struct* context() const { return context_; }
  const std::vector<Generator>& generators() const { return generators_; }

 private:
  std::vector<Generator> generators_;
  fmpq_mpoly_ctx_t context_;
};

/// numerator / denominator, not reduced.
struct Fraction {
  Polynomial numerator;
  Polynomial denominator;
};

/// Both trees over one ring; nullopt where a size limit is hit or a denominator is the zero polynomial.
struct FractionPair {
  std::unique_ptr<PolynomialRing> ring;
  Fraction first;
  Fraction second;
};
std::optional<FractionPair> rational_functions(const Tree& first, const Tree& second);

/// first.numerator * second.denominator - second.numerator * first.denominator; nullopt over the size limits.
std::optional<Polynomial> cross_difference(const Fraction& first, const Fraction& second);

/// c where first = c * second (both not zero), nullopt where there is no such rational number.
std::optional<Rational> constant_quotient(const Fraction& first, const Fraction& second);

/// A polynomial as trees again: for each monomial in the variables its coefficient, a constant tree made of
/// numbers and kernels.
std::vector<Tree> coefficients_in_variables(const Polynomial& polynomial);

}  // namespace reckon::suites::math
