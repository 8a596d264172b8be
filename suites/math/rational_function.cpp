#include "suites/math/rational_function.h"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "suites/math/exact_value.h"

namespace reckon::suites::math {
namespace {

constexpr long kMaxTerms = 2'000;
constexpr long kMaxTermProducts = 40'000;
constexpr std::size_t kMaxGenerators = 24;
constexpr long kMaxDegree = 1L << 40;

/// How a node takes part in a polynomial.
enum class Part { sum, product, integer_power, kernel_power, number, generator };

struct Shape {
  Part part = Part::generator;
  Rational exponent;
  std::optional<Rational> value;
};

Shape shape_of(const Node& tree) {
  switch (tree.kind) {
    case Kind::number:
      return {Part::number, {}, tree.value};
    case Kind::sum:
      return {Part::sum, {}, {}};
    case Kind::product:
      return {Part::product, {}, {}};
    case Kind::power: {
      if (std::optional<Rational> whole = exact_value(tree)) return {Part::number, {}, std::move(whole)};
      std::optional<Rational> exponent = exact_value(*tree.args[1]);
      if (!exponent) return {};
      return {exponent->is_integer() ? Part::integer_power : Part::kernel_power, *exponent, {}};
    }
    case Kind::function:
      if (std::optional<Rational> whole = exact_value(tree)) return {Part::number, {}, std::move(whole)};
      return {};
    default:
      return {};
  }
}

class Converter {
 public:
  /// First pass: the generators of a tree.
  void collect(const Tree& tree) {
    const Shape& shape = shapes_.try_emplace(tree.get(), shape_of(*tree)).first->second;
    switch (shape.part) {
      case Part::number:
        return;
      case Part::sum:
      case Part::product:
        for (const Tree& arg : tree->args) collect(arg);
        return;
      case Part::integer_power:
        collect(tree->args[0]);
        return;
      case Part::kernel_power:
        add(root_kernel(*tree, shape.exponent));
        return;
      case Part::generator:
        add(tree);
        return;
    }
  }

  bool too_many() const { return generators_.size() > kMaxGenerators; }
  std::vector<Generator> generators() const { return generators_; }

  /// Second pass. nullopt: over a limit, or a division by zero.
  std::optional<Fraction> convert(const Tree& tree, const PolynomialRing& ring) const {
    const Shape& shape = shapes_.at(tree.get());
    switch (shape.part) {
      case Part::number:
        return number(*shape.value, ring);
      case Part::sum:
      case Part::product: {
        std::optional<Fraction> total = number(Rational(shape.part == Part::sum ? 0 : 1), ring);
        for (const Tree& arg : tree->args) {
          const std::optional<Fraction> part = convert(arg, ring);
          if (!part) return std::nullopt;
          total = shape.part == Part::sum ? added(*total, *part) : multiplied(*total, *part);
          if (!total) return std::nullopt;
        }
        return total;
      }
      case Part::integer_power: {
        const std::optional<Fraction> base = convert(tree->args[0], ring);
        return base ? powered(*base, shape.exponent) : std::nullopt;
      }
      case Part::kernel_power: {
        const std::optional<Fraction> base = generator(*root_kernel(*tree, shape.exponent), ring);
        Rational times;
        fmpz_set(fmpq_numref(times.get()), shape.exponent.numerator());
        return powered(*base, times);
      }
      case Part::generator:
        return generator(*tree, ring);
    }
    return std::nullopt;
  }

 private:
  /// x^(p/q) as the p-th power of x^(1/q).
  static Tree root_kernel(const Node& power, const Rational& exponent) {
    Rational reciprocal(1);
    fmpz_set(fmpq_denref(reciprocal.get()), exponent.denominator());
    return make_power(power.args[0], make_number(std::move(reciprocal)));
  }

  void add(const Tree& tree) {
    const std::string key = canonical_text(*tree);
    if (!index_.try_emplace(key, generators_.size()).second) return;
    generators_.push_back({key, tree, tree->kind == Kind::variable});
  }

  static std::optional<Fraction> number(const Rational& value, const PolynomialRing& ring) {
    Fraction result{Polynomial(ring), Polynomial(ring)};
    fmpq_mpoly_set_fmpq(result.numerator.get(), value.get(), ring.context());
    fmpq_mpoly_one(result.denominator.get(), ring.context());
    return result;
  }

  std::optional<Fraction> generator(const Node& tree, const PolynomialRing& ring) const {
    Fraction result{Polynomial(ring), Polynomial(ring)};
    fmpq_mpoly_gen(result.numerator.get(), static_cast<slong>(index_.at(canonical_text(tree))),
                   ring.context());
    fmpq_mpoly_one(result.denominator.get(), ring.context());
    return result;
  }

