#include "suites/math/ball.h"

#include <acb_hypgeom.h>

#include <algorithm>
#include <optional>

namespace reckon::suites::math {
namespace {

// Magnitudes over 2^(2^30) are no numbers that an answer needs; ball functions stay quick below.
constexpr long kMaxExponentBits = 30;

bool too_large(const Ball& value) {
  const auto over = [](const arb_struct* part) {
    return !arb_is_finite(part) || (arf_is_special(arb_midref(part)) == 0 &&
                                    fmpz_bits(ARF_EXPREF(arb_midref(part))) > kMaxExponentBits);
  };
  return over(acb_realref(value.get())) || over(acb_imagref(value.get()));
}

bool is_real(const Ball& value) { return arb_is_zero(acb_imagref(value.get())) != 0; }

class Evaluator {
 public:
  explicit Evaluator(const Evaluation& how) : how_(how), bits_(how.precision) {}

  Evaluated value(const Node& tree, Ball& result) {
    if (!how_.work.spend(1 + bits_ / 256)) return Evaluated::unsupported;
    const Evaluated status = node(tree, result);
    if (status == Evaluated::ok && too_large(result)) return Evaluated::unsupported;
    return status;
  }

 private:
  Evaluated node(const Node& tree, Ball& result) {
    switch (tree.kind) {
      case Kind::number:
        acb_set_fmpq(result.get(), tree.value.get(), bits_);
        return Evaluated::ok;
      case Kind::pi:
        arb_const_pi(result.real(), bits_);
        return Evaluated::ok;
      case Kind::euler:
        arb_const_e(result.real(), bits_);
        return Evaluated::ok;
      case Kind::imaginary_unit:
        if (how_.real_domain) return Evaluated::undefined;
        acb_onei(result.get());
        return Evaluated::ok;
      case Kind::variable: {
        const auto found = how_.variables.find(tree.name);
        if (found == how_.variables.end()) return Evaluated::unsupported;
        acb_set_fmpq(result.get(), found->second.get(), bits_);
        return Evaluated::ok;
      }
      case Kind::sum:
      case Kind::product:
        return fold(tree, result);
      case Kind::power:
        return power(tree, result);
      case Kind::function:
        return function(tree, result);
      default:
        return Evaluated::unsupported;
    }
  }

  Evaluated fold(const Node& tree, Ball& result) {
    const bool adds = tree.kind == Kind::sum;
    if (adds) {
      acb_zero(result.get());
    } else {
      acb_one(result.get());
    }
    for (const Tree& arg : tree.args) {
      Ball part;
      const Evaluated status = value(*arg, part);
      if (status != Evaluated::ok) return status;
      (adds ? acb_add : acb_mul)(result.get(), result.get(), part.get(), bits_);
    }
    return Evaluated::ok;
  }

  Evaluated power(const Node& tree, Ball& result) {
    if (const std::optional<Rational> exponent = exact_value(*tree.args[1], how_.variables)) {
      return rational_power(*tree.args[0], *exponent, result);
    }
    Ball exponent;
    if (const Evaluated status = value(*tree.args[1], exponent); status != Evaluated::ok) return status;
    if (tree.args[0]->kind == Kind::euler) return exponential(exponent, result);
    Ball base;
    if (const Evaluated status = value(*tree.args[0], base); status != Evaluated::ok) return status;
    if (!spend_function()) return Evaluated::unsupported;
    if (acb_is_zero(base.get())) {
      if (!arb_is_positive(exponent.real())) return Evaluated::undefined;
      acb_zero(result.get());
      return Evaluated::ok;
    }
    if (how_.real_domain && !(is_real(base) && arb_is_positive(base.real()))) {
      return arb_is_negative(base.real()) ? Evaluated::undefined : Evaluated::imprecise;
    }
    if (!bounded_power(base, exponent)) return Evaluated::unsupported;
    acb_pow(result.get(), base.get(), exponent.get(), bits_);
    return checked(result);
  }

