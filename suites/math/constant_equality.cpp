#include "suites/math/constant_equality.h"

#include <fmt/format.h>

#include <cmath>
#include <memory>
#include <set>

#include "suites/math/ball.h"
#include "suites/math/calcium_proof.h"
#include "suites/math/separation_bound.h"

namespace reckon::suites::math {
namespace {

constexpr long kPrecisions[] = {64, 192, 512, 1024};
constexpr double kMaxSeparationBits = 8'000;

const Assignment kNone;

/// A binary exponent b with |a - b| < 2^b, or a large number where that is not known.
long difference_exponent(const Ball& first, const Ball& second, long precision) {
  Ball difference;
  acb_sub(difference.get(), first.get(), second.get(), precision);
  mag_t bound;
  mag_init(bound);
  acb_get_mag(bound, difference.get());
  long exponent = 1L << 40;
  if (mag_is_zero(bound)) {
    exponent = -(1L << 40);
  } else if (mag_is_finite(bound) && fmpz_fits_si(MAG_EXPREF(bound))) {
    exponent = fmpz_get_si(MAG_EXPREF(bound));
  }
  mag_clear(bound);
  return exponent;
}

/// Calcium stays quick where few radicals of small degree and few functions meet.
class SizeRule {
 public:
  bool allows(const Node& tree) {
    visit(tree);
    return nodes_ <= 120 && radicals_.size() <= 4 && degree_ <= 120 && functions_ <= 6 && bits_ <= 512;
  }

 private:
  void visit(const Node& tree) {
    if (++nodes_ > 120) return;
    if (tree.kind == Kind::number) bits_ = std::max(bits_, tree.value.bits());
    if (tree.kind == Kind::function || (tree.kind == Kind::power && tree.args[1]->kind != Kind::number))
      ++functions_;
    if (tree.kind == Kind::function && tree.name == "cos" && tree.args[0]->kind == Kind::product &&
        tree.args[0]->args[0]->kind == Kind::number) {
      degree_ *= std::max(1.0, tree.args[0]->args[0]->value.approximately() == 0
                                   ? 1.0
                                   : fmpz_get_d(tree.args[0]->args[0]->value.denominator()));
    }
    if (tree.kind == Kind::power && tree.args[1]->kind == Kind::number) {
      const Rational& exponent = tree.args[1]->value;
      if (!exponent.is_integer() &&
          radicals_.insert(canonical_text(*tree.args[0]) + exponent.text()).second) {
        degree_ *= fmpz_get_d(exponent.denominator());
      }
      if (std::abs(exponent.approximately()) > 30) degree_ = 1e9;
    }
    for (const Tree& arg : tree.args) visit(*arg);
  }

  int nodes_ = 0;
  int functions_ = 0;
  long bits_ = 0;
  double degree_ = 1;
  std::set<std::string> radicals_;
};

class Calcium {
 public:
  Calcium() : context_(reckon_calcium_new()) {}
  Calcium(const Calcium&) = delete;
  Calcium& operator=(const Calcium&) = delete;
  ~Calcium() { reckon_calcium_free(context_); }

  /// 1 equal, 0 different, -1 not known.
  int equal(const Node& first, const Node& second) {
    const int a = place(first);
    if (a < 0) return -1;
    const int b = place(second);
    return b < 0 ? -1 : reckon_calcium_equal(context_, a, b);
  }

 private:
  int place(const Node& tree) {
    switch (tree.kind) {
      case Kind::number:
        return reckon_calcium_rational(context_, tree.value.get());
      case Kind::pi:
        return reckon_calcium_constant(context_, "pi");
      case Kind::euler:
        return reckon_calcium_constant(context_, "e");
      case Kind::imaginary_unit:
        return reckon_calcium_constant(context_, "i");
      case Kind::sum:
      case Kind::product: {
        int total = place(*tree.args[0]);
        for (std::size_t i = 1; i < tree.args.size() && total >= 0; ++i) {
          const int part = place(*tree.args[i]);
          if (part < 0) return -1;
          total = tree.kind == Kind::sum ? reckon_calcium_add(context_, total, part)
                                         : reckon_calcium_multiply(context_, total, part);
        }
        return total;
      }
      case Kind::power:
        return power(tree);
      case Kind::function:
        return function(tree);
      default:
        return -1;
    }
  }

