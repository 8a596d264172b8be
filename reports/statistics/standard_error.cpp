#include "reports/statistics/standard_error.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "reports/statistics/quantiles.h"

namespace reckon::reports {

double mean_score(std::span<const QuestionScore> questions) {
  double sum = 0;
  for (const QuestionScore& q : questions) sum += q.score;
  return questions.empty() ? 0.0 : sum / static_cast<double>(questions.size());
}

std::int64_t count_clusters(std::span<const QuestionScore> questions) {
  std::unordered_set<std::int64_t> clusters;
  for (const QuestionScore& q : questions) clusters.insert(q.cluster);
  return static_cast<std::int64_t>(clusters.size());
}

std::optional<double> population_standard_error(std::span<const QuestionScore> questions) {
  // Sums are kept in the order of first appearance, so that the result does not depend on a hash.
  std::unordered_map<std::int64_t, std::size_t> place;
  std::vector<double> deviation;
  const double mean = mean_score(questions);
  for (const QuestionScore& q : questions) {
    const auto [it, fresh] = place.try_emplace(q.cluster, deviation.size());
    if (fresh) deviation.push_back(0);
    deviation[it->second] += q.score - mean;
  }
  const auto clusters = static_cast<double>(deviation.size());
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
