#include "engine/model/weights.h"

#include <cstring>
#include <map>
#include <span>

#include "base/error.h"
#include "base/files.h"
#include "engine/model/rope_frequencies.h"

namespace reckon::engine {
namespace {

using kernels::Tensor;
using kernels::WeightHandle;
using Axis = kernels::Shard::Axis;

/// Shapes are those of the files; shards say what of them this rank holds.
class Loader {
 public:
  Loader(const ModelSource& source, const RankPart& part, kernels::Backend& backend)
      : source_(source),
        part_(part),
        backend_(backend),
        config_(source.config()),
        names_(config_.names),
        copies_(backend.device().backend != "cpu") {}

  WeightHandle matrix(const std::string& name, std::int64_t rows, std::int64_t columns,
                      const kernels::Shard& shard = {}, TensorRole role = TensorRole::linear) {
    return load({name, rows, columns, role}, shard);
  }

  WeightHandle router(const std::string& name, std::int64_t experts) {
    kernels::StoredTensor stored =
        source_.tensor({name, experts, config_.hidden_size, TensorRole::precise_linear});
    stored.float_activations = true;
    return backend_.load_weight(stored);
  }

  /// While one tensor travels to a device, the file is read on behind it: tensors lie nearly as they are
  /// asked for.
  WeightHandle load(const TensorRequest& request, const kernels::Shard& shard) {
    constexpr std::size_t kAhead = std::size_t{64} << 20;
    const kernels::StoredTensor stored = source_.tensor(request);
    if (copies_ && stored.file != nullptr) {
      const auto offset = static_cast<std::size_t>(stored.data.data() - stored.file->bytes().data());
      stored.file->read_ahead(offset, stored.data.size() + kAhead);
    }
    return backend_.load_weight(stored, shard);
  }

  Tensor vector(const std::string& name, std::int64_t size, TensorRole role,
                const kernels::Shard& shard = {}) {
    return backend_.load_vector(source_.tensor({name, 1, size, role}), shard);
  }

  LayerWeights layer(std::int32_t index) {
    const LayerConfig& layer = config_.layers[static_cast<std::size_t>(index)];
    index_ = index;
    LayerWeights weights;
    weights.attention = layer.attention.kind == AttentionConfig::Kind::latent
                            ? latent_attention(layer.attention)
                            : grouped_attention(layer.attention);
    weights.attention.norm = vector(name(names_.attention_norm), config_.hidden_size, TensorRole::norm);
    weights.attention.rope = rope(layer.attention.rope);
    weights.feed_forward = feed_forward(layer.feed_forward);
    return weights;
  }

 private:
  std::string name(const std::string& pattern, std::int32_t expert = 0) const {
    return tensor_name(pattern, index_, expert);
  }

  AttentionWeights grouped_attention(const AttentionConfig& attention) {
    const std::int64_t width = config_.hidden_size;
    const std::int64_t q_rows = std::int64_t{attention.heads} * attention.key_dim;
    const std::int64_t k_rows = std::int64_t{attention.kv_heads} * attention.key_dim;
    const std::int64_t v_rows = std::int64_t{attention.kv_heads} * attention.value_dim;
    const kernels::Shard key_rows = part_.cut_keys(Axis::rows, attention);
    AttentionWeights weights;
    weights.q = matrix(name(names_.q), q_rows, width, part_.cut(Axis::rows));
    weights.k = matrix(name(names_.k), k_rows, width, key_rows);
    weights.v = matrix(name(names_.v), v_rows, width, key_rows);
    weights.o = output_projection(attention);
    if (attention.qkv_bias) {
      const kernels::Shard keys = part_.cut_keys(Axis::columns, attention);
      weights.q_bias = vector(name(names_.q_bias), q_rows, TensorRole::bias, part_.cut(Axis::columns));
      weights.k_bias = vector(name(names_.k_bias), k_rows, TensorRole::bias, keys);
      weights.v_bias = vector(name(names_.v_bias), v_rows, TensorRole::bias, keys);
    }
    if (attention.output_bias && part_.adds_shared_terms())
      weights.o_bias = vector(name(names_.o_bias), width, TensorRole::bias);
    if (attention.head_norm) {
      weights.q_norm = vector(name(names_.q_norm), attention.key_dim, TensorRole::norm);
      weights.k_norm = vector(name(names_.k_norm), attention.key_dim, TensorRole::norm);
    }
    return weights;
  }