 public:
  static std::optional<Polynomial> product(const Polynomial& a, const Polynomial& b) {
    if (a.terms() * b.terms() > kMaxTermProducts) return std::nullopt;
    Polynomial result(a.ring());
    fmpq_mpoly_mul(result.get(), a.get(), b.get(), a.ring().context());
    if (result.terms() > kMaxTerms) return std::nullopt;
    return result;
  }

 private:
  static std::optional<Fraction> multiplied(const Fraction& a, const Fraction& b) {
    std::optional<Polynomial> top = product(a.numerator, b.numerator);
    std::optional<Polynomial> bottom = product(a.denominator, b.denominator);
    if (!top || !bottom) return std::nullopt;
    return Fraction{std::move(*top), std::move(*bottom)};
  }

  static std::optional<Fraction> added(const Fraction& a, const Fraction& b) {
    const fmpq_mpoly_ctx_struct* context = a.numerator.ring().context();
    if (fmpq_mpoly_equal(a.denominator.get(), b.denominator.get(), context) != 0) {
      Fraction result{a.numerator, a.denominator};
      fmpq_mpoly_add(result.numerator.get(), a.numerator.get(), b.numerator.get(), context);
      if (result.numerator.terms() > kMaxTerms) return std::nullopt;
      return result;
    }
    std::optional<Polynomial> left = product(a.numerator, b.denominator);
    const std::optional<Polynomial> right = product(b.numerator, a.denominator);
    std::optional<Polynomial> bottom = product(a.denominator, b.denominator);
    if (!left || !right || !bottom) return std::nullopt;
    fmpq_mpoly_add(left->get(), left->get(), right->get(), context);
    if (left->terms() > kMaxTerms) return std::nullopt;
    return Fraction{std::move(*left), std::move(*bottom)};
  }

  /// The size of a power is known before it is computed: C(terms - 1 + k, k) terms at most.
  static std::optional<Polynomial> power(const Polynomial& base, long k) {
    const long terms = base.terms();
    if (terms > 1) {
      double count = 1;
      for (long i = 1; i <= k && count <= kMaxTerms; ++i) {
        count = count * static_cast<double>(terms - 1 + i) / static_cast<double>(i);
      }
      if (count > kMaxTerms || k > 200) return std::nullopt;
    }
    // Degrees stay small enough to be read back as machine words.
    const long degree = fmpq_mpoly_total_degree_si(base.get(), base.ring().context());
    if (degree > 0 && k > kMaxDegree / degree) return std::nullopt;
    const Polynomial& p = base;
    long bits = 1;
    for (long i = 0; i < terms; ++i) {
      Rational coefficient;
      fmpq_mpoly_get_term_coeff_fmpq(coefficient.get(), p.get(), i, p.ring().context());
      bits =
          std::max(bits, coefficient == Rational(1) || coefficient == Rational(-1) ? 1 : coefficient.bits());
    }
    if (k > kMaxDegree || (bits > 1 && static_cast<double>(bits) * static_cast<double>(k) > kMaxExactBits))
      return std::nullopt;
    Polynomial result(base.ring());
    if (fmpq_mpoly_pow_ui(result.get(), base.get(), static_cast<ulong>(k), base.ring().context()) == 0)
      return std::nullopt;
    return result;
  }

  static std::optional<Fraction> powered(const Fraction& base, const Rational& exponent) {
    const std::optional<long> k = exponent.small_integer();
    if (!k || *k > kMaxDegree || *k < -kMaxDegree) return std::nullopt;
    const bool inverse = *k < 0;
    const Polynomial& top = inverse ? base.denominator : base.numerator;
    const Polynomial& bottom = inverse ? base.numerator : base.denominator;
    if (bottom.is_zero()) return std::nullopt;
    std::optional<Polynomial> numerator = power(top, inverse ? -*k : *k);
    std::optional<Polynomial> denominator = power(bottom, inverse ? -*k : *k);
    if (!numerator || !denominator) return std::nullopt;
    return Fraction{std::move(*numerator), std::move(*denominator)};
  }

