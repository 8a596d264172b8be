#include "reports/statistics/change_point.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "reports/statistics/counter_random.h"

namespace reckon::reports {
namespace {

struct Split {
  std::size_t index = 0;
  double size = 0;
};

double mean_of(std::span<const double> values) {
  double sum = 0;
  for (double value : values) sum += value;
  return values.empty() ? 0.0 : sum / static_cast<double>(values.size());
}

Split best_split(std::span<const double> series) {
  const double mean = mean_of(series);
  const auto n = static_cast<double>(series.size());
  Split best;
  double sum = 0;
  for (std::size_t k = 1; k < series.size(); ++k) {
    sum += series[k - 1] - mean;
    const auto left = static_cast<double>(k);
    const double size = std::fabs(sum) / std::sqrt(left * (n - left) / n);
    if (size > best.size) best = {k, size};
  }
  return best;
}

// Where the change lies in series that differ from this one by chance only: each level keeps its mean, and
// residuals are drawn within it.
void index_interval(std::span<const double> series, std::uint64_t seed, ChangePoint& change) {
  std::vector<std::size_t> found;
  std::vector<double> drawn(series.size());
  const std::size_t split = change.index;
  // Residuals of a mean of k values are too small by sqrt((k-1)/k).
  const auto draw_level = [&](std::size_t first, std::size_t last, double level, std::uint64_t stream) {
    const auto size = static_cast<double>(last - first);
    const double wider = size > 1 ? std::sqrt(size / (size - 1)) : 1.0;
    for (std::size_t i = first; i < last; ++i) {
      const std::uint64_t pick = random_below(seed + 1, stream, i, last - first);
      drawn[i] = level + wider * (series[first + static_cast<std::size_t>(pick)] - level);
    }
  };
  for (int draw = 0; draw < kIndexDraws; ++draw) {
    const auto stream = static_cast<std::uint64_t>(draw);
    draw_level(0, split, change.before, stream);
    draw_level(split, series.size(), change.after, stream);
    found.push_back(best_split(drawn).index);
  }
  std::sort(found.begin(), found.end());
  change.low = std::min(split, found[found.size() / 40]);
  change.high = std::max(split, found[found.size() - 1 - found.size() / 40]);
}

}  // namespace

std::optional<ChangePoint> find_change_point(std::span<const double> series, std::uint64_t seed) {
  if (series.size() < kLeastSeries) return std::nullopt;
  const Split split = best_split(series);
  if (split.size <= 1e-12) return std::nullopt;
  ChangePoint change;
  change.index = split.index;
  change.before = mean_of(series.first(split.index));
  change.after = mean_of(series.subspan(split.index));
  std::vector<double> shuffled(series.begin(), series.end());
  int as_large = 1;  // the order that was seen is one of them
  for (int permutation = 0; permutation < kPermutations; ++permutation) {
    for (std::size_t i = shuffled.size(); i > 1; --i) {
      const auto j = random_below(seed, static_cast<std::uint64_t>(permutation), i, i);
      std::swap(shuffled[i - 1], shuffled[static_cast<std::size_t>(j)]);
    }
    if (best_split(shuffled).size >= split.size * (1 - 1e-12)) ++as_large;
  }
  change.p_value = static_cast<double>(as_large) / (kPermutations + 1);
  index_interval(series, seed, change);
  return change;
}

}  // namespace reckon::reports
