#pragma once
// Intervals of the difference between two runs on the same questions (rules R2 and R3).

#include <cstdint>
#include <optional>
#include <span>

#include "reports/statistics/standard_error.h"
#include "reports/summary.h"

namespace reckon::reports {

/// Tango's score interval (1998) of a paired difference of proportions: of n pairs, `gained` are right only
/// in the new run and `lost` only in the old one. With no discordant pair: |d| <= 1 - .025^(1/n).
Interval tango_interval(std::int64_t gained, std::int64_t lost, std::int64_t n, double z);

/// A t interval of the mean of per-question differences d_i = new - old (in `score`), with clustered error
/// and C-1 degrees of freedom. `p_value` tests a mean of 0.
struct PairedResult {
  Interval interval;
  double p_value = 1;
};
/// Differences that are all equal: +- (1 - .025^(1/C)), since no such data shows that nothing else can occur.
/// Absent for fewer than two clusters.
std::optional<PairedResult> clustered_difference(std::span<const QuestionScore> differences);

/// Runs on different questions: +- z sqrt(SE_old^2 + SE_new^2) (Miller 2024), normal test.
PairedResult unpaired_difference(double old_value, double old_error, double new_value, double new_error);

}  // namespace reckon::reports