  Evaluated exponential(const Ball& exponent, Ball& result) {
    if (!spend_function()) return Evaluated::unsupported;
    if (arf_cmpabs_2exp_si(arb_midref(acb_realref(exponent.get())), kMaxExponentBits - 2) > 0) {
      return Evaluated::unsupported;
    }
    acb_exp(result.get(), exponent.get(), bits_);
    return checked(result);
  }

  /// |exponent * log base| stays below 2^28.
  static bool bounded_power(const Ball& base, const Ball& exponent) {
    const auto magnitude_bits = [](const Ball& value) {
      mag_t bound;
      mag_init(bound);
      acb_get_mag(bound, value.get());
      const double log = mag_get_d_log2_approx(bound);
      mag_clear(bound);
      return log;
    };
    const double log_base = std::max(1.0, std::abs(magnitude_bits(base)));
    const double log_exponent = magnitude_bits(exponent);
    return log_exponent < kMaxExponentBits - 2 &&
           std::ldexp(log_base, static_cast<int>(std::max(0.0, log_exponent) + 1)) <
               (1L << (kMaxExponentBits - 2));
  }

  Evaluated rational_power(const Node& base_tree, const Rational& exponent, Ball& result) {
    const std::optional<long> whole = exponent.small_integer();
    if (base_tree.kind == Kind::euler && !(whole && *whole < 1000 && *whole > -1000)) {
      Ball power;
      acb_set_fmpq(power.get(), exponent.get(), bits_);
      return exponential(power, result);
    }
    Ball base;
    if (const Evaluated status = value(base_tree, base); status != Evaluated::ok) return status;
    if (exponent.sign() < 0 && acb_contains_zero(base.get())) {
      return acb_is_zero(base.get()) ? Evaluated::undefined : Evaluated::imprecise;
    }
    if (exponent.is_zero()) {
      acb_one(result.get());
      return Evaluated::ok;
    }
    Ball power;
    acb_set_fmpq(power.get(), exponent.get(), bits_);
    if (!bounded_power(base, power)) return Evaluated::unsupported;
    if (whole) {
      if (!how_.work.spend(2 + bits_ / 128)) return Evaluated::unsupported;
      acb_pow_si(result.get(), base.get(), *whole, bits_);
      return checked(result);
    }
    if (!spend_function()) return Evaluated::unsupported;
    return fractional_power(base, exponent, result);
  }

  /// Roots of real numbers are real where the denominator of the exponent is odd.
  Evaluated fractional_power(Ball& base, const Rational& exponent, Ball& result) {
    if (!fmpz_fits_si(exponent.numerator()) || !fmpz_fits_si(exponent.denominator()))
      return Evaluated::unsupported;
    const ulong index = fmpz_get_ui(exponent.denominator());
    const long times = fmpz_get_si(exponent.numerator());
    bool minus = false;
    if (acb_is_zero(base.get())) {
      acb_zero(result.get());
      return Evaluated::ok;
    }
    if (is_real(base)) {
      if (arb_contains_zero(base.real())) {
        if (arb_is_nonnegative(base.real()) == 0) return Evaluated::imprecise;
      } else if (arb_is_negative(base.real())) {
        if (index % 2 == 1) {
          acb_neg(base.get(), base.get());
          minus = times % 2 != 0;
        } else if (how_.real_domain) {
          return Evaluated::undefined;
        }
      }
    }
    if (index > 64) {
      Ball power;
      acb_set_fmpq(power.get(), exponent.get(), bits_);
      acb_pow(result.get(), base.get(), power.get(), bits_);
    } else {
      acb_root_ui(result.get(), base.get(), index, bits_);
      acb_pow_si(result.get(), result.get(), times, bits_);
    }
    if (minus) acb_neg(result.get(), result.get());
    return checked(result);
  }

