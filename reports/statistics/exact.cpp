#include "reports/statistics/exact.h"

#include "reports/statistics/quantiles.h"

namespace reckon::reports {

Interval clopper_pearson_interval(std::int64_t k, std::int64_t n, double level) {
  Interval interval{0, 1};
  const double tail = (1 - level) / 2;
  const auto right = static_cast<double>(k);
  const auto wrong = static_cast<double>(n - k);
  if (k > 0) interval.low = beta_quantile(tail, right, wrong + 1);
  if (k < n) interval.high = beta_quantile(1 - tail, right + 1, wrong);
  return interval;
}

}  // namespace reckon::reports
