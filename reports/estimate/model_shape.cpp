#include "reports/estimate/model_shape.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include <fmt/format.h>

#include "base/error.h"
#include "base/json.h"

namespace reckon::reports {
namespace {

namespace fs = std::filesystem;
constexpr std::int64_t kLargest = std::int64_t{1} << 40;
constexpr std::array kFamilies = {"deepseek_v2", "deepseek_v3", "gemma3_text", "llama",
                                  "mistral",     "mixtral",     "olmo2",       "olmoe",
                                  "qwen2",       "qwen2_moe",   "qwen3",       "qwen3_moe"};

double size_of(const json::ObjectReader& config, const char* key) {
  return static_cast<double>(config.get_int(key, 1, kLargest));
}

double size_of(const json::ObjectReader& config, const char* key, double fallback) {
  return config.has(key) ? static_cast<double>(config.get_int(key, 0, kLargest)) : fallback;
}

AttentionShape read_attention(const json::ObjectReader& config, double hidden) {
  AttentionShape attention;
  attention.heads = size_of(config, "num_attention_heads");
  if (config.has("kv_lora_rank")) {
    attention.latent = true;
    attention.kv_heads = 1;
    attention.q_lora_rank = size_of(config, "q_lora_rank", 0);
    attention.kv_lora_rank = size_of(config, "kv_lora_rank");
    attention.nope_dim = size_of(config, "qk_nope_head_dim");
    attention.rope_dim = size_of(config, "qk_rope_head_dim");
    attention.key_dim = attention.nope_dim + attention.rope_dim;
    attention.value_dim = size_of(config, "v_head_dim");
    return attention;
  }
  attention.kv_heads = size_of(config, "num_key_value_heads", attention.heads);
  attention.key_dim = size_of(config, "head_dim", hidden / attention.heads);
  attention.value_dim = attention.key_dim;
  if (attention.kv_heads < 1 || attention.kv_heads > attention.heads) {
    fail_input("{}: field 'num_key_value_heads' is {}; a model has 1 to {} of them", config.where(),
               attention.kv_heads, attention.heads);
  }
  return attention;
}

// The families name the number of experts and their width differently.
ExpertShape read_experts(const json::ObjectReader& config, const std::string& type) {
  ExpertShape experts;
  const char* count = "num_experts";
  if (config.has("n_routed_experts")) count = "n_routed_experts";
  if (config.has("num_local_experts")) count = "num_local_experts";
  experts.experts = size_of(config, count, 0);
  if (experts.experts == 0) return experts;
  experts.chosen = size_of(config, "num_experts_per_tok");
  if (experts.chosen > experts.experts) {
    fail_input("{}: field 'num_experts_per_tok' is {}, more than the {} of '{}'", config.where(),
               experts.chosen, experts.experts, count);
  }
  const bool own_width = type != "mixtral" && type != "olmoe";
  experts.intermediate = size_of(config, own_width ? "moe_intermediate_size" : "intermediate_size");
  experts.shared_intermediate = size_of(config, "shared_expert_intermediate_size",
                                        size_of(config, "n_shared_experts", 0) * experts.intermediate);
  experts.groups = std::max(1.0, size_of(config, "n_group", 1));
  experts.chosen_groups = std::clamp(size_of(config, "topk_group", experts.groups), 1.0, experts.groups);
  return experts;
}

double count_expert_layers(const json::ObjectReader& config, double layers) {
  const double first = std::min(size_of(config, "first_k_dense_replace", 0), layers);
  const double every =
      std::max(1.0, size_of(config, "moe_layer_freq", size_of(config, "decoder_sparse_step", 1)));
  double count = 0;
  for (std::int64_t layer = 0; layer < static_cast<std::int64_t>(layers); ++layer) {
    if (layer < static_cast<std::int64_t>(first)) continue;
    // DeepSeek counts layers from 0, Qwen from 1.
    const std::int64_t place = config.has("decoder_sparse_step") ? layer + 1 : layer;
    if (place % static_cast<std::int64_t>(every) == 0) ++count;
  }
  if (const json::Value* dense = config.find("mlp_only_layers"); dense != nullptr && dense->IsArray()) {
    count = std::max(0.0, count - dense->Size());
  }
  return count;
}

}  // namespace

double AttentionShape::cached_per_token() const {
  return latent ? kv_lora_rank + rope_dim : kv_heads * (key_dim + value_dim);
}

double ModelShape::attention_parameters() const {
  const AttentionShape& a = attention;
  if (!a.latent) {
    return hidden * (a.heads * a.key_dim + a.kv_heads * (a.key_dim + a.value_dim) + a.heads * a.value_dim);
  }
  const double query = a.q_lora_rank > 0 ? hidden * a.q_lora_rank + a.q_lora_rank * a.heads * a.key_dim
                                         : hidden * a.heads * a.key_dim;
  return query + hidden * (a.kv_lora_rank + a.rope_dim) +
         a.kv_lora_rank * a.heads * (a.nope_dim + a.value_dim) + a.heads * a.value_dim * hidden;
}

double ModelShape::expert_parameters() const { return 3 * hidden * experts.intermediate; }
double ModelShape::shared_parameters() const { return 3 * hidden * experts.shared_intermediate; }
double ModelShape::dense_parameters() const { return 3 * hidden * dense_intermediate; }
double ModelShape::router_parameters() const { return hidden * experts.experts; }

double ModelShape::parameters() const {
  const double embeddings = hidden * vocabulary * (tied_embeddings ? 1 : 2);
  return embeddings + layers * attention_parameters() + (layers - expert_layers) * dense_parameters() +
         expert_layers * (experts.experts * expert_parameters() + shared_parameters() + router_parameters());
}

double ModelShape::active_parameters() const {
  return hidden * vocabulary + layers * attention_parameters() +
         (layers - expert_layers) * dense_parameters() +
         expert_layers * (experts.chosen * expert_parameters() + shared_parameters() + router_parameters());
}

double ModelShape::kv_bytes_per_token(double bytes_per_number) const {
  return layers * attention.cached_per_token() * bytes_per_number;
}

double ModelShape::training_flop_per_token(double sequence_tokens) const {
  const double seen = sequence_tokens / 2;
  const double scores = 2 * attention.heads * (attention.key_dim + attention.value_dim) * seen;
  return 6 * active_parameters() + 3 * layers * scores;
}

namespace {

double stored_bytes(const json::ObjectReader& weights, const char* key) {
  const double bytes = weights.get_number(key);
  if (!(bytes > 0 && bytes <= 8)) {
    fail_input("{}: field '{}' is {}; a stored number has more than 0 and at most 8 bytes", weights.where(),
               key, bytes);
  }
  return bytes;
}

ModelShape read_shape(const json::Value& document, const std::string& file) {
  const json::ObjectReader config(document, file);
  ModelShape shape;
  shape.model_type = config.get_string("model_type");
  if (std::find(kFamilies.begin(), kFamilies.end(), shape.model_type) == kFamilies.end()) {
    fail_input("{}: field 'model_type' is '{}'; estimates know {}", file, shape.model_type,
               fmt::join(kFamilies, ", "));
  }
  shape.hidden = size_of(config, "hidden_size");
  shape.layers = static_cast<double>(config.get_int("num_hidden_layers", 1, 10'000));
  shape.vocabulary = size_of(config, "vocab_size");
  // Gemma ties its embeddings and does not say so in every file.
  shape.tied_embeddings = config.get_bool("tie_word_embeddings", shape.model_type == "gemma3_text");
  shape.attention = read_attention(config, shape.hidden);
  shape.experts = read_experts(config, shape.model_type);
  if (shape.experts.experts > 0) shape.expert_layers = count_expert_layers(config, shape.layers);
  if (shape.expert_layers < shape.layers) shape.dense_intermediate = size_of(config, "intermediate_size");
  shape.draft_layers = size_of(config, "num_nextn_predict_layers", 0);
  if (config.has("quantization_config")) {
    const json::ObjectReader weights = config.get_object("quantization_config");
    const std::string method = weights.get_string("quant_method", "");
    if (method == "gguf") {
      shape.stored = StoredWeights{stored_bytes(weights, "bytes_per_weight"),
                                   stored_bytes(weights, "bytes_per_embedding_weight")};
    } else if (method == "fp8") {
      shape.fp8_weights = true;
    } else {
      fail_input("{}: field 'quant_method' is '{}'; estimates know fp8, gguf and unquantised weights",
                 weights.where(), method);
    }
  }
  return shape;
}

}  // namespace

ModelShape parse_model_shape(const std::string& config, const std::string& where) {
  return read_shape(json::parse(config, where), where);
}

ModelShape load_model_shape(const std::string& path) {
  const fs::path file = fs::is_directory(path) ? fs::path(path) / "config.json" : fs::path(path);
  ModelShape shape = read_shape(json::parse_file(file.string()), file.string());
  shape.name = (file.filename() == "config.json" ? file.parent_path().filename() : file.stem()).string();
  return shape;
}

}  // namespace reckon::reports
