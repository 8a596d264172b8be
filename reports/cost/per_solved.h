#pragma once
// What one solved problem cost, wrong and truncated answers paid for (rule R8).

#include <cstdint>
#include <span>

#include "reports/summary.h"

namespace reckon::reports {

/// Cost and solved problems of one question (or one cluster of questions), summed over its samples.
struct CostAndSolved {
  double usd = 0;
  double solved = 0;
  double samples = 1;
};

/// R = sum of cost / sum of solved. Interval: Fieller's ends (1954) for the ratio of two means, t with n-1
/// degrees; where all or none are solved, the mean cost over the ends of Wilson's interval of the share
/// solved, since such data have no spread to measure. No upper end where the share solved cannot be told from
/// 0.
CostPerSolved cost_per_solved(std::span<const CostAndSolved> items);

/// sqrt(sum (c_i - R s_i)^2 n/(n-1)) / sum s_i; 0 when nothing was solved or n < 2.
double cost_per_solved_standard_error(std::span<const CostAndSolved> items);

}  // namespace reckon::reports
