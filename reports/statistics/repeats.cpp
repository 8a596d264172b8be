#include "reports/statistics/repeats.h"

#include <algorithm>
#include <numeric>
#include <unordered_map>
#include <vector>

#include "reports/statistics/counter_random.h"

namespace reckon::reports {
namespace {

bool valid(std::int64_t n, std::int64_t c, std::int64_t k) { return k >= 1 && k <= n && c >= 0 && c <= n; }

// C(a,k) / C(b,k) for a <= b, as a product that neither overflows nor cancels.
double ratio_of_choices(std::int64_t a, std::int64_t b, std::int64_t k) {
  if (a < k) return 0.0;
  double ratio = 1;
  for (std::int64_t i = 0; i < k; ++i) ratio *= static_cast<double>(a - i) / static_cast<double>(b - i);
  return ratio;
}

// `chosen` in the order of the samples, so that the first of a class is its earliest.
double consensus_of(std::span<const Vote> votes, std::span<const std::size_t> chosen) {
  struct Tally {
    std::int64_t members = 0;
    bool earliest_correct = false;
  };
  std::unordered_map<std::int64_t, Tally> tallies;
  std::int64_t most = 0;
  for (std::size_t i : chosen) {
    const Vote& vote = votes[i];
    if (vote.answer_class < 0) continue;
    const auto [place, fresh] = tallies.try_emplace(vote.answer_class);
    if (fresh) place->second.earliest_correct = vote.correct;
    most = std::max(most, ++place->second.members);
  }
  if (most == 0) return 0.0;
  std::int64_t top = 0;
  std::int64_t right = 0;
  for (const auto& [answer_class, tally] : tallies) {
    if (tally.members < most) continue;
    ++top;
    if (tally.earliest_correct) ++right;
  }
  return static_cast<double>(right) / static_cast<double>(top);
}

}  // namespace

std::optional<double> pass_at_k(std::int64_t n, std::int64_t c, std::int64_t k) {
  if (!valid(n, c, k)) return std::nullopt;
  return 1.0 - ratio_of_choices(n - c, n, k);
}

std::optional<double> pass_hat_k(std::int64_t n, std::int64_t c, std::int64_t k) {
  if (!valid(n, c, k)) return std::nullopt;
  return ratio_of_choices(c, n, k);
}

std::optional<double> consensus_at_k(std::span<const Vote> votes, std::size_t k, std::uint64_t seed) {
  if (k < 1 || k > votes.size()) return std::nullopt;
  std::vector<std::size_t> order(votes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (k == votes.size()) return consensus_of(votes, order);
  double sum = 0;
  for (int subset = 0; subset < kConsensusSubsets; ++subset) {
    // The first k of a Fisher-Yates shuffle, put back into the order of the samples.
    for (std::size_t i = 0; i < k; ++i) {
      const std::uint64_t step = random_below(seed, static_cast<std::uint64_t>(subset), i, votes.size() - i);
      std::swap(order[i], order[i + static_cast<std::size_t>(step)]);
    }
    std::vector<std::size_t> chosen(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(k));
    std::sort(chosen.begin(), chosen.end());
    sum += consensus_of(votes, chosen);
  }
  return sum / kConsensusSubsets;
}

}  // namespace reckon::reports
