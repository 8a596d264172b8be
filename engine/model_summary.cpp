#include "engine/model_summary.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <string_view>

namespace reckon::engine {
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

bool is_scale(std::string_view name) { return name.ends_with("_scale_inv") || name.ends_with("_scale"); }

bool is_routed_expert(std::string_view name) {
  return name.find(".experts.") != std::string_view::npos || name.find("_exps.") != std::string_view::npos;
}

/// The number behind "layers." or "blk.", or -1.
std::int64_t layer_of(std::string_view name) {
  for (const std::string_view mark : {std::string_view("layers."), std::string_view("blk.")}) {
    const std::size_t at = name.find(mark);
    if (at == std::string_view::npos) continue;
    std::int64_t layer = -1;
    const char* begin = name.data() + at + mark.size();
    if (std::from_chars(begin, name.data() + name.size(), layer).ec == std::errc()) return layer;
  }
  return -1;
}

}  // namespace

ModelSummary summarise(const ModelSource& source) {
  const ModelConfig& config = source.config();
  ModelSummary summary;
  summary.layers = static_cast<std::int64_t>(config.layers.size());
  for (const LayerConfig& layer : config.layers) {
    if (!layer.feed_forward.has_experts()) continue;
    summary.experts = layer.feed_forward.router.experts;
    summary.chosen_experts = layer.feed_forward.router.top_k;
  }
  std::int64_t routed = 0;
  for (const TensorRecord& tensor : source.tensors()) {
    summary.weight_bytes += static_cast<std::int64_t>(tensor.bytes);
    summary.weight_types[lower(tensor.type_name)] += static_cast<std::int64_t>(tensor.bytes);
    // Layers behind the last one predict further tokens; the forward pass does not use them.
    if (is_scale(tensor.name) || layer_of(tensor.name) >= summary.layers) continue;
    std::int64_t elements = 1;
    for (const std::int64_t extent : tensor.shape) elements *= extent;
    summary.parameters += elements;
    if (is_routed_expert(tensor.name)) routed += elements;
  }
  summary.active_parameters = summary.parameters;
  if (summary.experts > 0) {
    summary.active_parameters -= routed / summary.experts * (summary.experts - summary.chosen_experts);
  }
  return summary;
}

std::uint64_t kv_bytes_per_token(const ModelConfig& config, kernels::DataType type) {
  std::uint64_t bytes = 0;
  for (const LayerConfig& layer : config.layers) {
    const AttentionConfig& attention = layer.attention;
    const std::int64_t elements =
        attention.kind == AttentionConfig::Kind::latent
            ? attention.kv_lora_rank + attention.rope_dim
            : std::int64_t{attention.kv_heads} * (attention.key_dim + attention.value_dim);
    bytes += kernels::bytes_of(type, elements);
  }
  return bytes;
}

}  // namespace reckon::engine
