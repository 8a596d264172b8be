#include "reports/statistics/paired_difference.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "reports/statistics/quantiles.h"
#include "reports/statistics/trinomial.h"

namespace reckon::reports {
namespace {

// |d| that would show no discordant pair among n with probability `tail`.
double no_discordance_bound(double n, double tail) { return 1 - std::pow(tail, 1 / n); }

// Tango's statistic for the hypothesis "difference = delta", falling in delta.
double tango_statistic(const PairCounts& counts, double delta) {
  const double q = most_likely_lost_share(counts, delta);
  const double variance = counts.n * (2 * q + delta * (1 - delta));
  const double distance = counts.gained - counts.lost - counts.n * delta;
  if (variance <= 0) {
    if (distance == 0) return 0;
    return distance > 0 ? std::numeric_limits<double>::infinity() : -std::numeric_limits<double>::infinity();
  }
  return distance / std::sqrt(variance);
}

double solve_tango(const PairCounts& counts, double goal) {
  double low = -1;
  double high = 1;
  for (int step = 0; step < 100; ++step) {
    const double middle = (low + high) / 2;
    (tango_statistic(counts, middle) > goal ? low : high) = middle;
  }
  return (low + high) / 2;
}

}  // namespace

Interval tango_interval(std::int64_t gained, std::int64_t lost, std::int64_t n, double z) {
  const auto count = static_cast<double>(n);
  if (gained == 0 && lost == 0) {
    const double bound = no_discordance_bound(count, normal_cdf(-z));
    return {-bound, bound};
  }
  const PairCounts counts{static_cast<double>(gained), static_cast<double>(lost), count};
  return {solve_tango(counts, z), solve_tango(counts, -z)};
}

double tango_noninferiority_p(std::int64_t gained, std::int64_t lost, std::int64_t n, double margin) {
  const auto count = static_cast<double>(n);
  if (gained == 0 && lost == 0) return std::pow(1 - margin, count);
  const PairCounts counts{static_cast<double>(gained), static_cast<double>(lost), count};
  return normal_cdf(-tango_statistic(counts, -margin));
}

std::optional<PairedResult> clustered_difference(std::span<const QuestionScore> differences, double alpha) {
  const std::optional<double> error = population_standard_error(differences);
  if (!error) return std::nullopt;
  const double mean = mean_score(differences);
  const auto clusters = static_cast<double>(count_clusters(differences));
  if (*error <= 0) {
    const double bound = no_discordance_bound(clusters, alpha / 2);
    const Interval interval{std::max(-1.0, mean - bound), std::min(1.0, mean + bound)};
    return PairedResult{interval, std::fabs(mean) < 1e-15 ? 1.0 : std::min(1.0, 2 * std::pow(0.5, clusters))};
  }
  const double half = t_quantile(1 - alpha / 2, clusters - 1) * *error;
  return PairedResult{{mean - half, mean + half}, t_two_sided_p(mean / *error, clusters - 1)};
}

std::optional<double> sign_flip_p(std::span<const QuestionScore> differences) {
  const ClusterPlaces places = cluster_places(differences);
  std::vector<double> sums(places.count);
  for (std::size_t i = 0; i < differences.size(); ++i) sums[places.of[i]] += differences[i].score;
  std::erase_if(sums, [](double sum) { return std::fabs(sum) <= 1e-12; });
  if (sums.empty()) return 1.0;
  if (sums.size() > kMostFlips) return std::nullopt;
  double seen = 0;
  for (double sum : sums) seen += sum;
  // A Gray code: each step turns one sign round.
  double total = seen;
  std::size_t as_large = 1;
  const std::size_t all = std::size_t{1} << sums.size();
  std::vector<bool> turned(sums.size());
  for (std::size_t step = 1; step < all; ++step) {
    const auto i = static_cast<std::size_t>(std::countr_zero(step));
    total += turned[i] ? 2 * sums[i] : -2 * sums[i];
    turned[i] = !turned[i];
    if (std::fabs(total) >= std::fabs(seen) - 1e-9) ++as_large;
  }
  return static_cast<double>(as_large) / static_cast<double>(all);
}

PairedResult unpaired_difference(double old_value, double old_error, double new_value, double new_error) {
  const double difference = new_value - old_value;
  const double error = std::sqrt(old_error * old_error + new_error * new_error);
  const double p = error > 0 ? 2 * normal_cdf(-std::fabs(difference) / error) : (difference == 0 ? 1.0 : 0.0);
  return {{difference - kZ95 * error, difference + kZ95 * error}, p};
}

}  // namespace reckon::reports
