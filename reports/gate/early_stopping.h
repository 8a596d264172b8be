#pragma once
// Asking only as many questions as a gate needs (rule R7): suites in a seeded random order, looked at after
// every answer, stopped when a loss is shown or a loss beyond the margin is excluded.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "reports/gate/policy.h"
#include "reports/run_data.h"
#include "reports/statistics/sequential.h"

namespace reckon::reports {

/// A question that the run could ask.
struct PlannedQuestion {
  std::int64_t doc_id = 0;
  std::string doc_hash;
  std::string cluster;
};

/// Answers count in the order of the plan, whatever order they come in: a look that counted quick answers
/// first would be biased.
class EarlyStopping {
 public:
  /// Errors (exit code 2): a suite of the policy that the baseline lacks, a baseline with several answers a
  /// question, a policy that names a metric (looks need verdicts).
  EarlyStopping(const GatePolicy& policy, const RunData& baseline, std::uint64_t seed);

  /// The order in which to ask: places in `questions`. Errors: questions that are not the baseline's (exit
  /// code 3, naming the field), questions that share a source (not independent).
  std::vector<std::size_t> plan(const std::string& task, const std::vector<PlannedQuestion>& questions);

  /// The verdict on one question; nothing for a sample that failed for technical reasons.
  void add(const std::string& task, std::int64_t doc_id, std::optional<bool> correct);

  /// Nothing more needs to be asked of this task. Tasks that are not gated are asked whole unless a gated one
  /// was shown to be worse.
  bool done(const std::string& task) const;

  /// stopping.json of the run directory (docs/run_directory.md).
  std::string json() const;

 private:
  enum class State { running, worse, no_worse };
  struct Suite {
    double margin = 0;
    std::int64_t least = 0;                 ///< questions in common before the first look
    std::map<std::int64_t, bool> baseline;  ///< verdicts by doc_id
    std::map<std::int64_t, std::string> hashes;
    std::vector<std::int64_t> order;
    std::map<std::int64_t, std::optional<bool>> waiting;  ///< answers ahead of the order
    std::size_t next = 0;                                 ///< in `order`
    SequentialCounts counts;
    State state = State::running;
  };
  void look(Suite& suite);

  double alpha_;
  std::uint64_t seed_;
  bool any_worse_ = false;
  std::map<std::string, Suite> suites_;
};

/// The seeded order of `size` questions of a task.
std::vector<std::size_t> seeded_order(std::size_t size, const std::string& task, std::uint64_t seed);

}  // namespace reckon::reports