  std::vector<Generator> generators_;
  std::unordered_map<std::string, std::size_t> index_;
  std::unordered_map<const Node*, Shape> shapes_;
};

}  // namespace

PolynomialRing::PolynomialRing(std::vector<Generator> generators) : generators_(std::move(generators)) {
  fmpq_mpoly_ctx_init(context_, static_cast<slong>(std::max<std::size_t>(1, generators_.size())), ORD_LEX);
}
PolynomialRing::~PolynomialRing() { fmpq_mpoly_ctx_clear(context_); }

Polynomial::Polynomial(const PolynomialRing& ring) : ring_(&ring) { fmpq_mpoly_init(value_, ring.context()); }
Polynomial::Polynomial(const Polynomial& other) : Polynomial(*other.ring_) {
  fmpq_mpoly_set(value_, other.value_, ring_->context());
}
Polynomial::Polynomial(Polynomial&& other) noexcept : Polynomial(*other.ring_) {
  fmpq_mpoly_swap(value_, other.value_, ring_->context());
}
Polynomial& Polynomial::operator=(Polynomial other) noexcept {
  fmpq_mpoly_swap(value_, other.value_, ring_->context());
  return *this;
}
Polynomial::~Polynomial() { fmpq_mpoly_clear(value_, ring_->context()); }
bool Polynomial::is_zero() const { return fmpq_mpoly_is_zero(value_, ring_->context()) != 0; }
long Polynomial::terms() const { return fmpq_mpoly_length(value_, ring_->context()); }

std::optional<FractionPair> rational_functions(const Tree& first, const Tree& second) {
  Converter converter;
  converter.collect(first);
  converter.collect(second);
  if (converter.too_many()) return std::nullopt;
  auto ring = std::make_unique<PolynomialRing>(converter.generators());
  std::optional<Fraction> a = converter.convert(first, *ring);
  if (!a) return std::nullopt;
  std::optional<Fraction> b = converter.convert(second, *ring);
  if (!b || a->denominator.is_zero() || b->denominator.is_zero()) return std::nullopt;
  return FractionPair{std::move(ring), std::move(*a), std::move(*b)};
}

std::optional<Polynomial> cross_difference(const Fraction& first, const Fraction& second) {
  std::optional<Polynomial> left = Converter::product(first.numerator, second.denominator);
  const std::optional<Polynomial> right = Converter::product(second.numerator, first.denominator);
  if (!left || !right) return std::nullopt;
  fmpq_mpoly_sub(left->get(), left->get(), right->get(), left->ring().context());
  return left;
}

std::optional<Rational> constant_quotient(const Fraction& first, const Fraction& second) {
  std::optional<Polynomial> left = Converter::product(first.numerator, second.denominator);
  const std::optional<Polynomial> right = Converter::product(second.numerator, first.denominator);
  if (!left || !right || left->is_zero() || right->is_zero() || left->terms() != right->terms())
    return std::nullopt;
  const fmpq_mpoly_ctx_struct* context = left->ring().context();
  Rational a;
  Rational b;
  fmpq_mpoly_get_term_coeff_fmpq(a.get(), left->get(), 0, context);
  fmpq_mpoly_get_term_coeff_fmpq(b.get(), right->get(), 0, context);
  const Rational factor = a / b;
  Polynomial scaled(left->ring());
  fmpq_mpoly_scalar_mul_fmpq(scaled.get(), right->get(), factor.get(), context);
  if (fmpq_mpoly_equal(left->get(), scaled.get(), context) == 0) return std::nullopt;
  return factor;
}

std::vector<Tree> coefficients_in_variables(const Polynomial& polynomial) {
  const PolynomialRing& ring = polynomial.ring();
  const std::vector<Generator>& generators = ring.generators();
  std::map<std::vector<ulong>, std::vector<Tree>> groups;
  std::vector<ulong> exponents(std::max<std::size_t>(1, generators.size()));
  for (long i = 0; i < polynomial.terms(); ++i) {
    fmpq_mpoly_get_term_exp_ui(exponents.data(), polynomial.get(), i, ring.context());
    Rational coefficient;
    fmpq_mpoly_get_term_coeff_fmpq(coefficient.get(), polynomial.get(), i, ring.context());
    std::vector<Tree> factors = {make_number(std::move(coefficient))};
    std::vector<ulong> monomial;
    for (std::size_t g = 0; g < generators.size(); ++g) {
      if (generators[g].is_variable) {
        monomial.push_back(exponents[g]);
      } else if (exponents[g] > 0) {
        factors.push_back(make_power(generators[g].tree, make_number(static_cast<slong>(exponents[g]))));
      }
    }
    groups[monomial].push_back(make_product(std::move(factors)));
  }
  std::vector<Tree> coefficients;
  coefficients.reserve(groups.size());
  for (auto& [monomial, terms] : groups) coefficients.push_back(make_sum(std::move(terms)));
  return coefficients;
}

}  // namespace reckon::suites::math
