#pragma once
// The StepRunner over a transformer and its KV cache.

#include <memory>
#include <vector>

#include "engine/generation/step_runner.h"
#include "engine/model/transformer.h"

namespace reckon::engine {

class TransformerRunner : public StepRunner {
 public:
  /// The model must outlive the runner; the cache (with its pages) is the runner's own. `context_tokens` is
  /// the most tokens of one sequence.
  TransformerRunner(Transformer& model, const kernels::KvCacheSpec& cache, std::int64_t context_tokens);
  /// The same with as many of the cache's pages as the device has room for: half, a quarter, ... of them.
  /// Errors: not even `least_pages` fit.
  static std::unique_ptr<TransformerRunner> make_fitting(Transformer& model, kernels::KvCacheSpec cache,
                                                         std::int64_t context_tokens,
                                                         std::int32_t least_pages);
  ~TransformerRunner() override;
  /// Fewer pages, before the first step: for ranks of which another one has room for fewer.
  void keep_pages(const kernels::KvCacheSpec& cache);
  TransformerRunner(const TransformerRunner&) = delete;
  TransformerRunner& operator=(const TransformerRunner&) = delete;

  RunnerLimits limits() const override { return limits_; }
  void copy_page(std::int32_t to, std::int32_t from) override;
  void run(const StepPlan& plan, StepResults& results) override;
  std::string non_finite_place(std::int32_t first_bad) const override;

 private:
  void queue_sampling(const StepPlan& plan, const kernels::Tensor& hidden, std::int32_t first);
  void queue_scoring(const StepPlan& plan, const kernels::Tensor& hidden, std::int32_t first);
  void queue_raw(const StepPlan& plan, const kernels::Tensor& hidden, std::int32_t first,
                 StepResults& results);

  Transformer& model_;
  kernels::Backend& backend_;
  kernels::KvCacheHandle cache_;
  RunnerLimits limits_;
  std::vector<std::int32_t> rows_;
  // Results are filled when the back end's work is done, block by block of rows.
  std::vector<std::vector<kernels::SampledRow>> sampled_blocks_;
  std::vector<std::vector<kernels::ScoredRow>> scored_blocks_;
};

}  // namespace reckon::engine
