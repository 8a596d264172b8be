#pragma once
// The shape of a model as its config.json publishes it: what there is to multiply, to read and to keep.

#include <cstdint>
#include <optional>
#include <string>

namespace reckon::reports {

struct AttentionShape {
  bool latent = false;  ///< MLA: one latent and one rotary key a token, shared by all heads
  double heads = 0;
  double kv_heads = 0;  ///< MHA, GQA, MQA
  double key_dim = 0;   ///< of one head; with MLA: nope + rope
  double value_dim = 0;
  double q_lora_rank = 0;  ///< MLA; 0: one plain projection
  double kv_lora_rank = 0;
  double nope_dim = 0;
  double rope_dim = 0;

  /// Numbers that the cache keeps for one token in one layer: latent + rotary key, or keys and values.
  double cached_per_token() const;
};

struct ExpertShape {
  double experts = 0;  ///< routed ones; 0: a dense model
  double chosen = 0;   ///< a token
  double intermediate = 0;
  double shared_intermediate = 0;  ///< all shared experts together; 0: none
  double groups = 1;               ///< routing limited to `chosen_groups` of them
  double chosen_groups = 1;
};

/// Bytes of one number as a quantised file holds it, scales included.
struct StoredWeights {
  double matrix_bytes = 2;     ///< of layers
  double embedding_bytes = 2;  ///< of embeddings and output matrix
};

struct ModelShape {
  std::string name;
  std::string model_type;
  double hidden = 0;
  double layers = 0;
  double expert_layers = 0;  ///< of these; the others are dense
  double vocabulary = 0;
  bool tied_embeddings = false;
  double dense_intermediate = 0;
  AttentionShape attention;
  ExpertShape experts;
  double draft_layers = 0;              ///< multi-token prediction (MTP)
  bool fp8_weights = false;             ///< published so; otherwise 16 bits, or
  std::optional<StoredWeights> stored;  ///< quantised otherwise, and multiplied in 16 bits

  double attention_parameters() const;  ///< of one layer
  double expert_parameters() const;     ///< of one routed expert
  double shared_parameters() const;     ///< shared experts of one layer
  double dense_parameters() const;      ///< feed-forward of one dense layer
  double router_parameters() const;     ///< of one layer
  double parameters() const;            ///< without draft layers
  double active_parameters() const;     ///< that one token is multiplied with, the embedding row not counted
  double kv_bytes_per_token(double bytes_per_number) const;

  /// Products and sums of a training step (forward and backward) on one token of sequences of
  /// `sequence_tokens`: 6 a parameter that it meets, plus causal attention three times.
  double training_flop_per_token(double sequence_tokens) const;
};

/// Reads a config.json, or the folder that holds one. Families: deepseek_v2, deepseek_v3, llama, mistral,
/// mixtral, qwen2, qwen2_moe, qwen3, qwen3_moe, olmo2, olmoe, gemma3_text. Errors name file and field:
/// another `model_type`, sizes that no model has.
ModelShape load_model_shape(const std::string& path);

/// The same from the text of a config.json; it has no name. `where` begins each error.
ModelShape parse_model_shape(const std::string& config, const std::string& where);

}  // namespace reckon::reports
