#pragma once
// Two sets of timings: the Mann-Whitney U test (1947), and the ratio of their centres.

#include <span>

#include "reports/summary.h"

namespace reckon::reports {

/// Two-sided p-value of "neither set tends to be larger". Exact by counting orders where no two values are
/// equal and both sets have at most `kExactSize` values; else the normal approximation with correction for
/// ties and continuity. 1 when a set is empty or all values are equal.
double mann_whitney_p(std::span<const double> a, std::span<const double> b);

inline constexpr std::size_t kExactSize = 30;

double median(std::span<const double> values);  ///< 0 when there are none

/// exp of the mean logarithm; 0 when there are none. Values must be more than 0.
double geometric_mean(std::span<const double> values);

/// The Hodges-Lehmann shift of the logarithms as a ratio b / a, with a 95 % interval from the exact (or
/// normal) distribution of U (Hollander and Wolfe 1999, section 4.3). Values must be more than 0.
struct RatioEstimate {
  double ratio = 1;
  Interval interval;
};
RatioEstimate hodges_lehmann_ratio(std::span<const double> a, std::span<const double> b);

}  // namespace reckon::reports
