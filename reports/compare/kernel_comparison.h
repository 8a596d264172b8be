#pragma once
// Timings of the same kernels in two benches: which became faster or slower, by more than noise and by more
// than matters.

#include <optional>
#include <string>
#include <vector>

#include "reports/run_data.h"
#include "reports/summary.h"

namespace reckon::reports {

struct KernelCompareOptions {
  double minimum_effect = 0.02;  ///< changes of a time below this share count as the same
  double alpha = 0.05;
  std::uint64_t seed = 1234;
};

struct KernelChange {
  std::string name;
  std::string shape;
  double old_seconds = 0;  ///< medians over the repetitions
  double new_seconds = 0;
  double ratio = 1;    ///< new time / old time, Hodges-Lehmann
  Interval interval;   ///< 95 % of the ratio
  double p_value = 1;  ///< Mann-Whitney
  double p_holm = 1;
  Verdict verdict = Verdict::inconclusive;  ///< better: faster
};

struct KernelComparison {
  double minimum_effect = 0;
  std::vector<KernelChange> kernels;
  double geometric_mean = 1;                        ///< of the ratios
  std::optional<Interval> geometric_mean_interval;  ///< 95 %, bootstrap of the repetitions within kernels
  std::vector<std::string> warnings;                ///< devices that differ, kernels of one bench only
};

inline constexpr std::size_t kLeastRepetitions = 9;

/// Kernels are the same when name and shape are. Errors (exit code 3): fewer than nine repetitions of a
/// kernel, no kernel in common.
KernelComparison compare_kernels(const KernelTable& older, const KernelTable& newer,
                                 const KernelCompareOptions& options = {});

std::string kernel_comparison_text(const KernelComparison& comparison);
std::string kernel_comparison_json(const KernelComparison& comparison);

}  // namespace reckon::reports
