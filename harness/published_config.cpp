#include "harness/published_config.h"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <numeric>

#include "base/files.h"
#include "base/json.h"
#include "engine/model/model_source.h"

namespace reckon::harness {
namespace {

namespace fs = std::filesystem;
using engine::AttentionConfig;
using engine::FeedForwardConfig;
using json::Allocator;
using json::Value;

constexpr std::size_t kMostBytes = std::size_t{1} << 20;

void add_attention(const AttentionConfig& attention, Value& config, Allocator& allocator) {
  config.AddMember("num_attention_heads", attention.heads, allocator);
  if (attention.kind == AttentionConfig::Kind::grouped) {
    config.AddMember("num_key_value_heads", attention.kv_heads, allocator);
    config.AddMember("head_dim", attention.key_dim, allocator);
    return;
  }
  if (attention.q_lora_rank > 0) config.AddMember("q_lora_rank", attention.q_lora_rank, allocator);
  config.AddMember("kv_lora_rank", attention.kv_lora_rank, allocator);
  config.AddMember("qk_nope_head_dim", attention.nope_dim, allocator);
  config.AddMember("qk_rope_head_dim", attention.rope_dim, allocator);
  config.AddMember("v_head_dim", attention.value_dim, allocator);
}

void add_experts(const FeedForwardConfig& layer, Value& config, Allocator& allocator) {
  config.AddMember("n_routed_experts", layer.router.experts, allocator);
  config.AddMember("num_experts_per_tok", layer.router.top_k, allocator);
  config.AddMember("moe_intermediate_size", layer.expert_intermediate, allocator);
  config.AddMember("n_shared_experts", layer.shared_intermediate / std::max(1, layer.expert_intermediate),
                   allocator);
  config.AddMember("n_group", layer.router.groups, allocator);
  config.AddMember("topk_group", layer.router.kept_groups, allocator);
}

// Mean bytes of one number of the matrices, scales included.
Value stored_widths(const engine::ModelSource& source, Allocator& allocator) {
  struct Sum {
    double bytes = 0;
    double numbers = 0;
    double mean() const { return bytes / numbers; }
  };
  Sum matrices;
  Sum embeddings;
  const engine::TensorNames& names = source.config().names;
  for (const engine::TensorRecord& tensor : source.tensors()) {
    if (tensor.shape.size() < 2) continue;
    Sum& sum = tensor.name == names.embedding || tensor.name == names.output ? embeddings : matrices;
    sum.bytes += static_cast<double>(tensor.bytes);
    sum.numbers += std::accumulate(tensor.shape.begin(), tensor.shape.end(), 1.0, std::multiplies<>());
  }
  Value widths(rapidjson::kObjectType);
  if (matrices.numbers == 0 || embeddings.numbers == 0) return widths;
  widths.AddMember("quant_method", "gguf", allocator);
  widths.AddMember("bytes_per_weight", matrices.mean(), allocator);
  widths.AddMember("bytes_per_embedding_weight", embeddings.mean(), allocator);
  return widths;
}

}  // namespace

std::string config_json_of(const engine::ModelConfig& model) {
  if (model.layers.empty()) return {};
  const auto& layers = model.layers;
  const auto has_experts = [](const engine::LayerConfig& layer) { return layer.feed_forward.has_experts(); };
  const auto first_with_experts = std::find_if(layers.begin(), layers.end(), has_experts);
  const bool latent = layers.front().attention.kind == AttentionConfig::Kind::latent;
  // Experts behind another attention, or between dense layers, are other families.
  if (!latent && first_with_experts != layers.end()) return {};
  if (!std::all_of(first_with_experts, layers.end(), has_experts)) return {};
  json::Document config(rapidjson::kObjectType);
  Allocator& allocator = config.GetAllocator();
  config.AddMember("model_type", latent ? Value("deepseek_v3") : Value("llama"), allocator);
  config.AddMember("hidden_size", model.hidden_size, allocator);
  config.AddMember("num_hidden_layers", static_cast<std::int64_t>(layers.size()), allocator);
  config.AddMember("vocab_size", model.vocab_size, allocator);
  config.AddMember("tie_word_embeddings", model.tied_embeddings, allocator);
  add_attention(layers.front().attention, config, allocator);
  if (first_with_experts != layers.begin()) {
    config.AddMember("intermediate_size", layers.front().feed_forward.intermediate, allocator);
  }
  if (first_with_experts != layers.end()) {
    config.AddMember("first_k_dense_replace", static_cast<std::int64_t>(first_with_experts - layers.begin()),
                     allocator);
    add_experts(first_with_experts->feed_forward, config, allocator);
  }
  return json::dump(config);
}

namespace {

std::string config_of_gguf(const engine::ModelSource& source) {
  std::string text = config_json_of(source.config());
  if (text.empty()) return text;
  json::Document config = json::parse(text, source.path());
  Value widths = stored_widths(source, config.GetAllocator());
  if (widths.ObjectEmpty()) return text;
  config.AddMember("quantization_config", widths, config.GetAllocator());
  return json::dump(config);
}

}  // namespace

std::string published_config(const std::string& model_path) {
  const fs::path path(model_path);
  if (path.extension() == ".gguf") return config_of_gguf(*engine::ModelSource::open(model_path));
  const fs::path found = path / "config.json";
  std::error_code error;
  if (!fs::is_regular_file(found, error)) return {};
  const std::string text = read_file(found.string(), kMostBytes);
  return json::parse(text, found.string()).IsObject() ? text : std::string();
}

}  // namespace reckon::harness
