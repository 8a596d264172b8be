#pragma once
// Memory of one step, allocated once for the largest step a model allows.

#include <cstdint>
#include <vector>

#include "engine/model/parallel_plan.h"
#include "kernels/backend.h"

namespace reckon::engine {

/// Every tensor has max_step_tokens rows; a step uses the first T of them. All f32 unless said.
class Scratch {
 public:
  /// Extents are those of the rank's part.
  Scratch(const RankPart& part, kernels::Backend& backend, std::int32_t max_tokens, std::int32_t logit_rows);
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  kernels::Tensor residual, normed, zeros;           ///< [M, D]
  kernels::Tensor branch;                            ///< [M rounded up to a multiple of the ranks, D]
  kernels::Tensor queries;                           ///< [M, most H * key]
  kernels::Tensor keys, values;                      ///< [M, most G * key], [M, most G * value]
  kernels::Tensor attended;                          ///< [M, most H * value]
  kernels::Tensor q_latent, q_latent_normed;         ///< [M, most q_lora]
  kernels::Tensor kv_latent;                         ///< [M, most latent + rope], before the norm
  kernels::Tensor gated;                             ///< [M, most F]
  kernels::Tensor router_logits;                     ///< [M, most E]
  kernels::Tensor chosen;                            ///< i32 [M, most K]
  kernels::Tensor expert_weights;                    ///< [M, most K]
  kernels::Tensor hidden_rows, hidden;               ///< [M, D]
  kernels::Tensor logits;                            ///< [logit_rows, V]
  kernels::Tensor rows;                              ///< i32 [M]
  kernels::Tensor first_bad, wanted_bad, minus_one;  ///< i32 [M]
  kernels::Tensor logit_part, logit_parts;  ///< a rank's [logit_rows, V / R]; all ranks', R times as many

  /// Expert parallelism: P = M / R rounded up tokens are a rank's own, S = R * P * most choices on one rank.
  struct ExpertParallel {
    kernels::Tensor own;                                ///< [P, D]
    kernels::Tensor sent, received, results, returned;  ///< [S, D]
    kernels::Tensor sent_experts, received_experts;     ///< i32 [S]
    kernels::Tensor places;                             ///< i32 [P, most K]
  } divided;

 private:
  kernels::Tensor matrix(std::int64_t rows, std::int64_t columns,
                         kernels::DataType type = kernels::DataType::f32);

  kernels::Backend& backend_;
  std::vector<kernels::BufferHandle> buffers_;
};

/// The first `rows` rows and `columns` columns of a scratch matrix, dense.
kernels::Tensor part(const kernels::Tensor& scratch, std::int64_t rows, std::int64_t columns);

}  // namespace reckon::engine
