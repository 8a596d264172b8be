#pragma once
// The attention of one layer over kernels::Backend: grouped (MHA, GQA, MQA) and latent (MLA). Memory is the
// step's scratch; rows are those of the step at hand.

#include <cstdint>
#include <optional>

#include "engine/model/model_config.h"
#include "engine/model/scratch.h"
#include "engine/model/weights.h"
#include "kernels/backend.h"

namespace reckon::engine {

class AttentionBlock {
 public:
  /// All of it must outlive the block.
  AttentionBlock(kernels::Backend& backend, const Scratch& scratch, const ModelConfig& config)
      : backend_(backend), scratch_(scratch), config_(config) {}

  /// The product with the layer's input that queries begin with, for `tokens` rows.
  kernels::LinearOutput query_projection(const AttentionConfig& config, const AttentionWeights& weights,
                                         std::int32_t tokens) const;
  /// From what query_projection() gave to rotated queries [T, H, key].
  kernels::Tensor finish_queries(const AttentionConfig& config, const AttentionWeights& weights,
                                 const kernels::StepTensors& step) const;

  /// Writes the keys and values of the normed input [T, D] to the cache. `beside` is a further product with
  /// the same input, or none.
  void write_keys(const AttentionConfig& config, const AttentionWeights& weights,
                  const kernels::Tensor& input, const kernels::KvLayer& place,
                  const kernels::StepTensors& step, const std::optional<kernels::LinearOutput>& beside) const;

  /// output [T, D]: attention of the queries over the cache, times the output matrix; of the rank's heads.
  void attend(const AttentionConfig& config, const AttentionWeights& weights, const kernels::Tensor& queries,
              const kernels::Tensor& output, const kernels::KvLayer& place,
              const kernels::StepTensors& step) const;

 private:
  void write_grouped(const AttentionConfig& config, const AttentionWeights& weights,
                     const kernels::Tensor& input, const kernels::KvLayer& place,
                     const kernels::StepTensors& step,
                     const std::optional<kernels::LinearOutput>& beside) const;
  void write_latent(const AttentionConfig& config, const AttentionWeights& weights,
                    const kernels::Tensor& input, const kernels::KvLayer& place,
                    const kernels::StepTensors& step,
                    const std::optional<kernels::LinearOutput>& beside) const;
  kernels::HeadPreparation head_preparation(const AttentionConfig& config, const kernels::Tensor& gain,
                                            const kernels::RopeSpec& rope) const;
  void linear(kernels::WeightHandle weight, const kernels::Tensor& output, const kernels::Tensor& input,
              const kernels::Tensor& bias = {}) const;

  kernels::Backend& backend_;
  const Scratch& scratch_;
  const ModelConfig& config_;
};

}  // namespace reckon::engine
