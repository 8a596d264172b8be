#pragma once
// Made-up evaluations, to see whether intervals cover, tests keep their level, and stated powers are true.

#include <cstdint>
#include <string>

namespace reckon::test {

/// Exact coverage of the 95 % Wilson interval (or Clopper-Pearson) at the true share p: a sum over all
/// counts.
double wilson_coverage(std::int64_t n, double p);
double clopper_pearson_coverage(std::int64_t n, double p);

/// Questions in clusters of `cluster_size`, each answered `repeats` times. A cluster's difficulty is
/// Beta-distributed with mean `share` and intraclass correlation `correlation`; a question's own difficulty
/// likewise around its cluster's where there are repeats.
struct Population {
  int clusters = 50;
  int cluster_size = 1;
  int repeats = 1;
  double share = 0.5;
  double correlation = 0.3;
};
/// Share of `draws` evaluations whose interval holds `share`.
double interval_coverage(const Population& population, int draws, std::uint64_t seed);

/// Two runs of one model on the same questions.
struct AaSetting {
  int suites = 1;
  int questions = 100;
  int repeats = 1;
  int cluster_size = 1;
  double share = 0.6;
  double unsettled = 0.3;  ///< share of questions that a second run may answer otherwise; 0: greedy
};
/// Gates of `gates` that fail at level 5 %.
int false_alarms(const AaSetting& setting, int gates, std::uint64_t seed);

/// Share of `draws` comparisons of n pairs that exact McNemar calls different at 5 %.
double simulated_mcnemar_power(int n, double discordance, double difference, int draws, std::uint64_t seed);

/// Stated and simulated power of the t test for repeats: the new run answers each question rightly with a
/// chance that is higher by `gain`.
struct StatedPower {
  double stated = 0;  ///< from the mean standard error of the draws
  double simulated = 0;
};
StatedPower repeats_power(int questions, int repeats, double gain, int draws, std::uint64_t seed);

/// Looking after every question (rule R7), at most `questions` of them, of which a share `discordance` is
/// answered differently, `lost_share` of these for the worse.
struct SequentialOutcome {
  double stopped = 0;          ///< share of runs stopped as worse
  double mean_questions = 0;   ///< asked, over all runs
  double sequence_covers = 0;  ///< share of runs whose confidence sequence held the truth at every look
};
SequentialOutcome look_after_every_question(int questions, double discordance, double lost_share, int draws,
                                            std::uint64_t seed);

/// The tables of docs/statistics.md.
std::string simulation_tables(int draws, int gates);

}  // namespace reckon::test
