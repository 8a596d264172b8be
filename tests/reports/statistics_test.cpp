// Every formula against SciPy (golden/statistics.json, made by golden/make_statistics.py), and what must hold
// anyway.

#include <cmath>

#include <gtest/gtest.h>

#include "base/json.h"
#include "reports/cost/per_solved.h"
#include "reports/statistics/bootstrap.h"
#include "reports/statistics/counter_random.h"
#include "reports/statistics/decision.h"
#include "reports/statistics/holm.h"
#include "reports/statistics/mcnemar.h"
#include "reports/statistics/paired_difference.h"
#include "reports/statistics/quantiles.h"
#include "reports/statistics/standard_error.h"
#include "reports/statistics/wilson.h"
#include "tests/support/shared_data.h"

namespace reckon::reports {
namespace {

class Golden : public ::testing::Test {
 protected:
  static const json::Document& document() {
    static const json::Document parsed =
        json::parse_file(test::source_file("tests/reports/golden/statistics.json"));
    return parsed;
  }
  static const json::Value& cases(const char* name) { return document()[name]; }
};

std::vector<double> numbers(const json::Value& list) {
  std::vector<double> values;
  for (const json::Value& item : list.GetArray()) values.push_back(item.GetDouble());
  return values;
}

std::vector<QuestionScore> questions(const json::Value& scores, const json::Value& clusters,
                                     const json::Value* samples = nullptr) {
  std::vector<QuestionScore> list;
  for (rapidjson::SizeType i = 0; i < scores.Size(); ++i) {
    list.push_back({scores[i].GetDouble(), samples ? (*samples)[i].GetInt64() : 1, clusters[i].GetInt64()});
  }
  return list;
}

TEST_F(Golden, Quantiles) {
  const json::Value& all = cases("quantiles");
  for (const json::Value& item : all["normal"].GetArray()) {
    EXPECT_NEAR(normal_quantile(item["p"].GetDouble()), item["z"].GetDouble(), 1e-10);
    EXPECT_NEAR(normal_cdf(item["z"].GetDouble()), item["p"].GetDouble(), 1e-12);
  }
  for (const json::Value& item : all["t"].GetArray()) {
    const double t = item["t"].GetDouble();
    EXPECT_NEAR(t_quantile(item["p"].GetDouble(), item["df"].GetDouble()), t, 1e-8 * std::fabs(t))
        << item["df"].GetInt();
    EXPECT_NEAR(t_two_sided_p(t, item["df"].GetDouble()), item["two_sided"].GetDouble(), 1e-10);
  }
  for (const json::Value& item : all["binomial"].GetArray()) {
    EXPECT_NEAR(binomial_cdf(item["k"].GetInt64(), item["n"].GetInt64(), item["p"].GetDouble()),
                item["cdf"].GetDouble(), 1e-12);
  }
}

TEST_F(Golden, Wilson) {
  ASSERT_GE(cases("wilson").Size(), 20u);
  for (const json::Value& item : cases("wilson").GetArray()) {
    const double n = item["n"].GetDouble();
    const Interval interval = wilson_interval(item["k"].GetDouble() / n, n, kZ95);
    EXPECT_NEAR(interval.low, item["low"].GetDouble(), 1e-10) << item["k"].GetInt() << "/" << n;
    EXPECT_NEAR(interval.high, item["high"].GetDouble(), 1e-10) << item["k"].GetInt() << "/" << n;
    EXPECT_LT(interval.low, interval.high);
  }
}

TEST_F(Golden, StandardErrors) {
  ASSERT_GE(cases("errors").Size(), 20u);
  for (const json::Value& item : cases("errors").GetArray()) {
    const auto list = questions(item["scores"], item["clusters"], &item["samples"]);
    EXPECT_NEAR(mean_score(list), item["mean"].GetDouble(), 1e-12);
    const auto population = population_standard_error(list);
    ASSERT_TRUE(population.has_value());
    EXPECT_NEAR(*population, item["population"].GetDouble(), 1e-12);
    const auto sampling = sampling_standard_error(list);
    ASSERT_EQ(sampling.has_value(), !item["sampling"].IsNull());
    if (sampling) {
      EXPECT_NEAR(*sampling, item["sampling"].GetDouble(), 1e-12);
    }
    EXPECT_NEAR(effective_n(static_cast<std::int64_t>(list.size()), mean_score(list), *population,
                            count_clusters(list)),
                item["effective_n"].GetDouble(), 1e-6);
  }
}

TEST_F(Golden, McNemar) {
  ASSERT_GE(cases("mcnemar").Size(), 20u);
  for (const json::Value& item : cases("mcnemar").GetArray()) {
    EXPECT_NEAR(mcnemar_exact_p(item["b"].GetInt64(), item["c"].GetInt64()), item["p"].GetDouble(), 1e-10)
        << item["b"].GetInt() << " against " << item["c"].GetInt();
  }
}

TEST_F(Golden, Tango) {
  ASSERT_GE(cases("tango").Size(), 20u);
  for (const json::Value& item : cases("tango").GetArray()) {
    const Interval interval =
        tango_interval(item["gained"].GetInt64(), item["lost"].GetInt64(), item["n"].GetInt64(), kZ95);
    EXPECT_NEAR(interval.low, item["low"].GetDouble(), 1e-5)
        << item["gained"].GetInt() << " " << item["lost"].GetInt();
    EXPECT_NEAR(interval.high, item["high"].GetDouble(), 1e-5)
        << item["gained"].GetInt() << " " << item["lost"].GetInt();
  }
}

TEST_F(Golden, ClusteredDifference) {
  ASSERT_GE(cases("clustered_t").Size(), 20u);
  for (const json::Value& item : cases("clustered_t").GetArray()) {
    const auto result = clustered_difference(questions(item["differences"], item["clusters"]));
    ASSERT_TRUE(result.has_value());
    EXPECT_NEAR(result->interval.low, item["low"].GetDouble(), 1e-9);
    EXPECT_NEAR(result->interval.high, item["high"].GetDouble(), 1e-9);
    EXPECT_NEAR(result->p_value, item["p"].GetDouble(), 1e-9);
  }
}

TEST_F(Golden, Holm) {
  ASSERT_GE(cases("holm").Size(), 20u);
  for (const json::Value& item : cases("holm").GetArray()) {
    const std::vector<double> adjusted = holm_adjusted(numbers(item["p"]));
    const std::vector<double> expected = numbers(item["adjusted"]);
    ASSERT_EQ(adjusted.size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(adjusted[i], expected[i], 1e-12);
  }
}

TEST_F(Golden, BcaEnds) {
  ASSERT_GE(cases("bca").Size(), 20u);
  for (const json::Value& item : cases("bca").GetArray()) {
    const auto interval =
        bca_interval(item["estimate"].GetDouble(), numbers(item["replicates"]), numbers(item["jackknife"]));
    ASSERT_TRUE(interval.has_value());
    EXPECT_NEAR(interval->low, item["low"].GetDouble(), 1e-9);
    EXPECT_NEAR(interval->high, item["high"].GetDouble(), 1e-9);
  }
}

TEST_F(Golden, BootstrapOfAMeanAgreesWithinItsOwnNoise) {
  for (const json::Value& item : cases("bootstrap").GetArray()) {
    std::vector<QuestionScore> list;
    for (double value : numbers(item["data"]))
      list.push_back({value, 1, static_cast<std::int64_t>(list.size())});
    const auto interval = bootstrap_mean_interval(list, 20'000, 42);
    ASSERT_TRUE(interval.has_value());
    const double noise = 0.1 * item["error"].GetDouble();
    EXPECT_NEAR(interval->low, item["low"].GetDouble(), noise);
    EXPECT_NEAR(interval->high, item["high"].GetDouble(), noise);
  }
}

TEST_F(Golden, CostPerSolved) {
  ASSERT_GE(cases("fieller").Size(), 20u);
  for (const json::Value& item : cases("fieller").GetArray()) {
    std::vector<CostAndSolved> list;
    const auto cost = numbers(item["cost"]);
    const auto solved = numbers(item["solved"]);
    for (std::size_t i = 0; i < cost.size(); ++i) list.push_back({cost[i], solved[i], 1});
    const CostPerSolved result = cost_per_solved(list);
    ASSERT_TRUE(result.usd.has_value());
    EXPECT_NEAR(*result.usd, item["ratio"].GetDouble(), 1e-9);
    EXPECT_NEAR(cost_per_solved_standard_error(list), item["error"].GetDouble(), 1e-9);
    ASSERT_EQ(result.high.has_value(), !item["high"].IsNull()) << "n = " << cost.size();
    if (!result.high) continue;
    EXPECT_NEAR(*result.high, item["high"].GetDouble(), 1e-6 * *result.high);
    EXPECT_NEAR(*result.low, item["low"].GetDouble(), 1e-6 * *result.high);
  }
}

TEST(Philox, PublishedVectors) {
  // Known answers of Random123, the authors' own implementation.
  EXPECT_EQ(philox4x32({0, 0, 0, 0}, {0, 0}),
            (std::array<std::uint32_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox4x32({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}),
            (std::array<std::uint32_t, 4>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (std::array<std::uint32_t, 4>{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(RandomBelow, StaysBelowAndReachesEverything) {
  std::vector<int> seen(7);
  for (std::uint64_t i = 0; i < 7000; ++i) {
    const std::uint64_t draw = random_below(3, 1, i, 7);
    ASSERT_LT(draw, 7u);
    ++seen[draw];
  }
  // Each is Bin(7000, 1/7): mean 1000, standard deviation 29.
  for (int count : seen) EXPECT_NEAR(count, 1000, 5 * 29);
  EXPECT_LT(random_below(1, 2, 3, std::uint64_t{1} << 60), std::uint64_t{1} << 60);
}

TEST(Decision, RuleR6) {
  EXPECT_EQ(decide({0.01, 0.05}, 0.02), Verdict::better);
  EXPECT_EQ(decide({-0.05, -0.01}, 0.02), Verdict::worse);
  EXPECT_EQ(decide({-0.01, 0.015}, 0.02), Verdict::same);
  EXPECT_EQ(decide({0.005, 0.015}, 0.02), Verdict::same);  // real, but within the margin
  EXPECT_EQ(decide({-0.05, 0.03}, 0.02), Verdict::inconclusive);
  EXPECT_EQ(decide({-0.02, 0.01}, 0.02), Verdict::inconclusive);  // the margin itself is outside
}

TEST(EqualData, NeverGiveAZeroWidth) {
  for (double value : {0.0, 0.5, 1.0}) {
    std::vector<QuestionScore> list;
    for (int i = 0; i < 40; ++i) list.push_back({value, 2, i / 4});
    EXPECT_EQ(population_standard_error(list), 0.0);
    const double n = effective_n(40, value, 0, count_clusters(list));
    EXPECT_EQ(n, 10);
    const Interval interval = wilson_interval(value, n, kZ95);
    EXPECT_GT(interval.high - interval.low, 0.1);
  }
  const Interval none = tango_interval(0, 0, 300, kZ95);
  EXPECT_NEAR(none.high, 1 - std::pow(0.025, 1.0 / 300), 1e-15);
  EXPECT_NEAR(none.low, -none.high, 1e-15);
}

TEST(CostPerSolvedByHand, NoneAllAndOne) {
  // Nobody solved anything: a lower bound, the cost of a sample over Wilson's upper end z^2 / (n + z^2).
  const std::vector<CostAndSolved> none(10, {2.0, 0, 1});
  const CostPerSolved nothing = cost_per_solved(none);
  EXPECT_FALSE(nothing.usd.has_value());
  EXPECT_FALSE(nothing.high.has_value());
  EXPECT_NEAR(*nothing.low, 2.0 * (10 + kZ95 * kZ95) / (kZ95 * kZ95), 1e-9);
  // Everybody did, at the same cost: still an interval.
  const std::vector<CostAndSolved> all(10, {2.0, 1, 1});
  const CostPerSolved each = cost_per_solved(all);
  EXPECT_DOUBLE_EQ(*each.usd, 2.0);
  EXPECT_GT(*each.high, *each.low);
  // Wrong answers are paid for: 4 x 1 USD, 2 solved.
  const std::vector<CostAndSolved> half{{1, 1, 1}, {1, 0, 1}, {1, 1, 1}, {1, 0, 1}};
  EXPECT_DOUBLE_EQ(*cost_per_solved(half).usd, 2.0);
  EXPECT_FALSE(cost_per_solved({}).low.has_value());
}

TEST(Bootstrap, SameSeedSameDraws) {
  std::vector<QuestionScore> list;
  for (int i = 0; i < 50; ++i) list.push_back({i % 3 == 0 ? 1.0 : 0.0, 1, i});
  EXPECT_EQ(bootstrap_means(list, 50, 7), bootstrap_means(list, 50, 7));
  EXPECT_NE(bootstrap_means(list, 50, 7), bootstrap_means(list, 50, 8));
  const std::vector<QuestionScore> few(list.begin(), list.begin() + 20);
  EXPECT_FALSE(bootstrap_mean_interval(few, 100, 1).has_value());
}

}  // namespace
}  // namespace reckon::reports
