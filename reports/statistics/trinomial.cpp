#include "reports/statistics/trinomial.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace reckon::reports {
namespace {

double weighted_log(double count, double share) {
  if (count <= 0) return 0;
  return share > 0 ? count * std::log(share) : -std::numeric_limits<double>::infinity();
}

}  // namespace

double most_likely_lost_share(const PairCounts& counts, double delta) {
  const double a = 2 * counts.n;
  const double b = -counts.gained - counts.lost + (2 * counts.n - counts.gained + counts.lost) * delta;
  const double c = -counts.lost * delta * (1 - delta);
  const double root = (std::sqrt(std::max(0.0, b * b - 4 * a * c)) - b) / (2 * a);
  return std::clamp(root, std::max(0.0, -delta), (1 - delta) / 2);
}

double log_likelihood_at(const PairCounts& counts, double delta) {
  const double lost = most_likely_lost_share(counts, delta);
  const double gained = lost + delta;
  return weighted_log(counts.gained, gained) + weighted_log(counts.lost, lost) +
         weighted_log(counts.n - counts.gained - counts.lost, 1 - gained - lost);
}

}  // namespace reckon::reports
