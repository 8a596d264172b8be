#pragma once
// Runs against a baseline run: what changed, on which questions, and whether it is more than chance.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "reports/run_data.h"
#include "reports/summary.h"

namespace reckon::reports {

/// What holds for one suite only.
struct TaskCompareOptions {
  double margin = 0.02;
  std::string metric;
};

struct CompareOptions {
  double margin = 0.02;       ///< differences inside it count as the same (rule R6)
  double alpha = 0.05;        ///< two-sided level of tests; intervals have level 1 - alpha
  bool unpaired = false;      ///< different questions are compared as a whole instead of refused
  std::string metric;         ///< "name" or "name,filter"; empty: whether the sample was judged correct
  std::uint64_t seed = 1234;  ///< of resampling
  std::map<std::string, TaskCompareOptions> tasks;  ///< not empty: these tasks only, each with its own
};

/// `newer` against `older` on the questions that both answered. A task whose questions, grader or policy
/// differ is not compared; `refusals` names the fields. Errors: a margin that is no share, a metric that no
/// record has.
RunComparison compare(const RunData& older, const RunData& newer, const CompareOptions& options = {});
RunComparison compare(const RunData& older, const RunData& newer, double margin);

/// Every later run against the first, with Holm's correction over the suites of all of them.
std::vector<RunComparison> compare_all(const std::vector<RunData>& runs, const CompareOptions& options = {});

/// p-values corrected for the number of tests (Holm), then the verdicts of rule R6. Better and worse need
/// both: an interval off zero, and a corrected p-value of at most alpha.
void decide_all(const std::vector<RunComparison*>& comparisons, double alpha);

/// The refusal that keeps a task, or the whole run, from being compared.
std::optional<std::string> refusal_of(const RunComparison& comparison, const std::string& task);

/// One question whose verdict changed, with an answer of each run that shows it.
struct FlippedSample {
  std::string task;
  std::int64_t doc_id = 0;
  double old_share = 0;  ///< share of its samples judged correct
  double new_share = 0;
  const SampleRecord* older = nullptr;  ///< into the runs given
  const SampleRecord* newer = nullptr;
};

/// Lost questions first, then won ones; the largest changes first. Only questions with the same hash.
std::vector<FlippedSample> flipped_samples(const RunData& older, const RunData& newer);

}  // namespace reckon::reports
