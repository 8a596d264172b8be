#include "tests/reports/support/simulations.h"

#include <cmath>
#include <random>
#include <vector>

#include "reports/compare/compare.h"
#include "reports/scores.h"
#include "reports/statistics/comparison_test.h"
#include "reports/statistics/exact.h"
#include "reports/statistics/mcnemar.h"
#include "reports/statistics/power.h"
#include "reports/statistics/quantiles.h"
#include "reports/statistics/sequential.h"
#include "reports/statistics/wilson.h"

namespace reckon::test {
namespace {

using reports::Interval;
using reports::PairedScore;
using reports::QuestionScore;

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}
  double uniform() { return static_cast<double>(engine_() >> 11) * 0x1p-53; }
  bool chance(double p) { return uniform() < p; }
  int binomial(int n, double p) {
    int count = 0;
    for (int i = 0; i < n; ++i) count += chance(p) ? 1 : 0;
    return count;
  }
  // Beta with mean m and intraclass correlation r: parameters m (1-r)/r and (1-m)(1-r)/r.
  double beta(double mean, double correlation) {
    if (correlation <= 0 || mean <= 0 || mean >= 1) return mean;
    const double size = (1 - correlation) / correlation;
    std::gamma_distribution<double> first(mean * size);
    std::gamma_distribution<double> second((1 - mean) * size);
    const double a = first(engine_);
    const double b = second(engine_);
    return a + b > 0 ? a / (a + b) : (chance(mean) ? 1.0 : 0.0);
  }

 private:
  std::mt19937_64 engine_;
};

template <typename MakeInterval>
double exact_coverage(std::int64_t n, double p, MakeInterval make) {
  double covered = 0;
  for (std::int64_t k = 0; k <= n; ++k) {
    const Interval interval = make(k);
    if (interval.low <= p && p <= interval.high) covered += reports::binomial_pmf(k, n, p);
  }
  return covered;
}

std::vector<PairedScore> aa_pairs(const AaSetting& setting, Dice& dice) {
  std::vector<PairedScore> pairs;
  for (int i = 0; i < setting.questions; ++i) {
    PairedScore pair;
    pair.before_samples = pair.after_samples = setting.repeats;
    pair.cluster = i / setting.cluster_size;
    const bool settled = !dice.chance(setting.unsettled);
    const double share = settled ? (dice.chance(setting.share) ? 1.0 : 0.0) : dice.beta(setting.share, 0.3);
    pair.before = static_cast<double>(dice.binomial(setting.repeats, share)) / setting.repeats;
    pair.after = static_cast<double>(dice.binomial(setting.repeats, share)) / setting.repeats;
    pairs.push_back(pair);
  }
  return pairs;
}

}  // namespace

double wilson_coverage(std::int64_t n, double p) {
  return exact_coverage(n, p, [&](std::int64_t k) {
    return reports::wilson_interval(static_cast<double>(k) / static_cast<double>(n), static_cast<double>(n),
                                    reports::kZ95);
  });
}

double clopper_pearson_coverage(std::int64_t n, double p) {
  return exact_coverage(n, p, [&](std::int64_t k) { return reports::clopper_pearson_interval(k, n); });
}

double interval_coverage(const Population& population, int draws, std::uint64_t seed) {
  Dice dice(seed);
  int covered = 0;
  std::vector<QuestionScore> questions(
      static_cast<std::size_t>(population.clusters * population.cluster_size));
  for (int draw = 0; draw < draws; ++draw) {
    std::size_t i = 0;
    for (int cluster = 0; cluster < population.clusters; ++cluster) {
      const double shared = population.cluster_size > 1 ? dice.beta(population.share, population.correlation)
                                                        : population.share;
      for (int member = 0; member < population.cluster_size; ++member, ++i) {
        const double own = population.repeats > 1 ? dice.beta(shared, population.correlation) : shared;
        questions[i] = {static_cast<double>(dice.binomial(population.repeats, own)) / population.repeats,
                        population.repeats, cluster};
      }
    }
    const reports::Score score = reports::score_of(questions, true, true);
    covered += score.interval->low <= population.share && population.share <= score.interval->high ? 1 : 0;
  }
  return static_cast<double>(covered) / draws;
}

