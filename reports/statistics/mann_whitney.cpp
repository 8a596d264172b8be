#include "reports/statistics/mann_whitney.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "reports/statistics/quantiles.h"

namespace reckon::reports {
namespace {

// Chances of U = 0, 1, ..., m n when all orders are equally likely: the number of ways to have a sum is that
// of the Gaussian binomial coefficient, built up factor by factor.
std::vector<double> u_distribution(std::size_t m, std::size_t n) {
  std::vector<double> ways(m * n + 1, 0.0);
  ways[0] = 1;
  for (std::size_t i = 1; i <= m; ++i) {
    const std::size_t up = n + i;
    for (std::size_t u = ways.size(); u-- > up;) ways[u] -= ways[u - up];
    for (std::size_t u = i; u < ways.size(); ++u) ways[u] += ways[u - i];
  }
  const double all = std::accumulate(ways.begin(), ways.end(), 0.0);
  for (double& way : ways) way /= all;
  return ways;
}

bool small(std::size_t m, std::size_t n) { return std::max(m, n) <= kExactSize; }

}  // namespace

double mann_whitney_p(std::span<const double> a, std::span<const double> b) {
  if (a.empty() || b.empty()) return 1.0;
  std::vector<std::pair<double, int>> all;
  for (double value : a) all.emplace_back(value, 0);
  for (double value : b) all.emplace_back(value, 1);
  std::sort(all.begin(), all.end());
  const auto m = static_cast<double>(a.size());
  const auto n = static_cast<double>(b.size());
  const double total = m + n;
  double ranks = 0;
  double ties = 0;  // sum of t^3 - t
  for (std::size_t first = 0; first < all.size();) {
    std::size_t last = first;
    while (last < all.size() && all[last].first == all[first].first) ++last;
    const auto size = static_cast<double>(last - first);
    const double rank = static_cast<double>(first + last + 1) / 2;
    for (std::size_t i = first; i < last; ++i) ranks += all[i].second == 0 ? rank : 0;
    ties += size * size * size - size;
    first = last;
  }
  const double u = ranks - m * (m + 1) / 2;
  if (ties == 0 && small(a.size(), b.size())) {
    const std::vector<double> chance = u_distribution(a.size(), b.size());
    const auto few = static_cast<std::size_t>(std::min(u, m * n - u));
    double tail = 0;
    for (std::size_t i = 0; i <= few; ++i) tail += chance[i];
    return std::min(1.0, 2 * tail);
  }
  const double variance = m * n / 12 * (total + 1 - ties / (total * (total - 1)));
  if (variance <= 0) return 1.0;
  const double distance = std::max(0.0, std::fabs(u - m * n / 2) - 0.5);
  return std::min(1.0, 2 * normal_cdf(-distance / std::sqrt(variance)));
}

double median(std::span<const double> values) {
  if (values.empty()) return 0;
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  const std::size_t half = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

double geometric_mean(std::span<const double> values) {
  if (values.empty()) return 0;
  double sum = 0;
  for (double value : values) sum += std::log(value);
  return std::exp(sum / static_cast<double>(values.size()));
}

RatioEstimate hodges_lehmann_ratio(std::span<const double> a, std::span<const double> b) {
  std::vector<double> shifts;
  for (double x : a) {
    for (double y : b) shifts.push_back(std::log(y) - std::log(x));
  }
  if (shifts.empty()) return {1, {0, 0}};
  std::sort(shifts.begin(), shifts.end());
  // The interval leaves out the `cut` smallest and largest shifts: P(U < cut) <= .025.
  std::size_t cut = 0;
  if (small(a.size(), b.size())) {
    const std::vector<double> chance = u_distribution(a.size(), b.size());
    double tail = chance[0];
    while (tail <= 0.025) tail += chance[++cut];
  } else {
    const auto m = static_cast<double>(a.size());
    const auto n = static_cast<double>(b.size());
    const double place = m * n / 2 - kZ95 * std::sqrt(m * n * (m + n + 1) / 12);
    cut = static_cast<std::size_t>(std::max(0.0, std::floor(place)));
  }
  const std::size_t low = cut > 0 ? cut - 1 : 0;
  return {std::exp(median(shifts)), {std::exp(shifts[low]), std::exp(shifts[shifts.size() - 1 - low])}};
}

}  // namespace reckon::reports
