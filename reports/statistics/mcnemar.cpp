#include "reports/statistics/mcnemar.h"

#include <algorithm>

#include "reports/statistics/quantiles.h"

namespace reckon::reports {

double mcnemar_exact_p(std::int64_t b, std::int64_t c) {
  if (b + c == 0) return 1.0;
  return std::min(1.0, 2.0 * binomial_cdf(std::min(b, c), b + c, 0.5));
}

}  // namespace reckon::reports