  Evaluated function(const Node& tree, Ball& result) {
    const std::string& name = tree.name;
    if (name == "gcd" || name == "lcm" || name == "binomial" || name == "mod" || name == "double_factorial") {
      if (const std::optional<Rational> exact = exact_value(tree, how_.variables)) {
        acb_set_fmpq(result.get(), exact->get(), bits_);
        return Evaluated::ok;
      }
    }
    if (name == "root") {
      const std::optional<Rational> index = exact_value(*tree.args[1], how_.variables);
      if (!index || index->is_zero()) return Evaluated::unsupported;
      return rational_power(*tree.args[0], Rational(1) / *index, result);
    }
    Ball first;
    if (const Evaluated status = value(*tree.args[0], first); status != Evaluated::ok) return status;
    if (!spend_function()) return Evaluated::unsupported;
    if (tree.args.size() == 1 && (name == "max" || name == "min")) {
      acb_swap(result.get(), first.get());
      return Evaluated::ok;
    }
    if (tree.args.size() == 1) return unary(name, first, result);
    if (name == "log") {
      Ball second;
      if (const Evaluated status = value(*tree.args[1], second); status != Evaluated::ok) return status;
      return logarithm(first, tree.args[1]->kind == Kind::euler ? nullptr : &second, result);
    }
    if (name == "binomial") {
      Ball second;
      if (const Evaluated status = value(*tree.args[1], second); status != Evaluated::ok) return status;
      return binomial(first, second, result);
    }
    if (name == "max" || name == "min") {
      acb_set(result.get(), first.get());
      for (std::size_t i = 1; i < tree.args.size(); ++i) {
        Ball other;
        if (const Evaluated status = value(*tree.args[i], other); status != Evaluated::ok) return status;
        if (!is_real(other) || !is_real(result)) return Evaluated::unsupported;
        (name == "max" ? arb_max : arb_min)(result.real(), result.real(), other.real(), bits_);
      }
      return Evaluated::ok;
    }
    if (name == "mod") {
      Ball second;
      if (const Evaluated status = value(*tree.args[1], second); status != Evaluated::ok) return status;
      if (acb_contains_zero(second.get())) return Evaluated::imprecise;
      Ball quotient;
      acb_div(quotient.get(), first.get(), second.get(), bits_);
      if (!is_real(quotient)) return Evaluated::unsupported;
      if (!whole_part(quotient, false)) return Evaluated::imprecise;
      acb_mul(quotient.get(), quotient.get(), second.get(), bits_);
      acb_sub(result.get(), first.get(), quotient.get(), bits_);
      return Evaluated::ok;
    }
    return Evaluated::unsupported;
  }

  /// The value becomes its floor (or ceiling); false where the ball meets two integers.
  bool whole_part(Ball& value, bool up) {
    (up ? arb_ceil : arb_floor)(value.real(), value.real(), bits_);
    return arb_is_exact(value.real()) != 0;
  }

  Evaluated logarithm(const Ball& argument, const Ball* base, Ball& result) {
    for (const Ball* part : {&argument, base}) {
      if (part == nullptr) continue;
      if (acb_contains_zero(part->get()))
        return acb_is_zero(part->get()) ? Evaluated::undefined : Evaluated::imprecise;
      if (how_.real_domain && is_real(*part) && arb_is_negative(acb_realref(part->get())))
        return Evaluated::undefined;
    }
    acb_log(result.get(), argument.get(), bits_);
    if (base != nullptr) {
      Ball divisor;
      acb_log(divisor.get(), base->get(), bits_);
      if (acb_contains_zero(divisor.get()))
        return acb_is_zero(divisor.get()) ? Evaluated::undefined : Evaluated::imprecise;
      acb_div(result.get(), result.get(), divisor.get(), bits_);
    }
    return checked(result);
  }

  Evaluated reciprocal(Ball& result) {
    if (acb_contains_zero(result.get()))
      return acb_is_zero(result.get()) ? Evaluated::undefined : Evaluated::imprecise;
    acb_inv(result.get(), result.get(), bits_);
    return checked(result);
  }

