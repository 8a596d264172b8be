// DeepSeek-V3 and R1: latent attention, leading dense layers, then experts behind a sigmoid router with
// groups.

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "engine/architectures/architecture.h"

namespace reckon::engine {
namespace {

constexpr double kMaxScaling = 1e6;

void finish_attention(AttentionConfig& attention) {
  attention.kind = AttentionConfig::Kind::latent;
  attention.kv_heads = 1;
  attention.key_dim = attention.nope_dim + attention.rope_dim;
}

void add_layers(ModelConfig& config, std::int32_t layers, std::int32_t dense_layers,
                const AttentionConfig& attention, std::int32_t dense_width,
                const FeedForwardConfig& experts) {
  for (std::int32_t i = 0; i < layers; ++i) {
    LayerConfig layer;
    layer.attention = attention;
    if (i < dense_layers) {
      layer.feed_forward.intermediate = dense_width;
    } else {
      layer.feed_forward = experts;
    }
    config.layers.push_back(layer);
  }
}

ModelConfig from_hugging_face(ConfigKeys& keys) {
  ModelConfig config;
  config.vocab_size = keys.get_count("vocab_size", 1, kMaxVocabulary);
  config.hidden_size = keys.get_count("hidden_size", 1, kMaxWidth);
  config.context_length = keys.get_int("max_position_embeddings", 1, kMaxContext, 4096);
  config.norm_epsilon = static_cast<float>(keys.get_number("rms_norm_eps", 0.0, 1.0, 1e-6));
  config.tied_embeddings = keys.get_bool("tie_word_embeddings", false);
  keys.require_string("hidden_act", "silu", "silu");
  keys.require_bool("attention_bias", false);

  AttentionConfig attention;
  attention.heads = keys.get_count("num_attention_heads", 1, kMaxWidth);
  if (!keys.stands("q_lora_rank")) {
    fail_input("{}: missing field 'q_lora_rank' (a number, or null for queries without compression)",
               keys.where());
  }
  attention.q_lora_rank = keys.get_count("q_lora_rank", 1, kMaxWidth, 0);
  attention.kv_lora_rank = keys.get_count("kv_lora_rank", 1, kMaxWidth);
  attention.nope_dim = keys.get_count("qk_nope_head_dim", 1, kMaxWidth);
  attention.rope_dim = keys.get_count("qk_rope_head_dim", 2, kMaxWidth);
  attention.value_dim = keys.get_count("v_head_dim", 1, kMaxWidth);
  finish_attention(attention);
  keys.require_number("num_key_value_heads", attention.heads);
  keys.require_number("head_dim", attention.rope_dim);
  keys.require_number("qk_head_dim", attention.key_dim);
  const HuggingFaceRope rope = read_hugging_face_rope(keys, attention.rope_dim, config.context_length);
  attention.rope = rope.rope;
  attention.rope.pairing = keys.get_bool("rope_interleave", true) ? kernels::RopeSpec::Pairing::adjacent
                                                                  : kernels::RopeSpec::Pairing::halves;
  const double mscale = yarn_mscale(rope.rope.scaling.factor, rope.mscale_all_dim);
  attention.scale = static_cast<float>(mscale * mscale / std::sqrt(static_cast<double>(attention.key_dim)));

  FeedForwardConfig experts;
  experts.router.score = kernels::RouterSpec::Score::sigmoid;
  keys.require_string("scoring_func", "sigmoid", "sigmoid");
  keys.require_string("topk_method", "noaux_tc", "noaux_tc");
  keys.require_number("moe_layer_freq", 1);
  experts.correction_bias = true;
  experts.router.experts = keys.get_count("n_routed_experts", 1, kMaxWidth);
  experts.router.top_k = keys.get_count("num_experts_per_tok", 1, kMaxWidth);
  experts.router.groups = keys.get_count("n_group", 1, kMaxWidth);
  experts.router.kept_groups = keys.get_count("topk_group", 1, kMaxWidth);
  experts.router.normalise = keys.get_bool("norm_topk_prob", true);
  experts.router.scaling = static_cast<float>(keys.get_number("routed_scaling_factor", 1e-9, kMaxScaling));
  experts.expert_intermediate = keys.get_count("moe_intermediate_size", 1, kMaxWidth);
  experts.shared_intermediate = keys.get_count("n_shared_experts", 0, 1024, 1) * experts.expert_intermediate;
  // The extra layer that predicts a second token (MTP) takes no part in the forward pass.
  keys.ignore({"num_nextn_predict_layers", "num_mtp_layers", "aux_loss_alpha", "seq_aux", "ep_size",
               "output_router_logits", "router_aux_loss_coef"});

  const std::int32_t layers = keys.get_count("num_hidden_layers", 1, kMaxLayers);
  const std::int32_t dense_layers = keys.get_count("first_k_dense_replace", 0, kMaxLayers);
  add_layers(config, layers, dense_layers, attention, keys.get_count("intermediate_size", 1, kMaxWidth),
             experts);
  config.names = hugging_face_names();
  return config;
}

void read_gguf_attention(ConfigKeys& keys, const ModelConfig& config, const FindTensor& find,
                         AttentionConfig& attention) {
  attention.heads = keys.get_count("attention.head_count", 1, kMaxWidth);
  keys.ignore({"attention.head_count_kv"});  // 1 or all heads, by the age of the converter: the same model
  attention.q_lora_rank = keys.get_count("attention.q_lora_rank", 0, kMaxWidth, 0);
  attention.kv_lora_rank = keys.get_count("attention.kv_lora_rank", 1, kMaxWidth);
  attention.rope_dim = keys.get_count("rope.dimension_count", 2, kMaxWidth);
  // Newer files give the cached widths as key_length (latent + rope) and the heads' as key_length_mla.
  const std::int32_t key_length = keys.get_count("attention.key_length", 1, kMaxWidth);
  const std::int32_t value_length = keys.get_count("attention.value_length", 1, kMaxWidth);
  attention.key_dim = keys.get_count("attention.key_length_mla", 1, kMaxWidth, key_length);
  attention.value_dim = keys.get_count("attention.value_length_mla", 1, kMaxWidth, value_length);
  attention.nope_dim = attention.key_dim - attention.rope_dim;
  if (attention.nope_dim <= 0) {
    fail_input("{}: keys of {} with {} rotary dimensions leave none without rotation", keys.where(),
               attention.key_dim, attention.rope_dim);
  }
  finish_attention(attention);
  attention.rope = read_gguf_rope(keys, attention.rope_dim, config.context_length, find);
  attention.rope.pairing = kernels::RopeSpec::Pairing::adjacent;
  // The file says 0.1 * mscale_all_dim; cos and sin stay as they are, because DeepSeek's mscale equals it.
  const double log_multiplier = keys.get_number("rope.scaling.yarn_log_multiplier", 0.0, kMaxScaling, 0.0);
  double mscale = 1.0;
  if (log_multiplier != 0.0 && attention.rope.scaling.kind == RopeScaling::Kind::yarn) {
    mscale = yarn_mscale(attention.rope.scaling.factor, 10.0 * log_multiplier);
    attention.rope.scaling.magnitude = 1.0;
  }
  attention.scale = static_cast<float>(mscale * mscale / std::sqrt(static_cast<double>(attention.key_dim)));
}

void read_gguf_experts(ConfigKeys& keys, const FindTensor& find, std::int32_t layers,
                       std::int32_t first_expert_layer, FeedForwardConfig& experts) {
  kernels::RouterSpec& router = experts.router;
  router.experts = keys.get_count("expert_count", 1, kMaxWidth);
  router.top_k = keys.get_count("expert_used_count", 1, kMaxWidth);
  router.normalise = keys.get_bool("expert_weights_norm", false);
  const double scaling = keys.get_number("expert_weights_scale", 0.0, kMaxScaling, 1.0);
  router.scaling = static_cast<float>(scaling == 0.0 ? 1.0 : scaling);
  const std::int32_t gating = keys.get_count("expert_gating_func", 1, 2, 1);
  router.score = gating == 2 ? kernels::RouterSpec::Score::sigmoid : kernels::RouterSpec::Score::softmax;
  experts.correction_bias = find(tensor_name(gguf_names().router_bias, first_expert_layer)) != nullptr;
  router.group_score = experts.correction_bias ? kernels::RouterSpec::GroupScore::top2_sum
                                               : kernels::RouterSpec::GroupScore::maximum;
  // Converters of before autumn 2025 left the groups away. DeepSeek-V3 and R1 are the models of this shape,
  // and theirs are 8, of which 4 are kept.
  const bool is_published_v3 = router.experts == 256 && layers == 61 && experts.correction_bias;
  router.groups = std::max(1, keys.get_count("expert_group_count", 0, kMaxWidth, is_published_v3 ? 8 : 1));
  router.kept_groups = std::max(
      1, keys.get_count("expert_group_used_count", 0, kMaxWidth, is_published_v3 ? 4 : router.groups));
  experts.expert_intermediate = keys.get_count("expert_feed_forward_length", 1, kMaxWidth);
  experts.shared_intermediate =
      keys.get_count("expert_shared_count", 0, 1024, 0) * experts.expert_intermediate;
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
  config.context_length = keys.get_int("context_length", 1, kMaxContext, 4096);
  config.norm_epsilon = static_cast<float>(keys.get_number("attention.layer_norm_rms_epsilon", 0.0, 1.0));
  config.latent_norm_epsilon = config.norm_epsilon;
  config.tied_embeddings = find("output.weight") == nullptr;

  AttentionConfig attention;
  read_gguf_attention(keys, config, find, attention);
  const std::int32_t extra = keys.get_count("nextn_predict_layers", 0, kMaxLayers, 0);
  const std::int32_t layers = keys.get_count("block_count", 1, kMaxLayers) - extra;
  const std::int32_t dense_layers = keys.get_count("leading_dense_block_count", 0, kMaxLayers, 0);
  FeedForwardConfig experts;
  read_gguf_experts(keys, find, layers, dense_layers, experts);
  add_layers(config, layers, dense_layers, attention, keys.get_count("feed_forward_length", 1, kMaxWidth),
             experts);
  if (config.layers.empty()) fail_input("{}: no layers are left beside nextn_predict_layers", keys.where());
  config.names = gguf_names();
  if (find(tensor_name(config.names.kv_b, 0)) == nullptr) {
    config.names.kv_b.clear();
    config.names.k_b = "blk.{layer}.attn_k_b.weight";
    config.names.v_b = "blk.{layer}.attn_v_b.weight";
  }
  return config;
}

}  // namespace

Architecture deepseek_v3_architecture() {
  return {"deepseek_v3", {"deepseek_v3"}, {"deepseek2"}, from_hugging_face, from_gguf};
}

}  // namespace reckon::engine
