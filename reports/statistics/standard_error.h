#pragma once
// Standard errors of a mean of question scores (rule R2; Miller 2024, arXiv 2411.00640).

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace reckon::reports {

/// The mean score of one question over its samples.
struct QuestionScore {
  double score = 0;          ///< mean over the samples
  std::int64_t samples = 1;  ///< how many samples were graded
  std::int64_t cluster = 0;  ///< questions of one cluster share a source
};

/// Which of `count` clusters each question belongs to, numbered in the order of first appearance.
struct ClusterPlaces {
  std::vector<std::size_t> of;
  std::size_t count = 0;
};
ClusterPlaces cluster_places(std::span<const QuestionScore> questions);

double mean_score(std::span<const QuestionScore> questions);

/// Over the population of questions, clustered: SE^2 = C/(C-1) n^-2 sum_c (sum_{i in c} (s_i - S))^2, which
/// is sum (s_i - S)^2 / (n(n-1)) when each question is a cluster of its own. Absent for fewer than two
/// clusters.
std::optional<double> population_standard_error(std::span<const QuestionScore> questions);

/// Over sampling with the questions fixed, for 0/1 samples: SE^2 = n^-2 sum s_i (1 - s_i) / (K_i - 1).
/// Absent unless every question has two samples or more.
std::optional<double> sampling_standard_error(std::span<const QuestionScore> questions);

std::int64_t count_clusters(std::span<const QuestionScore> questions);

/// The number of independent 0/1 answers that would give this error: min(n, S(1-S)/SE^2)
/// (t_{n-1}/t_{C-1})^2, C when SE is 0, 1 when there is only one cluster. n: samples made (questions where
/// each was answered once). For Wilson's interval on clustered or repeated scores.
double effective_n(std::int64_t n, double score, double standard_error, std::int64_t clusters);

}  // namespace reckon::reports
