#pragma once
// The StepRunner over a model that is divided among ranks: every rank runs every step.

#include <memory>
#include <vector>

#include "engine/generation/rank_threads.h"
#include "engine/generation/step_runner.h"

namespace reckon::engine {

class ParallelRunner : public StepRunner {
 public:
  /// `runners[r]` is rank r's and is only called on its thread. All of them outlive this one.
  ParallelRunner(RankThreads& threads, std::vector<StepRunner*> runners);

  RunnerLimits limits() const override { return runners_.front()->limits(); }
  void copy_page(std::int32_t to, std::int32_t from) override;
  void run(const StepPlan& plan, StepResults& results) override;
  std::string non_finite_place(std::int32_t first_bad) const override;

 private:
  RankThreads& threads_;
  std::vector<StepRunner*> runners_;
  std::vector<StepResults> results_;  ///< of all ranks; they are the same
};

}  // namespace reckon::engine
