// Whether the statistics do what they say: coverage by enumeration, levels and powers by seeded simulation.
// The full tables stand in docs/statistics.md.

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "reports/statistics/mcnemar.h"
#include "reports/statistics/power.h"
#include "reports/statistics/quantiles.h"
#include "tests/reports/support/simulations.h"

namespace reckon::reports {
namespace {

struct Coverage {
  double mean = 0;
  double lowest = 1;
  double highest = 0;
};

Coverage wilson_over_shares(std::int64_t n) {
  Coverage coverage;
  int points = 0;
  for (int step = 20; step <= 980; step += 2, ++points) {
    const double covered = test::wilson_coverage(n, step / 1000.0);
    coverage.mean += covered;
    coverage.lowest = std::min(coverage.lowest, covered);
    coverage.highest = std::max(coverage.highest, covered);
  }
  coverage.mean /= points;
  return coverage;
}

TEST(WilsonCoverage, ByEnumeration) {
  for (const std::int64_t n : {20, 30, 50, 100, 250, 500}) {
    const Coverage coverage = wilson_over_shares(n);
    EXPECT_NEAR(coverage.mean, 0.95, 0.01) << n;
    EXPECT_GE(coverage.lowest, n >= 250 ? 0.93 : 0.89) << n;
  }
}

TEST(WilsonCoverage, WithinOnePointFromGsm8kOn) {
  const Coverage coverage = wilson_over_shares(1319);
  EXPECT_GE(coverage.lowest, 0.94);
  EXPECT_LE(coverage.highest, 0.96);
}

TEST(ClopperPearsonCoverage, NeverBelowNominal) {
  for (const std::int64_t n : {1, 2, 5, 20, 100, 500}) {
    for (int step = 1; step < 100; ++step) {
      EXPECT_GE(test::clopper_pearson_coverage(n, step / 100.0), 0.95 - 1e-12) << n << " " << step;
    }
  }
}

TEST(McNemarSize, NeverAboveItsLevel) {
  for (const std::int64_t n : {10, 50, 200, 1000}) {
    for (const double discordance : {0.01, 0.05, 0.2, 0.6}) {
      EXPECT_LE(mcnemar_power(n, discordance, 0, 0.05), 0.05) << n << " " << discordance;
    }
  }
}

TEST(ClusteredCoverage, WithinOneAndAHalfPointsFromFiftyClustersOn) {
  constexpr int kDraws = 4000;
  // Three standard errors of the simulation on top.
  const double slack = 0.015 + 3 * std::sqrt(0.95 * 0.05 / kDraws);
  std::uint64_t seed = 1;
  for (const double share : {0.1, 0.3, 0.5, 0.9}) {
    for (const test::Population& shape :
         {test::Population{50, 4, 1, share, 0.3}, test::Population{60, 1, 4, share, 0.5}}) {
      EXPECT_NEAR(test::interval_coverage(shape, kDraws, ++seed), 0.95, slack)
          << shape.cluster_size << " " << shape.repeats << " " << share;
    }
  }
}

TEST(ClusteredCoverage, ErrsWideForFewClustersAndNearTheEdge) {
  constexpr int kDraws = 3000;
  const double least = 0.935 - 3 * std::sqrt(0.95 * 0.05 / kDraws);
  std::uint64_t seed = 50;
  for (const test::Population& shape :
       {test::Population{10, 2, 1, 0.02, 0.3}, test::Population{50, 10, 1, 0.02, 0.3},
        test::Population{10, 10, 1, 0.5, 0.3}, test::Population{30, 1, 4, 0.05, 0.5}}) {
    EXPECT_GE(test::interval_coverage(shape, kDraws, ++seed), least)
        << shape.clusters << " x " << shape.cluster_size << " at " << shape.share;
  }
}

// The largest number of alarms that a gate at 5 % may give in `gates` with a chance of one in a thousand.
int most_alarms(int gates) {
  int alarms = 0;
  while (binomial_cdf(alarms, gates, 0.05) < 0.999) ++alarms;
  return alarms;
}

TEST(FalseAlarms, TheBoundIsThatOfTenThousand) { EXPECT_EQ(most_alarms(10'000), 569); }

TEST(FalseAlarms, OfGatesWithoutADifference) {
  std::uint64_t seed = 200;
  for (const int suites : {1, 5, 20}) {
    const int gates = suites == 20 ? 300 : 1000;
    for (test::AaSetting setting :
         {test::AaSetting{1, 100, 1, 1, 0.6, 0.3}, test::AaSetting{1, 60, 4, 1, 0.6, 0.5},
          test::AaSetting{1, 30, 4, 1, 0.9, 0.3}, test::AaSetting{1, 100, 1, 5, 0.6, 0.3}}) {
      setting.suites = suites;
      EXPECT_LE(test::false_alarms(setting, gates, ++seed), most_alarms(gates))
          << suites << " suites, " << setting.repeats << " repeats, " << setting.questions;
    }
  }
}

TEST(FalseAlarms, NoneForIdenticalGreedyOutputs) {
  for (const int repeats : {1, 4}) {
    const test::AaSetting greedy{5, 50, repeats, 1, 0.6, 0.0};
    EXPECT_EQ(test::false_alarms(greedy, 200, 7), 0);
  }
}

TEST(StatedPower, AgreesWithSimulation) {
  constexpr int kDraws = 5000;
  const double slack = 0.01 + 3 * std::sqrt(0.25 / kDraws);
  EXPECT_NEAR(test::simulated_mcnemar_power(100, 0.3, 0.15, kDraws, 1), mcnemar_power(100, 0.3, 0.15, 0.05),
              slack);
  EXPECT_NEAR(test::simulated_mcnemar_power(40, 0.2, 0.18, kDraws, 2), mcnemar_power(40, 0.2, 0.18, 0.05),
              slack);
  const test::StatedPower repeats = test::repeats_power(60, 4, 0.09, kDraws, 3);
  EXPECT_NEAR(repeats.simulated, repeats.stated, slack);
}

TEST(StoppingEarly, KeepsItsLevelAndSavesQuestions) {
  constexpr int kDraws = 1500;
  const test::SequentialOutcome same = test::look_after_every_question(500, 0.1, 0.5, kDraws, 11);
  EXPECT_LE(same.stopped, 0.05);
  EXPECT_GE(same.sequence_covers, 0.95);
  // The figures of rule R7: 10 % discordant, split 80/20.
  const test::SequentialOutcome worse = test::look_after_every_question(500, 0.1, 0.8, kDraws, 12);
  EXPECT_GE(worse.stopped, 0.93);
  EXPECT_LE(worse.mean_questions, 260);
  EXPECT_GE(worse.sequence_covers, 0.95);
}

}  // namespace
}  // namespace reckon::reports
