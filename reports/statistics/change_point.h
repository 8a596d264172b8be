#pragma once
// Did a series of runs change its level, and where? CUSUM with a permutation test (Taylor 2000).

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace reckon::reports {

struct ChangePoint {
  std::size_t index = 0;  ///< the first value of the new level
  std::size_t low = 0;    ///< 95 % interval of the index, from a bootstrap of the residuals of both levels
  std::size_t high = 0;
  double before = 0;  ///< mean level
  double after = 0;
  double p_value = 1;
};

/// The split that explains most of the variance: the index k that maximises |S_k| / sqrt(k (n - k) / n) with
/// S_k = sum of the first k values less k times the mean. Its p-value is the share of `kPermutations` seeded
/// orders of the same values whose maximum is at least as large. Absent below `kLeastSeries` values and for
/// equal values.
std::optional<ChangePoint> find_change_point(std::span<const double> series, std::uint64_t seed);

inline constexpr std::size_t kLeastSeries = 10;
inline constexpr int kPermutations = 9999;
inline constexpr int kIndexDraws = 2000;

}  // namespace reckon::reports
