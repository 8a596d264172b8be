#pragma once
// The one place that chooses how two sets of scores are tested, so that reports, gates and the simulations
// that check them use the same code.

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "reports/statistics/standard_error.h"
#include "reports/summary.h"

namespace reckon::reports {

/// One question in both runs.
struct PairedScore {
  double before = 0;  ///< mean over the samples of the old run
  double after = 0;
  std::int64_t before_samples = 1;
  std::int64_t after_samples = 1;
  std::int64_t cluster = 0;
};

struct DifferenceTest {
  enum class Kind { none, mcnemar, clustered_t, bootstrap, unpaired, sequential };
  Kind kind = Kind::none;
  std::string method;          ///< for people
  std::int64_t questions = 0;  ///< pairs; of the smaller run when unpaired
  std::int64_t clusters = 0;
  double before = 0;
  double after = 0;
  double difference = 0;
  double alpha = 0.05;
  std::optional<Interval> interval;      ///< level 1 - alpha
  std::optional<double> p_value;         ///< two-sided
  std::optional<double> standard_error;  ///< of the difference, over the population of questions
  std::optional<double> sampling_error;  ///< of the difference, with the questions fixed; needs repeats
  std::int64_t gained = 0;               ///< questions on which the new run scores higher
  std::int64_t lost = 0;
  std::optional<Interval> win_share;  ///< exact interval of gained / (gained + lost), McNemar only
};

/// Exact McNemar with Tango's interval for one 0/1 answer each and no clusters; the clustered t test for
/// repeats and clusters of 0/1 answers (its p-value never below the exact sign-flip test's where few clusters
/// differ); for other values the paired BCa bootstrap with a sign-flip test, from 30 clusters on, else the
/// clustered t test. `binary`: every single answer is 0 or 1.
DifferenceTest test_paired(std::span<const PairedScore> pairs, bool binary, double alpha = 0.05,
                           std::uint64_t seed = 1);

/// For runs that were looked at after every question (rule R7): test martingales and a confidence sequence,
/// which hold whenever the run stopped. One 0/1 answer each.
DifferenceTest test_sequential(std::span<const PairedScore> pairs, double alpha = 0.05);

/// Runs on different questions: normal test of the difference of the means, Newcombe's interval where both
/// are shares.
DifferenceTest test_unpaired(const Score& before, const Score& after, double alpha = 0.05);

/// One-sided p-value of "worse by `margin` or more", by the test that was used.
std::optional<double> noninferiority_p(const DifferenceTest& test, double margin);

/// The smallest difference that the test would have found with 80 % power.
std::optional<double> smallest_difference(const DifferenceTest& test);

/// The questions with which `difference` would be found with 80 % power.
std::optional<std::int64_t> questions_needed(const DifferenceTest& test, double difference);

}  // namespace reckon::reports
