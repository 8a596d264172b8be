#include "reports/statistics/paired_difference.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "reports/statistics/quantiles.h"

namespace reckon::reports {
namespace {

// |d| that would show no discordant pair among n with probability .025.
double no_discordance_bound(double n) { return 1 - std::pow(0.025, 1 / n); }

// Tango's statistic for the hypothesis "difference = delta", falling in delta.
double tango_statistic(double gained, double lost, double n, double delta) {
  const double a = 2 * n;
  const double b = -gained - lost + (2 * n - gained + lost) * delta;
  const double c = -lost * delta * (1 - delta);
  const double q = (std::sqrt(std::max(0.0, b * b - 4 * a * c)) - b) / (2 * a);
  const double variance = n * (2 * q + delta * (1 - delta));
  const double distance = gained - lost - n * delta;
  if (variance <= 0) {
    if (distance == 0) return 0;
    return distance > 0 ? std::numeric_limits<double>::infinity() : -std::numeric_limits<double>::infinity();
  }
  return distance / std::sqrt(variance);
}

double solve_tango(double gained, double lost, double n, double goal) {
  double low = -1;
  double high = 1;
  for (int step = 0; step < 100; ++step) {
    const double middle = (low + high) / 2;
    (tango_statistic(gained, lost, n, middle) > goal ? low : high) = middle;
  }
  return (low + high) / 2;
}

}  // namespace

Interval tango_interval(std::int64_t gained, std::int64_t lost, std::int64_t n, double z) {
  const auto count = static_cast<double>(n);
  if (gained == 0 && lost == 0) return {-no_discordance_bound(count), no_discordance_bound(count)};
  const auto b = static_cast<double>(gained);
  const auto c = static_cast<double>(lost);
  return {solve_tango(b, c, count, z), solve_tango(b, c, count, -z)};
}

std::optional<PairedResult> clustered_difference(std::span<const QuestionScore> differences) {
  const std::optional<double> error = population_standard_error(differences);
  if (!error) return std::nullopt;
  const double mean = mean_score(differences);
  const auto clusters = static_cast<double>(count_clusters(differences));
  if (*error <= 0) {
    const double bound = no_discordance_bound(clusters);
    const Interval interval{std::max(-1.0, mean - bound), std::min(1.0, mean + bound)};
    return PairedResult{interval, std::fabs(mean) < 1e-15 ? 1.0 : std::min(1.0, 2 * std::pow(0.5, clusters))};
  }
  const double half = t_quantile(0.975, clusters - 1) * *error;
  return PairedResult{{mean - half, mean + half}, t_two_sided_p(mean / *error, clusters - 1)};
}

PairedResult unpaired_difference(double old_value, double old_error, double new_value, double new_error) {
  const double difference = new_value - old_value;
  const double error = std::sqrt(old_error * old_error + new_error * new_error);
  const double p = error > 0 ? 2 * normal_cdf(-std::fabs(difference) / error) : (difference == 0 ? 1.0 : 0.0);
  return {{difference - kZ95 * error, difference + kZ95 * error}, p};
}

}  // namespace reckon::reports
