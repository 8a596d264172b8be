#pragma once
// Scores of a question that was answered several times (rule R1). n and c are the samples that were made and
// graded, never the number configured.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace reckon::reports {

/// Chance that at least one of k samples drawn without replacement from n, c of them right, is right:
/// 1 - C(n-c,k)/C(n,k) (Chen 2021, arXiv 2107.03374). Absent unless 1 <= k <= n and 0 <= c <= n.
std::optional<double> pass_at_k(std::int64_t n, std::int64_t c, std::int64_t k);

/// Chance that all k are right: C(c,k)/C(n,k). Absent as above.
std::optional<double> pass_hat_k(std::int64_t n, std::int64_t c, std::int64_t k);

/// One sample as a voter. Samples of the same `answer_class` gave equal answers; a negative class does not
/// vote (no answer, or cut off).
struct Vote {
  std::int64_t answer_class = -1;
  bool correct = false;  ///< this sample's own verdict
};

/// cons@k: of the classes with the most votes, the share whose earliest member is right; 0 if none votes.
/// With k < n, the mean over `kConsensusSubsets` seeded subsets of k samples. Absent unless 1 <= k <= n.
std::optional<double> consensus_at_k(std::span<const Vote> votes, std::size_t k, std::uint64_t seed);

inline constexpr int kConsensusSubsets = 1000;

}  // namespace reckon::reports
