#include "reports/statistics/standard_error.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "reports/statistics/quantiles.h"

namespace reckon::reports {

ClusterPlaces cluster_places(std::span<const QuestionScore> questions) {
  // Places are given in the order of first appearance, so that no sum depends on a hash.
  ClusterPlaces places;
  places.of.reserve(questions.size());
  const auto size = static_cast<std::int64_t>(questions.size());
  const bool dense = std::all_of(questions.begin(), questions.end(), [&](const QuestionScore& q) {
    return q.cluster >= 0 && q.cluster < 4 * size;
  });
  if (dense) {
    constexpr std::size_t kUnseen = SIZE_MAX;
    std::vector<std::size_t> place(static_cast<std::size_t>(4 * size), kUnseen);
    for (const QuestionScore& q : questions) {
      std::size_t& found = place[static_cast<std::size_t>(q.cluster)];
      if (found == kUnseen) found = places.count++;
      places.of.push_back(found);
    }
    return places;
  }
  std::unordered_map<std::int64_t, std::size_t> place;
  for (const QuestionScore& q : questions) {
    const auto [found, fresh] = place.try_emplace(q.cluster, places.count);
    if (fresh) ++places.count;
    places.of.push_back(found->second);
  }
  return places;
}

double mean_score(std::span<const QuestionScore> questions) {
  double sum = 0;
  for (const QuestionScore& q : questions) sum += q.score;
  return questions.empty() ? 0.0 : sum / static_cast<double>(questions.size());
}

std::int64_t count_clusters(std::span<const QuestionScore> questions) {
  return static_cast<std::int64_t>(cluster_places(questions).count);
}

std::optional<double> population_standard_error(std::span<const QuestionScore> questions) {
  const ClusterPlaces places = cluster_places(questions);
  std::vector<double> deviation(places.count);
  const double mean = mean_score(questions);
  for (std::size_t i = 0; i < questions.size(); ++i) deviation[places.of[i]] += questions[i].score - mean;
  const auto clusters = static_cast<double>(places.count);
  if (clusters < 2) return std::nullopt;
  double squares = 0;
  for (double d : deviation) squares += d * d;
  const auto n = static_cast<double>(questions.size());
  const double error = std::sqrt(clusters / (clusters - 1) * squares) / n;
  // Equal scores: what is left is rounding in the mean, not an error.
  return error < 1e-15 ? 0.0 : error;
}

std::optional<double> sampling_standard_error(std::span<const QuestionScore> questions) {
  if (questions.empty()) return std::nullopt;
  double sum = 0;
  for (const QuestionScore& q : questions) {
    if (q.samples < 2) return std::nullopt;
    sum += q.score * (1 - q.score) / static_cast<double>(q.samples - 1);
  }
  return std::sqrt(sum) / static_cast<double>(questions.size());
}

double effective_n(std::int64_t n, double score, double standard_error, std::int64_t clusters) {
  if (n < 2 || clusters < 2) return 1;
  if (standard_error <= 0) return static_cast<double>(clusters);
  const double spread = score * (1 - score) / (standard_error * standard_error);
  double effective = std::min(static_cast<double>(n), spread);
  if (clusters < n) {
    const double ratio =
        t_quantile(0.975, static_cast<double>(n - 1)) / t_quantile(0.975, static_cast<double>(clusters - 1));
    effective *= ratio * ratio;
  }
  return effective;
}

}  // namespace reckon::reports