int false_alarms(const AaSetting& setting, int gates, std::uint64_t seed) {
  Dice dice(seed);
  int alarms = 0;
  for (int gate = 0; gate < gates; ++gate) {
    reports::RunComparison comparison;
    for (int suite = 0; suite < setting.suites; ++suite) {
      const reports::DifferenceTest test = reports::test_paired(aa_pairs(setting, dice), true);
      reports::TaskComparison task;
      task.interval = test.interval;
      task.p_value = test.p_value;
      task.margin = 0;  // the strictest gate: no loss is too small
      comparison.tasks.push_back(task);
    }
    reports::decide_all({&comparison}, 0.05);
    bool alarm = false;
    for (const reports::TaskComparison& task : comparison.tasks) {
      alarm = alarm || task.verdict == reports::Verdict::worse;
    }
    alarms += alarm ? 1 : 0;
  }
  return alarms;
}

double simulated_mcnemar_power(int n, double discordance, double difference, int draws, std::uint64_t seed) {
  Dice dice(seed);
  const double gained = (discordance + difference) / 2;
  int called = 0;
  for (int draw = 0; draw < draws; ++draw) {
    std::int64_t b = 0;
    std::int64_t c = 0;
    for (int i = 0; i < n; ++i) {
      const double u = dice.uniform();
      b += u < gained ? 1 : 0;
      c += u >= gained && u < discordance ? 1 : 0;
    }
    called += reports::mcnemar_exact_p(b, c) <= 0.05 ? 1 : 0;
  }
  return static_cast<double>(called) / draws;
}

StatedPower repeats_power(int questions, int repeats, double gain, int draws, std::uint64_t seed) {
  Dice dice(seed);
  int called = 0;
  double variances = 0;
  std::vector<PairedScore> pairs(static_cast<std::size_t>(questions));
  for (int draw = 0; draw < draws; ++draw) {
    for (int i = 0; i < questions; ++i) {
      const double share = 0.2 + 0.6 * dice.uniform();
      pairs[static_cast<std::size_t>(i)] = {
          static_cast<double>(dice.binomial(repeats, share)) / repeats,
          static_cast<double>(dice.binomial(repeats, share + gain)) / repeats, repeats, repeats, i};
    }
    const reports::DifferenceTest test = reports::test_paired(pairs, true);
    called += *test.p_value <= 0.05 ? 1 : 0;
    variances += *test.standard_error * *test.standard_error;
  }
  const double error = std::sqrt(variances / draws);
  return {reports::t_power(gain, error, questions - 1, 0.05), static_cast<double>(called) / draws};
}

SequentialOutcome look_after_every_question(int questions, double discordance, double lost_share, int draws,
                                            std::uint64_t seed) {
  Dice dice(seed);
  const double truth = discordance * (1 - 2 * lost_share);
  SequentialOutcome outcome;
  for (int draw = 0; draw < draws; ++draw) {
    reports::SequentialCounts counts;
    bool stopped = false;
    bool held = true;
    while (counts.questions < questions && !stopped) {
      ++counts.questions;
      const double u = dice.uniform();
      if (u < discordance) {
        ++(u < discordance * lost_share ? counts.lost : counts.gained);
        stopped = reports::sequential_p_worse(counts) <= 0.05;
      }
      // The sequence moves slowly: every tenth look, and the last, are enough to see it miss.
      if (held && (stopped || counts.questions % 10 == 0 || counts.questions == questions)) {
        const Interval sequence = reports::confidence_sequence(counts, 0.05);
        held = sequence.low <= truth && truth <= sequence.high;
      }
    }
    outcome.stopped += stopped ? 1 : 0;
    outcome.mean_questions += static_cast<double>(counts.questions);
    outcome.sequence_covers += held ? 1 : 0;
  }
  outcome.stopped /= draws;
  outcome.mean_questions /= draws;
  outcome.sequence_covers /= draws;
  return outcome;
}

}  // namespace reckon::test
