#pragma once
// The weights of a model as a back end holds them, by what the forward pass does with them. Extents are
// those of the rank's part (parallel_plan.h).

#include <vector>

#include "engine/model/transformer.h"
#include "kernels/backend.h"

namespace reckon::engine {

struct AttentionWeights {
  kernels::Tensor norm;  ///< [D]
  // grouped
  kernels::WeightHandle q, k, v;                   ///< [H * key, D], [G * key, D], [G * value, D]
  kernels::Tensor q_bias, k_bias, v_bias, o_bias;  ///< or none
  kernels::Tensor q_norm, k_norm;                  ///< [key], or none
  // latent; without compressed queries q above is used
  kernels::WeightHandle q_a, q_b, kv_a;  ///< [q_lora, D], [H * key, q_lora], [latent + rope, D]
  kernels::Tensor q_a_norm, kv_a_norm;   ///< [q_lora], [latent]
  kernels::MlaWeightHandle kv_b;
  kernels::WeightHandle o;  ///< [D, H * value]
  kernels::RopeSpec rope;
};

struct FeedForwardWeights {
  kernels::Tensor norm;                  ///< [D]
  kernels::WeightHandle gate, up, down;  ///< [F, D], [F, D], [D, F]; dense layers, or the shared experts
  kernels::WeightHandle router;          ///< [E, D]
  kernels::Tensor router_bias;           ///< [E] or none
  kernels::ExpertWeights experts;
};

struct LayerWeights {
  AttentionWeights attention;
  FeedForwardWeights feed_forward;
};

struct ModelWeights {
  kernels::WeightHandle embedding;  ///< [V, D]
  kernels::Tensor final_norm;       ///< [D]
  kernels::WeightHandle output;     ///< [V, D], or this rank's rows of it
  std::vector<LayerWeights> layers;
};

ModelWeights load_weights(const ModelSource& source, const RankPart& part, kernels::Backend& backend,
                          const LoadOptions& options);

/// kv_b_proj [heads * (nope + value), latent] in one piece, also where a GGUF file holds it in two.
kernels::StoredTensor kv_b_tensor(const ModelSource& source, std::int32_t layer);

}  // namespace reckon::engine