  WeightHandle output_projection(const AttentionConfig& attention) {
    return matrix(name(names_.o), config_.hidden_size, std::int64_t{attention.heads} * attention.value_dim,
                  part_.cut(Axis::columns));
  }

  AttentionWeights latent_attention(const AttentionConfig& attention) {
    const std::int64_t width = config_.hidden_size;
    const std::int64_t q_rows = std::int64_t{attention.heads} * attention.key_dim;
    AttentionWeights weights;
    if (attention.q_lora_rank == 0) {
      weights.q = matrix(name(names_.q), q_rows, width, part_.cut(Axis::rows));
    } else {
      weights.q_a = matrix(name(names_.q_a), attention.q_lora_rank, width);
      weights.q_a_norm = vector(name(names_.q_a_norm), attention.q_lora_rank, TensorRole::norm);
      weights.q_b = matrix(name(names_.q_b), q_rows, attention.q_lora_rank, part_.cut(Axis::rows));
    }
    weights.kv_a =
        matrix(name(names_.kv_a), std::int64_t{attention.kv_lora_rank} + attention.rope_dim, width);
    weights.kv_a_norm = vector(name(names_.kv_a_norm), attention.kv_lora_rank, TensorRole::norm);
    kernels::MlaSpec spec;
    spec.heads = attention.heads / part_.plan().tensor;
    spec.nope_dim = attention.nope_dim;
    spec.rope_dim = attention.rope_dim;
    spec.value_dim = attention.value_dim;
    spec.latent_dim = attention.kv_lora_rank;
    spec.scale = attention.scale;
    weights.kv_b = backend_.load_mla_weight(kv_b_tensor(source_, index_), spec, part_.cut(Axis::rows));
    weights.o = output_projection(attention);
    return weights;
  }

  FeedForwardWeights feed_forward(const FeedForwardConfig& config) {
    const std::int64_t width = config_.hidden_size;
    FeedForwardWeights weights;
    weights.norm = vector(name(names_.feed_forward_norm), width, TensorRole::norm);
    if (!config.has_experts()) {
      weights.gate = matrix(name(names_.gate), config.intermediate, width, part_.cut(Axis::rows));
      weights.up = matrix(name(names_.up), config.intermediate, width, part_.cut(Axis::rows));
      weights.down = matrix(name(names_.down), width, config.intermediate, part_.cut(Axis::columns));
      return weights;
    }
    const std::int64_t experts = config.router.experts;
    weights.router = router(name(names_.router), experts);
    if (config.correction_bias)
      weights.router_bias = vector(name(names_.router_bias), experts, TensorRole::router_bias);
    const std::int32_t first = part_.first_expert(config);
    const kernels::Shard rows = part_.cut_expert(Axis::rows);
    const kernels::Shard columns = part_.cut_expert(Axis::columns);
    const std::int64_t inner = config.expert_intermediate;
    for (std::int32_t e = first; e < first + part_.expert_count(config); ++e) {
      weights.experts.gate.push_back(expert(names_.expert_gate, e, experts, inner, width, rows));
      weights.experts.up.push_back(expert(names_.expert_up, e, experts, inner, width, rows));
      weights.experts.down.push_back(expert(names_.expert_down, e, experts, width, inner, columns));
    }
    if (config.shared_intermediate > 0) {
      const std::int64_t shared = config.shared_intermediate;
      weights.gate = matrix(name(names_.shared_gate), shared, width, part_.cut(Axis::rows));
      weights.up = matrix(name(names_.shared_up), shared, width, part_.cut(Axis::rows));
      weights.down = matrix(name(names_.shared_down), width, shared, part_.cut(Axis::columns));
    }
    return weights;
  }

