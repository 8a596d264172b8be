// Tests, powers, repeats and sequential evidence against SciPy and enumeration (golden/comparisons.json, made
// by golden/make_comparisons.py).

#include <cmath>

#include <gtest/gtest.h>

#include "base/json.h"
#include "reports/statistics/change_point.h"
#include "reports/statistics/comparison_test.h"
#include "reports/statistics/counter_random.h"
#include "reports/statistics/exact.h"
#include "reports/statistics/mann_whitney.h"
#include "reports/statistics/paired_difference.h"
#include "reports/statistics/power.h"
#include "reports/statistics/repeats.h"
#include "reports/statistics/sequential.h"
#include "tests/support/shared_data.h"

namespace reckon::reports {
namespace {

class GoldenComparisons : public ::testing::Test {
 protected:
  static const json::Value& cases(const char* name) {
    static const json::Document parsed =
        json::parse_file(test::source_file("tests/reports/golden/comparisons.json"));
    EXPECT_GE(parsed[name].Size(), 20u) << name;
    return parsed[name];
  }
};

std::vector<double> numbers(const json::Value& list) {
  std::vector<double> values;
  for (const json::Value& item : list.GetArray()) values.push_back(item.GetDouble());
  return values;
}

TEST_F(GoldenComparisons, PowerOfMcNemar) {
  for (const json::Value& item : cases("mcnemar_power").GetArray()) {
    EXPECT_NEAR(mcnemar_power(item["n"].GetInt64(), item["discordance"].GetDouble(),
                              item["difference"].GetDouble(), 0.05),
                item["power"].GetDouble(), 1e-9)
        << item["n"].GetInt() << " " << item["discordance"].GetDouble();
  }
}

TEST_F(GoldenComparisons, PowerOfT) {
  for (const json::Value& item : cases("t_power").GetArray()) {
    EXPECT_NEAR(t_power(item["shift"].GetDouble(), 1.0, item["degrees"].GetDouble(), 0.05),
                item["power"].GetDouble(), 2e-6)
        << item["degrees"].GetInt() << " " << item["shift"].GetDouble();
  }
}

TEST_F(GoldenComparisons, PassAtKAndPassHatK) {
  for (const json::Value& item : cases("repeats").GetArray()) {
    const auto n = item["n"].GetInt64();
    const auto c = item["c"].GetInt64();
    const auto k = item["k"].GetInt64();
    EXPECT_NEAR(pass_at_k(n, c, k).value(), item["pass_at"].GetDouble(), 1e-10) << n << " " << c << " " << k;
    EXPECT_NEAR(pass_hat_k(n, c, k).value(), item["pass_hat"].GetDouble(), 1e-10);
  }
  EXPECT_FALSE(pass_at_k(4, 2, 5).has_value());  // from the samples made, and only for k <= n
  EXPECT_FALSE(pass_hat_k(4, 5, 2).has_value());
  EXPECT_FALSE(pass_at_k(0, 0, 0).has_value());
}

TEST_F(GoldenComparisons, Consensus) {
  for (const json::Value& item : cases("consensus").GetArray()) {
    std::vector<Vote> votes;
    for (rapidjson::SizeType i = 0; i < item["classes"].Size(); ++i) {
      votes.push_back({item["classes"][i].GetInt64(), item["correct"][i].GetBool()});
    }
    const auto k = static_cast<std::size_t>(item["k"].GetInt());
    const double score = consensus_at_k(votes, k, 5).value();
    if (k == votes.size()) {
      EXPECT_NEAR(score, item["score"].GetDouble(), 1e-12);
    } else {
      EXPECT_NEAR(score, item["score"].GetDouble(), 5 * 0.5 / std::sqrt(kConsensusSubsets));
      EXPECT_EQ(score, consensus_at_k(votes, k, 5).value());  // seeded
    }
  }
  EXPECT_FALSE(consensus_at_k({}, 1, 1).has_value());
}

TEST_F(GoldenComparisons, ClopperPearson) {
  for (const json::Value& item : cases("clopper_pearson").GetArray()) {
    const Interval interval = clopper_pearson_interval(item["k"].GetInt64(), item["n"].GetInt64());
    EXPECT_NEAR(interval.low, item["low"].GetDouble(), 1e-9);
    EXPECT_NEAR(interval.high, item["high"].GetDouble(), 1e-9);
  }
}

TEST_F(GoldenComparisons, MannWhitney) {
  for (const json::Value& item : cases("mann_whitney").GetArray()) {
    EXPECT_NEAR(mann_whitney_p(numbers(item["a"]), numbers(item["b"])), item["p"].GetDouble(), 1e-9)
        << item["a"].Size() << " against " << item["b"].Size();
  }
}

TEST_F(GoldenComparisons, HodgesLehmann) {
  for (const json::Value& item : cases("hodges_lehmann").GetArray()) {
    const RatioEstimate estimate = hodges_lehmann_ratio(numbers(item["a"]), numbers(item["b"]));
    EXPECT_NEAR(estimate.ratio, item["ratio"].GetDouble(), 1e-9);
    EXPECT_NEAR(estimate.interval.low, item["low"].GetDouble(), 1e-9) << item["a"].Size();
    EXPECT_NEAR(estimate.interval.high, item["high"].GetDouble(), 1e-9) << item["b"].Size();
  }
}

TEST_F(GoldenComparisons, SignFlips) {
  for (const json::Value& item : cases("sign_flips").GetArray()) {
    std::vector<QuestionScore> list;
    for (rapidjson::SizeType i = 0; i < item["differences"].Size(); ++i) {
      list.push_back({item["differences"][i].GetDouble(), 1, item["clusters"][i].GetInt64()});
    }
    const auto p = sign_flip_p(list);
    ASSERT_EQ(p.has_value(), !item["p"].IsNull());
    if (p) {
      EXPECT_NEAR(*p, item["p"].GetDouble(), 1e-12);
    }
  }
}

TEST_F(GoldenComparisons, SequentialEvidenceAndConfidenceSequence) {
  for (const json::Value& item : cases("sequential").GetArray()) {
    const SequentialCounts counts{item["n"].GetInt64(), item["gained"].GetInt64(), item["lost"].GetInt64()};
    EXPECT_NEAR(log_evidence_two_sided(counts), item["two_sided"].GetDouble(), 1e-7) << counts.questions;
    EXPECT_NEAR(log_evidence_worse(counts), item["worse"].GetDouble(), 1e-6) << counts.questions;
    const Interval sequence = confidence_sequence(counts, 0.05);
    EXPECT_NEAR(sequence.low, item["low"].GetDouble(), 1e-6) << counts.questions << " " << counts.gained;
    EXPECT_NEAR(sequence.high, item["high"].GetDouble(), 1e-6) << counts.questions << " " << counts.lost;
  }
}

TEST(SmallestDifference, IsWhereThePowerReachesEightyPercent) {
  for (const std::int64_t n : {30, 100, 500, 1319}) {
    for (const double discordance : {0.0, 0.05, 0.2}) {
      const auto smallest = mcnemar_smallest_difference(n, discordance, 0.05);
      ASSERT_TRUE(smallest.has_value());
      const auto power = [&](double d) { return mcnemar_power(n, std::max(discordance, d), d, 0.05); };
      EXPECT_GE(power(*smallest), kPower);
      EXPECT_LT(power(*smallest - 1e-4), kPower + 1e-9) << n << " " << discordance;
    }
  }
  // Five pairs can never reject at 5 %: 2 / 2^5 > .05.
  EXPECT_FALSE(mcnemar_smallest_difference(5, 0.2, 0.05).has_value());
}

TEST(QuestionsNeeded, AreEnoughAndOneFewerIsNot) {
  const std::int64_t n = mcnemar_questions_needed(0.1, 0.04, 0.05).value();
  EXPECT_GE(mcnemar_power(n, 0.1, 0.04, 0.05), kPower);
  EXPECT_LT(mcnemar_power(n - 1, 0.1, 0.04, 0.05), kPower);
  EXPECT_FALSE(mcnemar_questions_needed(0.1, 0, 0.05).has_value());
  const std::int64_t t = t_questions_needed(100, 50, 0.03, 0.04, 0.05).value();
  EXPECT_EQ(t % 2, 0);  // clusters of two
  const double clusters = static_cast<double>(t) / 2;
  EXPECT_GE(t_power(0.04, 0.03 * std::sqrt(50.0 / clusters), clusters - 1, 0.05), kPower);
  EXPECT_GT(normal_questions_needed(100, 0.03, 0.02, 0.05).value(), 100);
}

std::vector<PairedScore> pairs(int both, int gained, int lost, int neither, int repeats = 1) {
  std::vector<PairedScore> list;
  const auto add = [&](int count, double before, double after) {
    for (int i = 0; i < count; ++i)
      list.push_back({before, after, repeats, repeats, static_cast<std::int64_t>(list.size())});
  };
  add(both, 1, 1);
  add(gained, 0, 1);
  add(lost, 1, 0);
  add(neither, 0, 0);
  return list;
}

TEST(ChosenTest, FollowsTheData) {
  EXPECT_EQ(test_paired(pairs(50, 10, 2, 50), true).kind, DifferenceTest::Kind::mcnemar);
  EXPECT_EQ(test_paired(pairs(50, 10, 2, 50, 2), true).kind, DifferenceTest::Kind::clustered_t);
  auto clustered = pairs(50, 10, 2, 50);
  for (PairedScore& pair : clustered) pair.cluster /= 4;
  EXPECT_EQ(test_paired(clustered, true).kind, DifferenceTest::Kind::clustered_t);
  EXPECT_EQ(test_paired(pairs(50, 10, 2, 50), false).kind, DifferenceTest::Kind::bootstrap);
  EXPECT_EQ(test_paired(pairs(5, 2, 2, 5), false).kind, DifferenceTest::Kind::clustered_t);
  EXPECT_EQ(test_paired({}, true).kind, DifferenceTest::Kind::none);
  auto one = pairs(3, 0, 0, 0, 2);
  for (PairedScore& pair : one) pair.cluster = 1;
  EXPECT_EQ(test_paired(one, true).kind, DifferenceTest::Kind::none);
}

TEST(ChosenTest, SamplingErrorOnlyWithRepeats) {
  EXPECT_FALSE(test_paired(pairs(50, 10, 2, 50), true).sampling_error.has_value());
  std::vector<PairedScore> half{{0.5, 0.5, 2, 2, 0}, {0.5, 1, 2, 2, 1}};
  // n^-2 (.25 + .25) and n^-2 .25 with K - 1 = 1.
  EXPECT_NEAR(test_paired(half, true).sampling_error.value(), std::sqrt(0.5 / 4 + 0.25 / 4), 1e-15);
}

TEST(ChosenTest, FewClustersThatDifferDecideNothingAlone) {
  // Four clusters lost and none won: t says .0423, and one order of signs in eight looks like this.
  const DifferenceTest test = test_paired(pairs(8, 0, 4, 8, 2), true);
  EXPECT_NEAR(*test.p_value, 0.125, 1e-12);
}

TEST(Noninferiority, AgreesWithTheInterval) {
  for (const int lost : {0, 3, 8, 20}) {
    for (const int repeats : {1, 2}) {
      const DifferenceTest test = test_paired(pairs(150, 5, lost, 150, repeats), true);
      const double margin = -test.interval->low;
      EXPECT_NEAR(noninferiority_p(test, margin).value(), 0.025, 1e-6) << lost << " " << repeats;
      EXPECT_LT(noninferiority_p(test, margin + 0.01).value(), 0.025);
    }
  }
}

TEST(ChangePoint, FindsAStepAndItsPlace) {
  std::vector<double> series;
  for (std::uint64_t i = 0; i < 30; ++i) {
    const double noise = static_cast<double>(random_below(9, 0, i, 1000)) / 1000 - 0.5;
    series.push_back((i < 18 ? 0.7 : 0.6) + 0.02 * noise);
  }
  const ChangePoint change = find_change_point(series, 1).value();
  EXPECT_EQ(change.index, 18u);
  EXPECT_LE(change.low, 18u);
  EXPECT_GE(change.high, 18u);
  EXPECT_LE(change.high - change.low, 2u);
  EXPECT_LT(change.p_value, 0.001);
  EXPECT_NEAR(change.before, 0.7, 0.01);
  EXPECT_NEAR(change.after, 0.6, 0.01);
  EXPECT_FALSE(find_change_point(std::span(series).first(9), 1).has_value());
  EXPECT_FALSE(find_change_point(std::vector<double>(20, 0.5), 1).has_value());
}

TEST(ChangePoint, FalseAlarmsStayAtTheirLevel) {
  int alarms = 0;
  constexpr int kSeries = 200;
  for (std::uint64_t s = 0; s < kSeries; ++s) {
    std::vector<double> series;
    for (std::uint64_t i = 0; i < 12; ++i)
      series.push_back(static_cast<double>(random_below(77, s, i, 1000)));
    if (find_change_point(series, s)->p_value <= 0.05) ++alarms;
  }
  EXPECT_LE(alarms, 21);  // the 99.9 % point of Bin(200, .05)
}

TEST(ChangePoint, IntervalOfTheIndexCovers) {
  int covered = 0;
  constexpr int kSeries = 100;
  for (std::uint64_t s = 0; s < kSeries; ++s) {
    std::vector<double> series;
    for (std::uint64_t i = 0; i < 24; ++i) {
      // Four uniform draws: nearly normal with standard deviation .58; the step is two of them.
      double value = i < 14 ? 0 : 1.16;
      for (std::uint64_t part = 0; part < 4; ++part)
        value += static_cast<double>(random_below(5, s, 4 * i + part, 1000)) / 1000 - 0.5;
      series.push_back(value);
    }
    const ChangePoint change = find_change_point(series, s).value();
    covered += change.low <= 14 && 14 <= change.high ? 1 : 0;
  }
  EXPECT_GE(covered, 88);  // the 0.1 % point of Bin(100, .95)
}

}  // namespace
}  // namespace reckon::reports
