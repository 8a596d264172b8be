#pragma once
// What one forward pass needs to know of a model. An architecture (engine/architectures/) is a short file
// that fills this in from a published config; nothing here depends on a file format.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kernels/backend.h"

namespace reckon::engine {

/// How the rotary frequencies are stretched for long contexts (transformers modeling_rope_utils.py).
struct RopeScaling {
  bool operator==(const RopeScaling&) const = default;
  enum class Kind : std::uint8_t { none, linear, llama3, yarn } kind = Kind::none;
  double factor = 1.0;
  std::int64_t original_context = 0;  ///< positions the model was first trained on; llama3 and yarn
  double low_freq_factor = 1.0;       ///< llama3
  double high_freq_factor = 4.0;      ///< llama3
  double beta_fast = 32.0;            ///< yarn
  double beta_slow = 1.0;             ///< yarn
  bool truncate = true;               ///< yarn: the correction range is rounded to whole dimensions
  double magnitude = 1.0;             ///< multiplies cos and sin (yarn's attention factor)
};

struct RopeConfig {
  bool operator==(const RopeConfig&) const = default;
  kernels::RopeSpec::Pairing pairing = kernels::RopeSpec::Pairing::halves;
  std::int32_t rotary_dim = 0;
  double theta = 10000.0;
  RopeScaling scaling;
  /// GGUF: f32 [rotary_dim / 2] tensor that divides the inverse frequencies; empty when there is none.
  std::string factors_tensor;
};

struct AttentionConfig {
  enum class Kind : std::uint8_t {
    grouped,  ///< MHA, GQA, MQA: keys and values per head in the cache
    latent,   ///< MLA: one latent and one shared rotated key in the cache
  } kind = Kind::grouped;
  std::int32_t heads = 0;
  std::int32_t kv_heads = 0;     ///< grouped
  std::int32_t key_dim = 0;      ///< per head; latent: nope_dim + rope_dim
  std::int32_t value_dim = 0;    ///< per head
  std::int32_t q_lora_rank = 0;  ///< latent; 0: one plain q_proj
  std::int32_t kv_lora_rank = 0;
  std::int32_t nope_dim = 0;
  std::int32_t rope_dim = 0;
  bool qkv_bias = false;
  bool output_bias = false;
  bool head_norm = false;   ///< RMSNorm of each query and key head before RoPE (Qwen3)
  std::int32_t window = 0;  ///< positions attended to; 0: all
  float scale = 1.0F;       ///< of the scores
  RopeConfig rope;
};

struct FeedForwardConfig {
  kernels::Activation activation = kernels::Activation::silu;
  std::int32_t intermediate = 0;  ///< dense; 0 in an expert layer
  // Expert layers only (router.experts > 0):
  kernels::RouterSpec router;
  bool correction_bias = false;
  std::int32_t expert_intermediate = 0;
  std::int32_t shared_intermediate = 0;  ///< of all shared experts together; 0: none
  bool has_experts() const { return router.experts > 0; }
};

struct LayerConfig {
  AttentionConfig attention;
  FeedForwardConfig feed_forward;
};

/// Names of tensors in the file. "{layer}" and "{expert}" stand for numbers; an empty name: not there.
struct TensorNames {
  std::string embedding, final_norm, output;
  std::string attention_norm, q, k, v, o, q_norm, k_norm;
  std::string q_bias, k_bias, v_bias, o_bias;
  std::string q_a, q_a_norm, q_b, kv_a, kv_a_norm, kv_b;
  std::string k_b, v_b;  ///< GGUF: kv_b in two parts, keys transposed
  std::string feed_forward_norm, gate, up, down;
  std::string router, router_bias;
  std::string expert_gate, expert_up, expert_down;  ///< without "{expert}": stacked [E, rows, columns]
  std::string shared_gate, shared_up, shared_down;
};

struct ModelConfig {
  std::string architecture;  ///< "llama", "deepseek_v3"
  std::int32_t vocab_size = 0;
  std::int32_t hidden_size = 0;
  std::int64_t context_length = 0;  ///< positions that the model says it was made for
  float norm_epsilon = 1e-6F;
  float latent_norm_epsilon = 1e-6F;  ///< of the norms inside latent attention
  bool tied_embeddings = false;       ///< the output matrix is the embedding table
  std::vector<LayerConfig> layers;
  std::vector<LayerConfig> left_out;  ///< layers behind those, which num_layers takes away
  TensorNames names;
  /// FP8 checkpoints: shape of the blocks that share a scale; 0 for all others.
  std::int32_t fp8_block_rows = 0, fp8_block_columns = 0;
  bool fp8_power_of_two_scales = false;  ///< scale_fmt ue8m0: also those of activations are powers of two
  kernels::DataType weight_type = kernels::DataType::bf16;  ///< that the config names; for random weights
};

/// A name with its numbers filled in.
std::string tensor_name(const std::string& pattern, std::int32_t layer, std::int32_t expert = 0);

}  // namespace reckon::engine
