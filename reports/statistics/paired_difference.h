#pragma once
// Intervals of the difference between two runs on the same questions (rules R2 and R3).

#include <cstdint>
#include <optional>
#include <span>

#include "reports/statistics/standard_error.h"
#include "reports/summary.h"

namespace reckon::reports {

/// Tango's score interval (1998) of a paired difference of proportions: of n pairs, `gained` are right only
/// in the new run and `lost` only in the old one; z is the two-sided normal point of the level. With no
/// discordant pair: |d| <= 1 - (P(Z > z))^(1/n).
Interval tango_interval(std::int64_t gained, std::int64_t lost, std::int64_t n, double z);

/// One-sided p-value of "the difference is -margin or less" by Tango's statistic; (1 - margin)^n with no
/// discordant pair.
double tango_noninferiority_p(std::int64_t gained, std::int64_t lost, std::int64_t n, double margin);

/// A t interval of the mean of per-question differences d_i = new - old (in `score`), with clustered error
/// and C-1 degrees of freedom. `p_value` tests a mean of 0.
struct PairedResult {
  Interval interval;
  double p_value = 1;
};
/// Differences that are all equal: +- (1 - (alpha/2)^(1/C)), since no such data shows that nothing else can
/// occur. Absent for fewer than two clusters.
std::optional<PairedResult> clustered_difference(std::span<const QuestionScore> differences,
                                                 double alpha = 0.05);

/// Exact two-sided sign-flip test: if the two runs were exchangeable, each cluster's sum of differences would
/// be as likely negative as positive. By enumeration for at most `kMostFlips` clusters that differ at all;
/// absent for more.
std::optional<double> sign_flip_p(std::span<const QuestionScore> differences);
inline constexpr std::size_t kMostFlips = 12;

/// Runs on different questions: +- z sqrt(SE_old^2 + SE_new^2) (Miller 2024), normal test.
PairedResult unpaired_difference(double old_value, double old_error, double new_value, double new_error);

}  // namespace reckon::reports
