#include "reports/statistics/power.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "reports/statistics/mcnemar.h"
#include "reports/statistics/quantiles.h"

namespace reckon::reports {
namespace {

// Largest count of the rarer side with which D discordant pairs reject; -1 where none does.
std::int64_t rejecting_count(std::int64_t pairs, double alpha) {
  if (pairs < 1 || mcnemar_exact_p(0, pairs) > alpha) return -1;
  const auto d = static_cast<double>(pairs);
  auto count = static_cast<std::int64_t>(d / 2 + normal_quantile(alpha / 2) * std::sqrt(d) / 2);
  count = std::clamp<std::int64_t>(count, 0, pairs / 2);
  while (count > 0 && mcnemar_exact_p(count, pairs - count) > alpha) --count;
  while (count + 1 <= pairs / 2 && mcnemar_exact_p(count + 1, pairs - count - 1) <= alpha) ++count;
  return count;
}

// The same for every number of pairs up to one, found once: powers are asked for many times in a search.
class RejectingCounts {
 public:
  explicit RejectingCounts(double alpha) : alpha_(alpha) {}
  std::int64_t of(std::int64_t pairs) {
    const auto place = static_cast<std::size_t>(pairs);
    if (place >= known_.size()) known_.resize(place + place / 2 + 64, kUnknown);
    if (known_[place] == kUnknown) known_[place] = rejecting_count(pairs, alpha_);
    return known_[place];
  }

 private:
  static constexpr std::int64_t kUnknown = -2;
  double alpha_;
  std::vector<std::int64_t> known_;
};

double power_of(std::int64_t n, double discordance, double difference, RejectingCounts& rejecting) {
  if (n < 1 || discordance <= 0) return 0;
  const double share = std::clamp((discordance + difference) / (2 * discordance), 0.0, 1.0);
  const auto count = static_cast<double>(n);
  // Seven standard deviations around the mean: what lies outside weighs less than 1e-11.
  const double reach = 7 * std::sqrt(count * discordance * (1 - discordance)) + 8;
  const auto first = std::max<std::int64_t>(0, static_cast<std::int64_t>(count * discordance - reach));
  const auto last = std::min(n, static_cast<std::int64_t>(count * discordance + reach));
  double power = 0;
  for (std::int64_t pairs = first; pairs <= last; ++pairs) {
    const double chance = binomial_pmf(pairs, n, discordance);
    if (chance < 1e-13) continue;
    const std::int64_t few = rejecting.of(pairs);
    if (few < 0) continue;
    const double rejects = binomial_cdf(few, pairs, share) + 1 - binomial_cdf(pairs - few - 1, pairs, share);
    power += chance * rejects;
  }
  return power;
}

// The smallest x in (0, 1] with power_at(x) >= kPower, for a power that grows with x.
template <typename PowerAt>
std::optional<double> smallest_share(PowerAt power_at) {
  if (power_at(1.0) < kPower) return std::nullopt;
  double low = 0;
  double high = 1;
  while (high - low > 1e-6) {
    const double middle = (low + high) / 2;
    (power_at(middle) >= kPower ? high : low) = middle;
  }
  return high;
}

// The smallest whole number in [1, kMostQuestions] with power_at(n) >= kPower.
template <typename PowerAt>
std::optional<std::int64_t> smallest_count(PowerAt power_at, std::int64_t guess = 1) {
  std::int64_t low = std::max<std::int64_t>(0, guess - 1 - guess / 8);
  if (low > 0 && power_at(low) >= kPower) low = 0;
  std::int64_t high = std::max<std::int64_t>(1, guess);
  while (power_at(high) < kPower) {
    if (high >= kMostQuestions) return std::nullopt;
    low = high;
    high = std::min(kMostQuestions, high + std::max<std::int64_t>(1, guess > 1 ? high / 8 : high));
  }
  while (high - low > 1) {
    const std::int64_t middle = low + (high - low) / 2;
    (power_at(middle) >= kPower ? high : low) = middle;
  }
  return high;
}

}  // namespace

double mcnemar_power(std::int64_t n, double discordance, double difference, double alpha) {
  RejectingCounts rejecting(alpha);
  return power_of(n, discordance, difference, rejecting);
}

std::optional<double> mcnemar_smallest_difference(std::int64_t n, double discordance, double alpha) {
  RejectingCounts rejecting(alpha);
  return smallest_share([&](double d) { return power_of(n, std::max(discordance, d), d, rejecting); });
}

std::optional<std::int64_t> mcnemar_questions_needed(double discordance, double difference, double alpha) {
  const double d = std::fabs(difference);
  if (d <= 0) return std::nullopt;
  const double share = std::max(discordance, d);
  // The normal approximation is a little optimistic: a start for the search, and the answer where enumeration
  // would take long.
  const double z = normal_quantile(1 - alpha / 2) + normal_quantile(kPower);
  const double about = z * z * share / (d * d);
  if (about > static_cast<double>(kMostQuestions)) return std::nullopt;
  if (about > 20'000) return static_cast<std::int64_t>(std::ceil(about));
  RejectingCounts rejecting(alpha);
  return smallest_count([&](std::int64_t n) { return power_of(n, share, d, rejecting); },
                        static_cast<std::int64_t>(about));
}

double t_power(double difference, double standard_error, double degrees, double alpha) {
  if (standard_error <= 0 || degrees < 1) return 0;
  const double critical = t_quantile(1 - alpha / 2, degrees);
  const double shift = std::fabs(difference) / standard_error;
  return 1 - noncentral_t_cdf(critical, degrees, shift) + noncentral_t_cdf(-critical, degrees, shift);
}

std::optional<double> t_smallest_difference(double standard_error, double degrees, double alpha) {
  return smallest_share([&](double d) { return t_power(d, standard_error, degrees, alpha); });
}

std::optional<std::int64_t> t_questions_needed(std::int64_t questions, std::int64_t clusters,
                                               double standard_error, double difference, double alpha) {
  if (standard_error <= 0 || clusters < 2 || difference == 0) return std::nullopt;
  const auto found = smallest_count([&](std::int64_t count) {
    if (count < 2) return 0.0;
    const double scale = std::sqrt(static_cast<double>(clusters) / static_cast<double>(count));
    return t_power(difference, standard_error * scale, static_cast<double>(count - 1), alpha);
  });
  if (!found) return std::nullopt;
  const double size = static_cast<double>(questions) / static_cast<double>(clusters);
  return static_cast<std::int64_t>(std::ceil(static_cast<double>(*found) * size));
}

double normal_power(double difference, double standard_error, double alpha) {
  if (standard_error <= 0) return 0;
  const double critical = normal_quantile(1 - alpha / 2);
  const double shift = std::fabs(difference) / standard_error;
  return normal_cdf(shift - critical) + normal_cdf(-shift - critical);
}

std::optional<double> normal_smallest_difference(double standard_error, double alpha) {
  return smallest_share([&](double d) { return normal_power(d, standard_error, alpha); });
}

std::optional<std::int64_t> normal_questions_needed(std::int64_t questions, double standard_error,
                                                    double difference, double alpha) {
  if (standard_error <= 0 || difference == 0) return std::nullopt;
  return smallest_count([&](std::int64_t n) {
    const double scale = std::sqrt(static_cast<double>(questions) / static_cast<double>(n));
    return normal_power(difference, standard_error * scale, alpha);
  });
}

}  // namespace reckon::reports