  int power(const Node& tree) {
    if (tree.args[0]->kind == Kind::euler) {
      const int exponent = place(*tree.args[1]);
      return exponent < 0 ? -1 : reckon_calcium_function(context_, "exp", exponent);
    }
    const int base = place(*tree.args[0]);
    if (base < 0) return -1;
    if (tree.args[1]->kind == Kind::number)
      return reckon_calcium_power(context_, base, tree.args[1]->value.get());
    const int exponent = place(*tree.args[1]);
    return exponent < 0 ? -1 : reckon_calcium_general_power(context_, base, exponent);
  }

  int function(const Node& tree) {
    const int argument = place(*tree.args[0]);
    if (argument < 0) return -1;
    if (tree.name != "log") return reckon_calcium_function(context_, tree.name.c_str(), argument);
    const int top = reckon_calcium_function(context_, "log", argument);
    if (top < 0 || tree.args[1]->kind == Kind::euler) return top;
    const int base = place(*tree.args[1]);
    const int bottom = base < 0 ? -1 : reckon_calcium_function(context_, "log", base);
    if (bottom < 0) return -1;
    const Rational minus_one(-1);
    const int inverse = reckon_calcium_power(context_, bottom, minus_one.get());
    return inverse < 0 ? -1 : reckon_calcium_multiply(context_, top, inverse);
  }

  reckon_calcium* context_;
};

/// Proves the difference to be zero by evaluating it with more bits than its separation bound.
bool zero_by_separation(const Node& gold, const Node& answer, Work& work, std::string& detail) {
  const Tree difference =
      make_node(Kind::sum, {std::make_shared<Node>(gold), negative(std::make_shared<Node>(answer))});
  const std::optional<double> bits = separation_bits(*difference);
  if (!bits || *bits > kMaxSeparationBits) return false;
  const long needed = static_cast<long>(std::ceil(*bits));
  for (const long extra : {64L, 1024L}) {
    Ball first;
    Ball second;
    const Evaluation how{kNone, needed + extra, false, work};
    if (evaluate(gold, how, first) != Evaluated::ok || evaluate(answer, how, second) != Evaluated::ok)
      return false;
    if (difference_exponent(first, second, needed + extra) <= -needed) {
      detail = fmt::format("algebraic numbers closer than their separation bound 2^-{}", needed);
      return true;
    }
  }
  return false;
}

}  // namespace

Judgement compare_constants(const Node& gold, const Node& answer) {
  Work work;
  long agreement = 1L << 40;
  long precision_used = 0;
  Evaluated gold_status = Evaluated::imprecise;
  Evaluated answer_status = Evaluated::imprecise;
  for (const long precision : kPrecisions) {
    const Evaluation how{kNone, precision, false, work};
    Ball first;
    Ball second;
    gold_status = evaluate(gold, how, first);
    answer_status = evaluate(answer, how, second);
    if (gold_status == Evaluated::unsupported || answer_status == Evaluated::unsupported) break;
    if ((gold_status == Evaluated::undefined) != (answer_status == Evaluated::undefined) &&
        gold_status != Evaluated::imprecise && answer_status != Evaluated::imprecise) {
      return {false, Evidence::proven_different, "one side has no value"};
    }
    if (gold_status != Evaluated::ok || answer_status != Evaluated::ok) continue;
    if (acb_overlaps(first.get(), second.get()) == 0) {
      return {false, Evidence::proven_different, fmt::format("disjoint balls at {} bits", precision)};
    }
    agreement = difference_exponent(first, second, precision);
    precision_used = precision;
    std::string detail;
    if (precision == kPrecisions[1] && zero_by_separation(gold, answer, work, detail)) {
      return {true, Evidence::proven_equal, detail};
    }
  }
  if (precision_used == 0) {
    return {false, Evidence::not_decided,
            gold_status == Evaluated::unsupported || answer_status == Evaluated::unsupported
                ? "a value over the limits (limit)"
                : "no value to be compared at 1,024 bits"};
  }
  SizeRule rule;
  if (rule.allows(*make_node(Kind::sum, {std::make_shared<Node>(gold), std::make_shared<Node>(answer)}))) {
    const int known = Calcium().equal(gold, answer);
    if (known == 1) return {true, Evidence::proven_equal, "exact fields (Calcium)"};
  }
  const long digits = static_cast<long>(-static_cast<double>(agreement) * 0.30103);
  if (digits >= 100) {
    return {true, Evidence::agrees_numerically, fmt::format("{} decimals agree", std::min(digits, 308L))};
  }
  return {false, Evidence::not_decided, "too large to be told apart (limit)"};
}

}  // namespace reckon::suites::math
