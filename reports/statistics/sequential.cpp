#include "reports/statistics/sequential.h"

#include <algorithm>
#include <cmath>

#include "reports/statistics/quantiles.h"
#include "reports/statistics/trinomial.h"

namespace reckon::reports {
namespace {

constexpr double kPrior = 1;  // a of the Beta(a, a) mixture

// log of the mean likelihood under Dirichlet(1, 1, 1): 2 gained! lost! rest! / (n + 2)!
double log_mixture(const SequentialCounts& counts) {
  const auto gained = static_cast<double>(counts.gained);
  const auto lost = static_cast<double>(counts.lost);
  const auto n = static_cast<double>(counts.questions);
  return std::log(2.0) + std::lgamma(gained + 1) + std::lgamma(lost + 1) +
         std::lgamma(n - gained - lost + 1) - std::lgamma(n + 3);
}

}  // namespace

double log_evidence_two_sided(const SequentialCounts& counts) {
  const auto b = static_cast<double>(counts.gained);
  const auto c = static_cast<double>(counts.lost);
  return (b + c) * std::log(2.0) + log_beta(kPrior + b, kPrior + c) - log_beta(kPrior, kPrior);
}

double log_evidence_worse(const SequentialCounts& counts) {
  const auto b = static_cast<double>(counts.gained);
  const auto c = static_cast<double>(counts.lost);
  // The mixture over shares of gained pairs below one half, whose prior weight is one half.
  const double below = beta_cdf(0.5, kPrior + b, kPrior + c);
  return log_evidence_two_sided(counts) + std::log(std::max(below, 1e-300)) - std::log(0.5);
}

double sequential_p_worse(const SequentialCounts& counts) {
  return std::min(1.0, 2 * std::exp(-log_evidence_worse(counts)));
}

double sequential_p_better(const SequentialCounts& counts) {
  return sequential_p_worse({counts.questions, counts.lost, counts.gained});
}

Interval proportion_sequence(std::int64_t k, std::int64_t n, double alpha) {
  if (n < 1) return {0, 1};
  const auto right = static_cast<double>(k);
  const auto wrong = static_cast<double>(n - k);
  const double least = log_beta(1 + right, 1 + wrong) + std::log(alpha);
  const auto inside = [&](double p) {
    const double from_right = right > 0 ? right * std::log(p) : 0;
    const double from_wrong = wrong > 0 ? wrong * std::log1p(-p) : 0;
    return from_right + from_wrong > least;
  };
  const double estimate = right / static_cast<double>(n);
  const auto end = [&](double outside) {
    if (inside(outside)) return outside;
    double in = estimate;
    for (int step = 0; step < 60; ++step) {
      const double middle = (in + outside) / 2;
      (inside(middle) ? in : outside) = middle;
    }
    return outside;
  };
  return {end(0.0), end(1.0)};
}

Interval confidence_sequence(const SequentialCounts& counts, double alpha) {
  if (counts.questions < 1) return {-1, 1};
  const PairCounts pairs{static_cast<double>(counts.gained), static_cast<double>(counts.lost),
                         static_cast<double>(counts.questions)};
  // d stays in while log_mixture - log L(d) < log(1/alpha); the likelihood falls away from its maximum.
  const double least = log_mixture(counts) + std::log(alpha);
  const double estimate = (pairs.gained - pairs.lost) / pairs.n;
  const auto end = [&](double outside) {
    if (log_likelihood_at(pairs, outside) > least) return outside;
    double inside = estimate;
    for (int step = 0; step < 60; ++step) {
      const double middle = (inside + outside) / 2;
      (log_likelihood_at(pairs, middle) > least ? inside : outside) = middle;
    }
    return outside;
  };
  return {end(-1.0), end(1.0)};
}

}  // namespace reckon::reports
