#pragma once
// The forward pass of a transformer, written once over kernels::Backend. What differs between architectures
// is data (model_config.h).

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "engine/model/model_config.h"
#include "engine/model/model_source.h"
#include "engine/model/parallel_plan.h"
#include "kernels/backend.h"

namespace reckon::engine {

/// Rows of logits computed at once: bounds the memory of a step that asks for many.
constexpr std::int32_t kLogitBlock = 64;

struct LoadOptions {
  std::int32_t max_step_tokens = 512;  ///< most new tokens in one step; sizes the scratch memory
  /// Called while weights are loaded, with layers done and in all.
  std::function<void(std::int32_t done, std::int32_t total)> progress;
  ParallelPlan parallel = {};  ///< what of the model the back end's rank holds
};

class Transformer {
 public:
  /// The back end and the source must outlive the model. Errors: tensors missing or of another shape, a plan
  /// that the model cannot be divided by or that is not one of the back end's ranks.
  static std::unique_ptr<Transformer> load(const ModelSource& source, kernels::Backend& backend,
                                           const LoadOptions& options = {});
  virtual ~Transformer() = default;

  virtual const ModelConfig& config() const = 0;  ///< of the whole model
  virtual kernels::Backend& backend() const = 0;
  virtual std::int32_t max_step_tokens() const = 0;

  /// What a KV cache for this model (this rank's part of it) must hold; `pages` is 0, to be filled in.
  virtual kernels::KvCacheSpec kv_spec(kernels::DataType type, std::int32_t page_tokens) const = 0;

  /// Queues one step. `batch` has at most max_step_tokens() tokens and lives until the back end's wait().
  /// `rows` names rows of the step, in any order; they must be in [0, T).
  /// Returns their final-normed hidden states f32 [rows.size(), D], valid until the next forward().
  virtual kernels::Tensor forward(const kernels::RaggedBatch& batch, kernels::KvCacheHandle cache,
                                  std::span<const std::int32_t> rows) = 0;

  /// Queues logits f32 [count, V] of rows [first, first + count) of what forward() returned; count is at most
  /// kLogitBlock. Valid until the next logits() or forward().
  virtual kernels::Tensor logits(const kernels::Tensor& hidden, std::int32_t first, std::int32_t count) = 0;

  /// For timing: from now on forward() goes through layers [first, last) alone. All of them at first.
  virtual void use_layers(std::int32_t first, std::int32_t last) = 0;

  /// i32 [T] of the last forward(): -1 where row t stayed finite through all layers, else the layer after
  /// which it first was not. The last layer may stay out of it for rows before their sequence's first wanted
  /// one.
  virtual kernels::Tensor first_non_finite() const = 0;
};

/// "layer 7", or for -1 "the final norm or the output matrix": where the logits of a row that are not finite
/// came from, by its value of first_non_finite().
std::string describe_non_finite(const ModelConfig& config, std::int32_t value);

}  // namespace reckon::engine
