#pragma once
// What the scheduler needs of a model: run one ragged batch, draw or score tokens at chosen rows. A
// transformer is one implementation, a scripted fake in the tests another.

#include <cstdint>
#include <string>
#include <vector>

#include "kernels/batch.h"
#include "kernels/sampling.h"

namespace reckon::engine {

/// One step: new tokens, and what is wanted of which of its rows (a row is an index into batch.token_ids).
struct StepPlan {
  kernels::RaggedBatch batch;
  std::vector<std::int32_t> sampled_rows;      ///< rows after which a token is drawn
  std::vector<kernels::SamplingRow> sampling;  ///< one for each of sampled_rows
  std::vector<std::int32_t> scored_rows;       ///< rows after which a given token is scored
  std::vector<std::int32_t> targets;           ///< one for each of scored_rows
  std::int32_t score_top_n = 0;                ///< most probable tokens wanted beside each score
  std::vector<std::int32_t> raw_rows;          ///< rows whose log-probabilities are wanted as a whole

  void clear();
};

struct StepResults {
  std::vector<kernels::SampledRow> sampled;  ///< one for each of sampled_rows
  std::vector<kernels::ScoredRow> scored;    ///< one for each of scored_rows
  std::vector<float> raw;                    ///< log-probabilities [raw_rows, vocabulary]
  /// [T]: -1 where the row stayed finite, else a place for StepRunner::non_finite_place().
  std::vector<std::int32_t> first_bad;
};

struct RunnerLimits {
  std::int32_t pages = 0;            ///< of the KV cache
  std::int32_t page_tokens = 0;      ///< positions a page holds
  std::int32_t max_step_tokens = 0;  ///< most new tokens in one step
  std::int32_t vocab_size = 0;
  std::int64_t context_tokens = 0;  ///< most tokens of one sequence
};

class StepRunner {
 public:
  virtual ~StepRunner() = default;
  virtual RunnerLimits limits() const = 0;
  /// Copies a whole page of the KV cache, before the next run().
  virtual void copy_page(std::int32_t to, std::int32_t from) = 0;
  /// Runs the step to its end; `results` is overwritten.
  virtual void run(const StepPlan& plan, StepResults& results) = 0;
  /// Where a non-finite value first came up, for people: "layer 7".
  virtual std::string non_finite_place(std::int32_t first_bad) const = 0;
};

inline void StepPlan::clear() {
  batch.token_ids.clear();
  batch.positions.clear();
  batch.roles.clear();
  // batch.sequences keeps its slices (and their vectors): the scheduler overwrites and trims them.
  sampled_rows.clear();
  sampling.clear();
  scored_rows.clear();
  targets.clear();
  score_top_n = 0;
  raw_rows.clear();
}

}  // namespace reckon::engine
