#include "reports/statistics/comparison_test.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "reports/statistics/bootstrap.h"
#include "reports/statistics/exact.h"
#include "reports/statistics/mcnemar.h"
#include "reports/statistics/paired_difference.h"
#include "reports/statistics/power.h"
#include "reports/statistics/quantiles.h"
#include "reports/statistics/sequential.h"

namespace reckon::reports {
namespace {

using Kind = DifferenceTest::Kind;

struct Columns {
  std::vector<QuestionScore> before, after, differences;
  bool single = true;  // one answer each
};

Columns columns_of(std::span<const PairedScore> pairs, DifferenceTest& test) {
  Columns columns;
  for (const PairedScore& pair : pairs) {
    columns.before.push_back({pair.before, pair.before_samples, pair.cluster});
    columns.after.push_back({pair.after, pair.after_samples, pair.cluster});
    columns.differences.push_back({pair.after - pair.before, 1, pair.cluster});
    columns.single = columns.single && pair.before_samples == 1 && pair.after_samples == 1;
    if (pair.after > pair.before) ++test.gained;
    if (pair.after < pair.before) ++test.lost;
  }
  test.questions = static_cast<std::int64_t>(pairs.size());
  test.clusters = count_clusters(columns.differences);
  test.before = mean_score(columns.before);
  test.after = mean_score(columns.after);
  test.difference = test.after - test.before;
  test.standard_error = population_standard_error(columns.differences);
  return columns;
}

void use_mcnemar(DifferenceTest& test) {
  test.kind = Kind::mcnemar;
  test.p_value = mcnemar_exact_p(test.gained, test.lost);
  test.interval = tango_interval(test.gained, test.lost, test.questions, normal_quantile(1 - test.alpha / 2));
  if (test.gained + test.lost > 0) {
    test.win_share = clopper_pearson_interval(test.gained, test.gained + test.lost, 1 - test.alpha);
  }
  test.method = "paired: exact McNemar, Tango's interval";
}

void use_clustered_t(const std::vector<QuestionScore>& differences, DifferenceTest& test) {
  const auto clustered = clustered_difference(differences, test.alpha);
  if (!clustered) {
    test.method = "paired: one cluster only, no interval";
    return;
  }
  test.kind = Kind::clustered_t;
  // With few clusters that differ at all, t is surer than the data allow.
  test.p_value = std::max(clustered->p_value, sign_flip_p(differences).value_or(0.0));
  test.interval = Interval{std::max(-1.0, clustered->interval.low), std::min(1.0, clustered->interval.high)};
  test.method = fmt::format("paired: {}t with {} degrees of freedom",
                            test.clusters < test.questions ? "clustered " : "", test.clusters - 1);
}

bool use_bootstrap(const std::vector<QuestionScore>& differences, std::uint64_t seed, DifferenceTest& test) {
  const auto interval = bootstrap_mean_interval(differences, kDraws, seed, test.alpha);
  if (!interval) return false;
  test.kind = Kind::bootstrap;
  test.interval = interval;
  test.p_value = sign_flip_p_by_draws(differences, kDraws, seed + 1);
  test.method = fmt::format("paired: BCa bootstrap of {} clusters, sign-flip test", test.clusters);
  return true;
}

}  // namespace

DifferenceTest test_paired(std::span<const PairedScore> pairs, bool binary, double alpha,
                           std::uint64_t seed) {
  DifferenceTest test;
  test.alpha = alpha;
  const Columns columns = columns_of(pairs, test);
  if (pairs.empty()) {
    test.method = "none";
    return test;
  }
  if (binary) {
    const auto before = sampling_standard_error(columns.before);
    const auto after = sampling_standard_error(columns.after);
    if (before && after) test.sampling_error = std::hypot(*before, *after);
    if (columns.single && test.clusters == test.questions) {
      use_mcnemar(test);
      return test;
    }
  } else if (use_bootstrap(columns.differences, seed, test)) {
    return test;
  }
  use_clustered_t(columns.differences, test);
  return test;
}

DifferenceTest test_sequential(std::span<const PairedScore> pairs, double alpha) {
  DifferenceTest test;
  test.alpha = alpha;
  columns_of(pairs, test);
  if (pairs.empty()) {
    test.method = "none";
    return test;
  }
  test.kind = Kind::sequential;
  const SequentialCounts counts{test.questions, test.gained, test.lost};
  test.interval = confidence_sequence(counts, alpha);
  test.p_value = test.difference < 0 ? sequential_p_worse(counts) : sequential_p_better(counts);
  test.method = "paired: test martingale and confidence sequence";
  return test;
}

DifferenceTest test_unpaired(const Score& before, const Score& after, double alpha) {
  DifferenceTest test;
  test.alpha = alpha;
  test.questions = std::min(before.questions, after.questions);
  test.clusters = std::min(before.clusters, after.clusters);
  test.before = before.value;
  test.after = after.value;
  test.difference = after.value - before.value;
  if (!before.standard_error || !after.standard_error || !before.interval || !after.interval) {
    test.method = "unpaired: too few questions for an interval";
    return test;
  }
  test.kind = Kind::unpaired;
  test.standard_error = std::hypot(*before.standard_error, *after.standard_error);
  if (before.sampling_standard_error && after.sampling_standard_error) {
    test.sampling_error = std::hypot(*before.sampling_standard_error, *after.sampling_standard_error);
  }
  test.p_value =
      unpaired_difference(before.value, *before.standard_error, after.value, *after.standard_error).p_value;
  // Newcombe's hybrid of the two score intervals (1998, method 10): of no zero width at 0 or 100 %. Those
  // are at 95 %; another level stretches them.
  const double stretch = normal_quantile(1 - alpha / 2) / kZ95;
  const double down = std::hypot(after.value - after.interval->low, before.interval->high - before.value);
  const double up = std::hypot(after.interval->high - after.value, before.value - before.interval->low);
  test.interval = Interval{test.difference - stretch * down, test.difference + stretch * up};
  test.method = "unpaired: normal test, Newcombe's interval";
  return test;
}

std::optional<double> noninferiority_p(const DifferenceTest& test, double margin) {
  if (test.kind == Kind::none || test.kind == Kind::sequential) return std::nullopt;
  if (test.kind == Kind::mcnemar) {
    return tango_noninferiority_p(test.gained, test.lost, test.questions, margin);
  }
  if (!test.standard_error) return std::nullopt;
  if (*test.standard_error <= 0) {
    if (test.difference <= -margin) return 1.0;
    return std::pow(1 - std::min(1.0, test.difference + margin), static_cast<double>(test.clusters));
  }
  const double distance = (test.difference + margin) / *test.standard_error;
  if (test.kind == Kind::unpaired) return normal_cdf(-distance);
  const double two_sided = t_two_sided_p(distance, static_cast<double>(test.clusters - 1));
  return distance > 0 ? two_sided / 2 : 1 - two_sided / 2;
}

std::optional<double> smallest_difference(const DifferenceTest& test) {
  if (test.kind == Kind::none || test.kind == Kind::sequential) return std::nullopt;
  if (test.kind == Kind::mcnemar) {
    const auto discordant = static_cast<double>(test.gained + test.lost);
    return mcnemar_smallest_difference(test.questions, discordant / static_cast<double>(test.questions),
                                       test.alpha);
  }
  if (!test.standard_error || *test.standard_error <= 0) return std::nullopt;
  if (test.kind == Kind::unpaired) return normal_smallest_difference(*test.standard_error, test.alpha);
  return t_smallest_difference(*test.standard_error, static_cast<double>(test.clusters - 1), test.alpha);
}

std::optional<std::int64_t> questions_needed(const DifferenceTest& test, double difference) {
  if (test.kind == Kind::none || test.kind == Kind::sequential || difference <= 0) return std::nullopt;
  if (test.kind == Kind::mcnemar) {
    const auto discordant = static_cast<double>(test.gained + test.lost);
    return mcnemar_questions_needed(discordant / static_cast<double>(test.questions), difference, test.alpha);
  }
  if (!test.standard_error || *test.standard_error <= 0) return std::nullopt;
  if (test.kind == Kind::unpaired) {
    return normal_questions_needed(test.questions, *test.standard_error, difference, test.alpha);
  }
  return t_questions_needed(test.questions, test.clusters, *test.standard_error, difference, test.alpha);
}

}  // namespace reckon::reports