  WeightHandle expert(const std::string& pattern, std::int32_t index, std::int64_t experts, std::int64_t rows,
                      std::int64_t columns, const kernels::Shard& shard) {
    TensorRequest request{name(pattern, index), rows, columns, TensorRole::linear};
    if (pattern.find("{expert}") == std::string::npos) {
      request.slice = index;
      request.slices = experts;
    }
    return load(request, shard);
  }

  kernels::RopeSpec rope(const RopeConfig& config) {
    kernels::RopeSpec spec;
    spec.pairing = config.pairing;
    spec.rotary_dim = config.rotary_dim;
    spec.magnitude = static_cast<float>(config.scaling.magnitude);
    // Layers that rotate alike share one table.
    for (const auto& [known, table] : tables_) {
      if (known == config) {
        spec.inverse_frequencies = table;
        return spec;
      }
    }
    std::vector<float> divisors;
    if (!config.factors_tensor.empty()) divisors = rope_divisors(config);
    const std::vector<float> frequencies = rope_inverse_frequencies(config, divisors);
    const auto size = static_cast<std::int64_t>(frequencies.size());
    spec.inverse_frequencies =
        kernels::dense(backend_.allocate(frequencies.size() * sizeof(float)), kernels::DataType::f32, {size});
    backend_.upload(spec.inverse_frequencies, std::as_bytes(std::span<const float>(frequencies)));
    tables_.emplace_back(config, spec.inverse_frequencies);
    return spec;
  }

  std::vector<float> rope_divisors(const RopeConfig& config) {
    const kernels::StoredTensor stored =
        source_.tensor({config.factors_tensor, 1, config.rotary_dim / 2, TensorRole::norm});
    if (stored.type != kernels::DataType::f32) {
      fail_input("{}: tensor '{}' should be F32", source_.path(), config.factors_tensor);
    }
    std::vector<float> divisors(static_cast<std::size_t>(config.rotary_dim / 2));
    std::memcpy(divisors.data(), stored.data.data(), divisors.size() * sizeof(float));
    for (const float divisor : divisors) {
      if (!(divisor > 0.0F && divisor < 1e9F)) {
        fail_input("{}: tensor '{}' holds {}; it should hold positive numbers", source_.path(),
                   config.factors_tensor, divisor);
      }
    }
    return divisors;
  }

  const ModelSource& source_;
  const RankPart& part_;
  kernels::Backend& backend_;
  const ModelConfig& config_;
  const TensorNames& names_;
  bool copies_;  ///< the back end copies what it loads; the CPU's maps it
  std::int32_t index_ = 0;
  std::vector<std::pair<RopeConfig, Tensor>> tables_;
};

}  // namespace

ModelWeights load_weights(const ModelSource& source, const RankPart& part, kernels::Backend& backend,
                          const LoadOptions& options) {
  const ModelConfig& config = source.config();
  Loader loader(source, part, backend);
  ModelWeights weights;
  weights.embedding =
      loader.matrix(config.names.embedding, config.vocab_size, config.hidden_size, {}, TensorRole::embedding);
  const auto layers = static_cast<std::int32_t>(config.layers.size());
  for (std::int32_t i = 0; i < layers; ++i) {
    weights.layers.push_back(loader.layer(i));
    if (options.progress) options.progress(i + 1, layers);
  }
  weights.final_norm = loader.vector(config.names.final_norm, config.hidden_size, TensorRole::norm);
  const kernels::Shard vocabulary = part.cut_vocabulary();
  if (config.tied_embeddings && vocabulary.count == 1)
    weights.output = weights.embedding;
  else
    weights.output =
        loader.matrix(config.tied_embeddings ? config.names.embedding : config.names.output,
                      config.vocab_size, config.hidden_size, vocabulary,
                      config.tied_embeddings ? TensorRole::embedding : TensorRole::precise_linear);
  return weights;
}

}  // namespace reckon::engine
