#pragma once
// Exact rational numbers: FLINT's fmpq with an owner.

#include <flint/fmpq.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace reckon::suites::math {

class Rational {
 public:
  Rational() { fmpq_init(value_); }
  Rational(slong integer) : Rational() { fmpq_set_si(value_, integer, 1); }  // NOLINT: a number is a number
  Rational(slong numerator, ulong denominator) : Rational() { fmpq_set_si(value_, numerator, denominator); }
  Rational(const Rational& other) : Rational() { fmpq_set(value_, other.value_); }
  Rational(Rational&& other) noexcept : Rational() { fmpq_swap(value_, other.value_); }
  Rational& operator=(Rational other) noexcept {
    fmpq_swap(value_, other.value_);
    return *this;
  }
  ~Rational() { fmpq_clear(value_); }

  fmpq* get() { return value_; }
  const fmpq* get() const { return value_; }
  const fmpz* numerator() const { return fmpq_numref(value_); }
  const fmpz* denominator() const { return fmpq_denref(value_); }
  bool is_integer() const { return fmpz_is_one(denominator()); }
  bool is_zero() const { return fmpq_is_zero(value_); }
  int sign() const { return fmpq_sgn(value_); }
  /// Bits of numerator and denominator together: the size of work on it.
  long bits() const { return static_cast<long>(fmpz_bits(numerator()) + fmpz_bits(denominator())); }
  std::optional<long> small_integer() const {
    if (!is_integer() || !fmpz_fits_si(numerator())) return std::nullopt;
    return fmpz_get_si(numerator());
  }
  double approximately() const { return fmpq_get_d(value_); }
  std::string text() const;

  friend Rational operator+(const Rational& a, const Rational& b) { return made(fmpq_add, a, b); }
  friend Rational operator-(const Rational& a, const Rational& b) { return made(fmpq_sub, a, b); }
  friend Rational operator*(const Rational& a, const Rational& b) { return made(fmpq_mul, a, b); }
  /// b must not be zero.
  friend Rational operator/(const Rational& a, const Rational& b) { return made(fmpq_div, a, b); }
  Rational operator-() const {
    Rational negative;
    fmpq_neg(negative.value_, value_);
    return negative;
  }
  friend bool operator==(const Rational& a, const Rational& b) { return fmpq_equal(a.value_, b.value_); }
  friend bool operator<(const Rational& a, const Rational& b) { return fmpq_cmp(a.value_, b.value_) < 0; }

 private:
  template <typename Operation>
  static Rational made(Operation operation, const Rational& a, const Rational& b) {
    Rational result;
    operation(result.value_, a.value_, b.value_);
    return result;
  }
  fmpq_t value_;
};

/// Digits with at most one '.', no sign: "12", ".5", "3.". nullopt where it is not that or longer than
/// kMaxDigits.
std::optional<Rational> decimal_value(std::string_view digits);
/// `digits` (0-9, A-Z) read in a base of 2 to 36; nullopt where a digit does not belong to it.
std::optional<Rational> based_value(std::string_view digits, int base);

inline constexpr std::size_t kMaxDigits = 20'000;

}  // namespace reckon::suites::math
