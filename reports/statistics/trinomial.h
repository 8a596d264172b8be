#pragma once
namespace reckon::reports {

/// Of n pairs, `gained` are right only in the new run and `lost` only in the old one.
struct PairCounts {
  double gained = 0;
  double lost = 0;
  double n = 0;
};

/// The share of lost pairs that is most likely when the difference of the proportions is `delta` (Tango
/// 1998): the larger root of 2n q^2 + (-gained - lost + (2n - gained + lost) delta) q - lost delta (1 -
/// delta). That of gained pairs is then q + delta.
double most_likely_lost_share(const PairCounts& counts, double delta);

/// log of the likelihood of the counts at that share, without the multinomial coefficient.
double log_likelihood_at(const PairCounts& counts, double delta);

}  // namespace reckon::reports
