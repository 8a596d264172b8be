#include "engine/generation/parallel_runner.h"

#include <utility>

namespace reckon::engine {

ParallelRunner::ParallelRunner(RankThreads& threads, std::vector<StepRunner*> runners)
    : threads_(threads), runners_(std::move(runners)), results_(runners_.size()) {}

void ParallelRunner::copy_page(std::int32_t to, std::int32_t from) {
  threads_.run([&](std::int32_t rank) { runners_[static_cast<std::size_t>(rank)]->copy_page(to, from); });
}

void ParallelRunner::run(const StepPlan& plan, StepResults& results) {
  // Every rank has every row of logits and draws from it: no result has to travel.
  threads_.run([&](std::int32_t rank) {
    const auto r = static_cast<std::size_t>(rank);
    runners_[r]->run(plan, results_[r]);
  });
  std::swap(results, results_.front());
}

std::string ParallelRunner::non_finite_place(std::int32_t first_bad) const {
  return runners_.front()->non_finite_place(first_bad);
}

}  // namespace reckon::engine
