#pragma once
// The BCa bootstrap (Efron 1987; rule R4) of a mean, with clusters kept together.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "reports/statistics/standard_error.h"
#include "reports/summary.h"

namespace reckon::reports {

/// Ends of the 95 % interval from sorted or unsorted replicates and the jackknife values (one a cluster).
/// Absent where BCa is undefined: constant replicates or jackknife values, or an estimate outside all
/// replicates.
std::optional<Interval> bca_interval(double estimate, std::span<const double> replicates,
                                     std::span<const double> jackknife, double alpha = 0.05);

/// Means of `draws` resamples of the clusters, with replacement; the same for the same seed everywhere.
std::vector<double> bootstrap_means(std::span<const QuestionScore> questions, int draws, std::uint64_t seed);

/// Means with one cluster left out each.
std::vector<double> jackknife_means(std::span<const QuestionScore> questions);

/// BCa interval of the mean score (or of the mean of paired differences). Absent below 30 clusters, where BCa
/// is poor, and for constant data: fall back to `clustered_difference`.
std::optional<Interval> bootstrap_mean_interval(std::span<const QuestionScore> questions, int draws,
                                                std::uint64_t seed, double alpha = 0.05);

/// Two-sided p-value of "the mean difference is 0" by seeded sign flips of whole clusters: the share of
/// `draws` flips (and the data as they are) whose mean is at least as far from 0.
double sign_flip_p_by_draws(std::span<const QuestionScore> differences, int draws, std::uint64_t seed);

/// Draws of every resampling in a report.
inline constexpr int kDraws = 10'000;
inline constexpr std::int64_t kLeastForBootstrap = 30;  ///< clusters

}  // namespace reckon::reports
