#pragma once
// Looking at a comparison after every question without spending the error rate (rule R7): test martingales
// and the confidence sequences that they invert to. Both hold at every n at once (Ville's inequality), so a
// run may stop whenever it likes. Needs one 0/1 answer a question in each run, in an order that does not
// depend on the answers.

#include <cstdint>

#include "reports/summary.h"

namespace reckon::reports {

/// Questions seen so far: `gained` are right in the new run only, `lost` in the old one only.
struct SequentialCounts {
  std::int64_t questions = 0;
  std::int64_t gained = 0;
  std::int64_t lost = 0;
};

/// Evidence against "a discordant pair is as likely gained as lost", a Beta(a, a) mixture of likelihood
/// ratios with a = 1: M = 2^(b+c) B(a+b, a+c) / B(a, a). Reject at level alpha when M >= 1/alpha.
double log_evidence_two_sided(const SequentialCounts& counts);

/// Evidence against "not worse": the same with the prior on the losing half only.
double log_evidence_worse(const SequentialCounts& counts);

/// p-values that hold whenever a run stops: min(1, 2 / M), M against the one side. The factor 2 pays for the
/// two sides, so that a verdict either way has the level of a two-sided test.
double sequential_p_worse(const SequentialCounts& counts);
double sequential_p_better(const SequentialCounts& counts);

/// Confidence sequence of a proportion, k of n so far: the shares p for which the uniform mixture of binomial
/// likelihoods is less than 1/alpha times that of p. [0, 1] before the first question.
Interval proportion_sequence(std::int64_t k, std::int64_t n, double alpha);

/// Confidence sequence of the difference of the proportions (new - old) that covers it at all n at once with
/// probability 1 - alpha: the differences d for which the Dirichlet(1, 1, 1) mixture of trinomial likelihoods
/// is less than 1/alpha times the largest likelihood under d. [-1, 1] before the first question.
Interval confidence_sequence(const SequentialCounts& counts, double alpha);

}  // namespace reckon::reports
