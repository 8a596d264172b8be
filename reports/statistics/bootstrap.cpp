#include "reports/statistics/bootstrap.h"

#include <algorithm>
#include <cmath>

#include "reports/statistics/counter_random.h"
#include "reports/statistics/quantiles.h"

namespace reckon::reports {
namespace {

struct ClusterSum {
  double score = 0;
  double count = 0;
};

std::vector<ClusterSum> cluster_sums(std::span<const QuestionScore> questions) {
  const ClusterPlaces places = cluster_places(questions);
  std::vector<ClusterSum> sums(places.count);
  for (std::size_t i = 0; i < questions.size(); ++i) {
    sums[places.of[i]].score += questions[i].score;
    sums[places.of[i]].count += 1;
  }
  return sums;
}

// Linear interpolation between order statistics (the usual "type 7").
double sorted_quantile(const std::vector<double>& sorted, double p) {
  const double place = p * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  if (below + 1 >= sorted.size()) return sorted.back();
  return sorted[below] + (place - static_cast<double>(below)) * (sorted[below + 1] - sorted[below]);
}

}  // namespace

std::optional<Interval> bca_interval(double estimate, std::span<const double> replicates,
                                     std::span<const double> jackknife, double alpha) {
  if (replicates.empty() || jackknife.size() < 2) return std::nullopt;
  double below = 0;
  for (double r : replicates) below += r < estimate ? 1.0 : (r == estimate ? 0.5 : 0.0);
  const double share = below / static_cast<double>(replicates.size());
  if (share <= 0 || share >= 1) return std::nullopt;
  double mean = 0;
  for (double j : jackknife) mean += j;
  mean /= static_cast<double>(jackknife.size());
  double squares = 0;
  double cubes = 0;
  for (double j : jackknife) {
    const double d = mean - j;
    squares += d * d;
    cubes += d * d * d;
  }
  if (squares <= 1e-30) return std::nullopt;
  const double acceleration = cubes / (6 * std::pow(squares, 1.5));
  const double z0 = normal_quantile(share);
  std::vector<double> sorted(replicates.begin(), replicates.end());
  std::sort(sorted.begin(), sorted.end());
  const auto end = [&](double z) {
    return sorted_quantile(sorted, normal_cdf(z0 + (z0 + z) / (1 - acceleration * (z0 + z))));
  };
  const double z = normal_quantile(1 - alpha / 2);
  return Interval{end(-z), end(z)};
}

std::vector<double> bootstrap_means(std::span<const QuestionScore> questions, int draws, std::uint64_t seed) {
  const std::vector<ClusterSum> sums = cluster_sums(questions);
  std::vector<double> means;
  means.reserve(static_cast<std::size_t>(draws));
  for (int draw = 0; draw < draws; ++draw) {
    ClusterSum total;
    for (std::size_t i = 0; i < sums.size(); ++i) {
      const ClusterSum& pick = sums[random_below(seed, static_cast<std::uint64_t>(draw), i, sums.size())];
      total.score += pick.score;
      total.count += pick.count;
    }
    means.push_back(total.score / total.count);
  }
  return means;
}

std::vector<double> jackknife_means(std::span<const QuestionScore> questions) {
  const std::vector<ClusterSum> sums = cluster_sums(questions);
  ClusterSum total;
  for (const ClusterSum& s : sums) {
    total.score += s.score;
    total.count += s.count;
  }
  std::vector<double> means;
  if (sums.size() < 2) return means;
  for (const ClusterSum& s : sums) means.push_back((total.score - s.score) / (total.count - s.count));
  return means;
}

std::optional<Interval> bootstrap_mean_interval(std::span<const QuestionScore> questions, int draws,
                                                std::uint64_t seed, double alpha) {
  if (count_clusters(questions) < kLeastForBootstrap) return std::nullopt;
  return bca_interval(mean_score(questions), bootstrap_means(questions, draws, seed),
                      jackknife_means(questions), alpha);
}

double sign_flip_p_by_draws(std::span<const QuestionScore> differences, int draws, std::uint64_t seed) {
  const std::vector<ClusterSum> sums = cluster_sums(differences);
  double seen = 0;
  for (const ClusterSum& cluster : sums) seen += cluster.score;
  int as_large = 1;
  for (int draw = 0; draw < draws; ++draw) {
    double total = 0;
    for (std::size_t i = 0; i < sums.size(); ++i) {
      const bool flip = random_below(seed, static_cast<std::uint64_t>(draw), i, 2) == 1;
      total += flip ? -sums[i].score : sums[i].score;
    }
    if (std::fabs(total) >= std::fabs(seen) - 1e-12) ++as_large;
  }
  return static_cast<double>(as_large) / static_cast<double>(draws + 1);
}

}  // namespace reckon::reports
