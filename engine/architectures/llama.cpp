// Llama and what is built like it: grouped attention with halves-paired RoPE, SwiGLU, RMSNorm, no experts.

#include <cmath>

#include "base/error.h"
#include "engine/architectures/architecture.h"

namespace reckon::engine {
namespace {

std::int32_t heads_times(std::int32_t hidden, std::int32_t heads, const std::string& where) {
  if (hidden % heads != 0) {
    fail_input("{}: hidden size {} is no multiple of {} attention heads, and no head size is given", where,
               hidden, heads);
  }
  return hidden / heads;
}

ModelConfig from_hugging_face(ConfigKeys& keys) {
  ModelConfig config;
  config.vocab_size = keys.get_count("vocab_size", 1, kMaxVocabulary);
  config.hidden_size = keys.get_count("hidden_size", 1, kMaxWidth);
  config.context_length = keys.get_int("max_position_embeddings", 1, kMaxContext, 2048);
  config.norm_epsilon = static_cast<float>(keys.get_number("rms_norm_eps", 0.0, 1.0, 1e-6));
  config.tied_embeddings = keys.get_bool("tie_word_embeddings", false);
  keys.require_string("hidden_act", "silu", "silu");
  keys.require_bool("mlp_bias", false);
  keys.require_bool("rope_interleaved", false);

  LayerConfig layer;
  AttentionConfig& attention = layer.attention;
  attention.heads = keys.get_count("num_attention_heads", 1, kMaxWidth);
  attention.kv_heads = keys.get_count("num_key_value_heads", 1, kMaxWidth, attention.heads);
  attention.key_dim = keys.has("head_dim") ? keys.get_count("head_dim", 1, kMaxWidth)
                                           : heads_times(config.hidden_size, attention.heads, keys.where());
  attention.value_dim = attention.key_dim;
  keys.ignore({"head_dim"});
  attention.qkv_bias = attention.output_bias = keys.get_bool("attention_bias", false);
  attention.window = keys.get_count("sliding_window", 1, 1 << 30, 0);
  attention.scale = static_cast<float>(1.0 / std::sqrt(static_cast<double>(attention.key_dim)));
  attention.rope = read_hugging_face_rope(keys, attention.key_dim, config.context_length).rope;

  layer.feed_forward.intermediate = keys.get_count("intermediate_size", 1, kMaxWidth);
  const std::int32_t layers = keys.get_count("num_hidden_layers", 1, kMaxLayers);
  config.layers.assign(static_cast<std::size_t>(layers), layer);
  config.names = hugging_face_names();
  return config;
}

ModelConfig from_gguf(ConfigKeys& keys, const FindTensor& find) {
  ModelConfig config;
  const TensorRecord* embedding = find("token_embd.weight");
  if (embedding == nullptr || embedding->shape.size() != 2) {
    fail_input("{}: the file has no tensor 'token_embd.weight'", keys.where());
  }
  config.vocab_size =
      keys.get_count("vocab_size", 1, kMaxVocabulary,
                     static_cast<std::int32_t>(std::min<std::int64_t>(embedding->shape[0], kMaxVocabulary)));
  config.hidden_size = keys.get_count("embedding_length", 1, kMaxWidth);
  config.context_length = keys.get_int("context_length", 1, kMaxContext, 2048);
  config.norm_epsilon = static_cast<float>(keys.get_number("attention.layer_norm_rms_epsilon", 0.0, 1.0));
  config.tied_embeddings = find("output.weight") == nullptr;
  if (keys.get_count("expert_count", 0, kMaxWidth, 0) != 0) {
    fail_input("{}: expert_count: a mixture of experts in the Llama layout (Mixtral) is not supported",
               keys.where());
  }
  keys.ignore({"expert_used_count", "tensor_data_layout"});

  LayerConfig layer;
  AttentionConfig& attention = layer.attention;
  attention.heads = keys.get_count("attention.head_count", 1, kMaxWidth);
  attention.kv_heads = keys.get_count("attention.head_count_kv", 1, kMaxWidth, attention.heads);
  const std::int32_t given = keys.get_count("attention.key_length", 1, kMaxWidth, 0);
  attention.key_dim = given != 0 ? given : heads_times(config.hidden_size, attention.heads, keys.where());
  attention.value_dim = keys.get_count("attention.value_length", 1, kMaxWidth, attention.key_dim);
  attention.qkv_bias = find("blk.0.attn_q.bias") != nullptr;
  attention.output_bias = find("blk.0.attn_output.bias") != nullptr;
  attention.window = keys.get_count("attention.sliding_window", 1, 1 << 30, 0);
  attention.scale = static_cast<float>(
      keys.get_number("attention.scale", 1e-9, 1e9, 1.0 / std::sqrt(static_cast<double>(attention.key_dim))));
  attention.rope = read_gguf_rope(keys, attention.key_dim, config.context_length, find);
  // The converter permutes the rows of Q and K so that pairs stand side by side.
  attention.rope.pairing = kernels::RopeSpec::Pairing::adjacent;

  layer.feed_forward.intermediate = keys.get_count("feed_forward_length", 1, kMaxWidth);
  const std::int32_t layers = keys.get_count("block_count", 1, kMaxLayers);
  config.layers.assign(static_cast<std::size_t>(layers), layer);
  config.names = gguf_names();
  return config;
}

}  // namespace

Architecture llama_architecture() {
  return {"llama", {"llama", "mistral"}, {"llama"}, from_hugging_face, from_gguf};
}

}  // namespace reckon::engine