  Evaluated unary(const std::string& name, Ball& x, Ball& result) {
    using Function = void (*)(acb_t, const acb_t, slong);
    struct Entry {
      std::string_view name;
      Function apply;
      bool inverse;  ///< one over it
    };
    static constexpr Entry kEntries[] = {
        {"sin", acb_sin, false},       {"cos", acb_cos, false},       {"tan", acb_tan, false},
        {"cot", acb_tan, true},        {"sec", acb_cos, true},        {"csc", acb_sin, true},
        {"sinh", acb_sinh, false},     {"cosh", acb_cosh, false},     {"tanh", acb_tanh, false},
        {"coth", acb_tanh, true},      {"sech", acb_cosh, true},      {"csch", acb_sinh, true},
        {"arcsin", acb_asin, false},   {"arccos", acb_acos, false},   {"arctan", acb_atan, false},
        {"arcsinh", acb_asinh, false}, {"arccosh", acb_acosh, false}, {"arctanh", acb_atanh, false}};
    for (const Entry& entry : kEntries) {
      if (entry.name != name) continue;
      // Huge arguments cost as many bits as they have.
      if (arf_cmpabs_2exp_si(arb_midref(x.real()), 4096) > 0) return Evaluated::unsupported;
      entry.apply(result.get(), x.get(), bits_);
      if (how_.real_domain && arb_is_zero(result.imaginary()) == 0) {
        return arb_contains_zero(result.imaginary()) ? Evaluated::imprecise : Evaluated::undefined;
      }
      return entry.inverse ? reciprocal(result) : checked(result);
    }
    if (name == "arccot" || name == "arcsec" || name == "arccsc") {
      if (const Evaluated status = reciprocal(x); status != Evaluated::ok) return status;
      return unary(name == "arccot" ? "arctan" : name == "arcsec" ? "arccos" : "arcsin", x, result);
    }
    if (name == "abs") {
      acb_abs(result.real(), x.get(), bits_);
      return Evaluated::ok;
    }
    if (name == "floor" || name == "ceil") {
      if (!is_real(x)) return Evaluated::unsupported;
      acb_set(result.get(), x.get());
      return whole_part(result, name == "ceil") ? Evaluated::ok : Evaluated::imprecise;
    }
    if (name == "factorial") return factorial(x, result);
    return Evaluated::unsupported;
  }

  Evaluated factorial(Ball& x, Ball& result) {
    if (!how_.work.spend(bits_)) return Evaluated::unsupported;
    if (!is_real(x) || arf_cmpabs_2exp_si(arb_midref(x.real()), 26) > 0) return Evaluated::unsupported;
    acb_add_ui(x.get(), x.get(), 1, bits_);
    if (arb_is_nonpositive(x.real()) && arb_is_int(x.real())) return Evaluated::undefined;
    acb_gamma(result.get(), x.get(), bits_);
    return checked(result);
  }

  /// Of what are no integers: Gamma(x + 1) / (Gamma(y + 1) Gamma(x - y + 1)).
  Evaluated binomial(Ball& x, Ball& y, Ball& result) {
    if (!is_real(y)) return Evaluated::unsupported;
    Ball rest;
    acb_sub(rest.get(), x.get(), y.get(), bits_);
    if (const Evaluated status = factorial(x, result); status != Evaluated::ok) return status;
    for (Ball* part : {&y, &rest}) {
      if (!how_.work.spend(bits_) || arf_cmpabs_2exp_si(arb_midref(part->real()), 26) > 0) {
        return Evaluated::unsupported;
      }
      acb_add_ui(part->get(), part->get(), 1, bits_);
      acb_rgamma(part->get(), part->get(), bits_);  // zero at the poles of Gamma
      acb_mul(result.get(), result.get(), part->get(), bits_);
    }
    return checked(result);
  }

  Evaluated checked(const Ball& result) const {
    return acb_is_finite(result.get()) ? Evaluated::ok : Evaluated::imprecise;
  }
  bool spend_function() { return how_.work.spend(10 + bits_ / 8); }

  const Evaluation& how_;
  long bits_;
};

}  // namespace

Evaluated evaluate(const Node& tree, const Evaluation& how, Ball& result) {
  return Evaluator(how).value(tree, result);
}

}  // namespace reckon::suites::math
