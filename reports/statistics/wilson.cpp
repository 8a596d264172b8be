#include "reports/statistics/wilson.h"

#include <algorithm>
#include <cmath>

namespace reckon::reports {

Interval wilson_interval(double p, double n, double z) {
  const double z2 = z * z;
  const double centre = p + z2 / (2 * n);
  const double half = z * std::sqrt(p * (1 - p) / n + z2 / (4 * n * n));
  const double scale = 1 + z2 / n;
  Interval interval{std::max(0.0, (centre - half) / scale), std::min(1.0, (centre + half) / scale)};
  // Rounding must not leave the estimate itself outside.
  if (p <= 0) interval.low = 0;
  if (p >= 1) interval.high = 1;
  return interval;
}

}  // namespace reckon::reports
