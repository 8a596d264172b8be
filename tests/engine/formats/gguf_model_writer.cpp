#include "tests/engine/formats/gguf_model_writer.h"

#include <cmath>
#include <cstring>
#include <numbers>
#include <utility>
#include <vector>

#include "base/error.h"
#include "engine/architectures/architecture.h"
#include "engine/formats/dummy_weights.h"
#include "engine/formats/tensor_type.h"
#include "tests/engine/formats/gguf_quantiser.h"

namespace reckon::test {
namespace {

using engine::ModelConfig;
using engine::TensorRole;
using kernels::DataType;

std::uint32_t file_number(DataType type) {
  for (std::uint32_t number = 0; number < 64; ++number) {
    const engine::FileType* listed = engine::gguf_type(number);
    if (listed != nullptr && listed->type == type) return number;
  }
  fail_input("GGUF has no type {}", kernels::type_info(type).name);
}

std::vector<float> draw(const std::string& name, std::int64_t rows, std::int64_t columns, TensorRole role) {
  const auto tensor = engine::draw_dummy_tensor({name, rows, columns, role}, DataType::f32, 0, 0);
  std::vector<float> values(static_cast<std::size_t>(rows * columns));
  std::memcpy(values.data(), tensor.data.data(), tensor.data.size());
  return values;
}

// Rows of each head: those of the first half and of the second take turns.
std::vector<float> permuted(const std::vector<float>& matrix, std::int64_t heads, std::int64_t rows,
                            std::int64_t columns) {
  const std::int64_t half = rows / heads / 2;
  std::vector<float> result;
  for (std::int64_t head = 0; head < heads; ++head) {
    for (std::int64_t i = 0; i < half; ++i) {
      for (std::int64_t j = 0; j < 2; ++j) {
        const auto row = matrix.begin() + (head * 2 * half + j * half + i) * columns;
        result.insert(result.end(), row, row + columns);
      }
    }
  }
  return result;
}

// What the converter writes for rope_type llama3: the divisor of each frequency.
std::vector<float> rope_factors(const engine::RopeConfig& rope) {
  const engine::RopeScaling& scaling = rope.scaling;
  std::vector<float> result;
  for (int i = 0; i < rope.rotary_dim / 2; ++i) {
    const double wavelength = 2.0 * std::numbers::pi * std::pow(rope.theta, 2.0 * i / rope.rotary_dim);
    const double context = static_cast<double>(scaling.original_context);
    double factor = 1.0;
    if (wavelength > context / scaling.low_freq_factor) {
      factor = scaling.factor;
    } else if (wavelength >= context / scaling.high_freq_factor) {
      const double smooth = (context / wavelength - scaling.low_freq_factor) /
                            (scaling.high_freq_factor - scaling.low_freq_factor);
      factor = 1.0 / ((1.0 - smooth) / scaling.factor + smooth);
    }
    result.push_back(static_cast<float>(factor));
  }
  return result;
}

class Writer {
 public:
  Writer(const ModelConfig& config, const MatrixStorage& storage, const std::string& architecture)
      : config_(config),
        storage_(storage),
        prefix_(architecture + "."),
        from_(engine::hugging_face_names()),
        to_(engine::gguf_names()) {
    builder_.add_string("general.architecture", architecture);
  }

  GgufBuilder take() { return std::move(builder_); }

  void u32(const std::string& key, std::int64_t value) {
    builder_.add_u32(prefix_ + key, static_cast<std::uint32_t>(value));
  }
  void f32(const std::string& key, double value) {
    builder_.add_f32(prefix_ + key, static_cast<float>(value));
  }
  void boolean(const std::string& key, bool value) { builder_.add_bool(prefix_ + key, value); }
  void text(const std::string& key, const std::string& value) { builder_.add_string(prefix_ + key, value); }

  void common_keys() {
    const engine::AttentionConfig& attention = config_.layers[0].attention;
    u32("block_count", static_cast<std::int64_t>(config_.layers.size()));
    u32("context_length", config_.context_length);
    u32("embedding_length", config_.hidden_size);
    u32("feed_forward_length", config_.layers[0].feed_forward.intermediate);
    u32("attention.head_count", attention.heads);
    u32("attention.head_count_kv", attention.kv_heads);
    f32("attention.layer_norm_rms_epsilon", static_cast<double>(config_.norm_epsilon));
    u32("rope.dimension_count", attention.rope.rotary_dim);
    f32("rope.freq_base", attention.rope.theta);
    scaling_keys(attention.rope.scaling);
    builder_.add_string("tokenizer.ggml.model", "gpt2")
        .add_strings("tokenizer.ggml.tokens",
                     std::vector<std::string>(static_cast<std::size_t>(config_.vocab_size), "t"));
  }

  void ends() {
    matrix(from_.embedding, to_.embedding, config_.vocab_size, config_.hidden_size, TensorRole::embedding);
    vector(from_.final_norm, to_.final_norm, config_.hidden_size);
    if (!config_.tied_embeddings) {
      matrix(from_.output, to_.output, config_.vocab_size, config_.hidden_size, TensorRole::precise_linear);
    }
    const engine::RopeConfig& rope = config_.layers[0].attention.rope;
    if (rope.scaling.kind == engine::RopeScaling::Kind::llama3) {
      add("rope_freqs.weight", {rope.rotary_dim / 2}, DataType::f32, rope_factors(rope));
    }
  }

  void llama_layer(std::int32_t index) {
    layer_ = index;
    const engine::LayerConfig& layer = config_.layers[static_cast<std::size_t>(index)];
    const engine::AttentionConfig& attention = layer.attention;
    const std::int64_t width = config_.hidden_size;
    const std::int64_t q = std::int64_t{attention.heads} * attention.key_dim;
    const std::int64_t k = std::int64_t{attention.kv_heads} * attention.key_dim;
    norms();
    matrix(from_.q, to_.q, q, width, TensorRole::linear, attention.heads);
    matrix(from_.k, to_.k, k, width, TensorRole::linear, attention.kv_heads);
    matrix(from_.v, to_.v, k, width);
    matrix(from_.o, to_.o, width, q);
    feed_forward(from_.gate, to_.gate, from_.up, to_.up, from_.down, to_.down,
                 layer.feed_forward.intermediate);
  }

  void deepseek_layer(std::int32_t index, bool split_kv_b) {
    layer_ = index;
    const engine::LayerConfig& layer = config_.layers[static_cast<std::size_t>(index)];
    const engine::AttentionConfig& attention = layer.attention;
    const std::int64_t width = config_.hidden_size;
    const std::int64_t q = std::int64_t{attention.heads} * attention.key_dim;
    norms();
    if (attention.q_lora_rank == 0) {
      matrix(from_.q, to_.q, q, width);
    } else {
      matrix(from_.q_a, to_.q_a, attention.q_lora_rank, width);
      vector(from_.q_a_norm, to_.q_a_norm, attention.q_lora_rank);
      matrix(from_.q_b, to_.q_b, q, attention.q_lora_rank);
    }
    matrix(from_.kv_a, to_.kv_a, attention.kv_lora_rank + attention.rope_dim, width);
    vector(from_.kv_a_norm, to_.kv_a_norm, attention.kv_lora_rank);
    if (split_kv_b) {
      kv_b_in_two(attention);
    } else {
      matrix(from_.kv_b, to_.kv_b, std::int64_t{attention.heads} * (attention.nope_dim + attention.value_dim),
             attention.kv_lora_rank);
    }
    matrix(from_.o, to_.o, width, std::int64_t{attention.heads} * attention.value_dim);
    const engine::FeedForwardConfig& wanted = layer.feed_forward;
    if (!wanted.has_experts()) {
      feed_forward(from_.gate, to_.gate, from_.up, to_.up, from_.down, to_.down, wanted.intermediate);
      return;
    }
    const std::int64_t experts = wanted.router.experts;
    // The converter leaves routers in F32.
    add(name(to_.router), {width, experts}, DataType::f32,
        draw(name(from_.router), experts, width, TensorRole::precise_linear));
    vector(from_.router_bias, to_.router_bias, experts, TensorRole::router_bias);
    stacked(from_.expert_gate, to_.expert_gate, experts, wanted.expert_intermediate, width);
    stacked(from_.expert_up, to_.expert_up, experts, wanted.expert_intermediate, width);
    stacked(from_.expert_down, to_.expert_down, experts, width, wanted.expert_intermediate);
    feed_forward(from_.shared_gate, to_.shared_gate, from_.shared_up, to_.shared_up, from_.shared_down,
                 to_.shared_down, wanted.shared_intermediate);
  }

 private:
  std::string name(const std::string& pattern) const { return engine::tensor_name(pattern, layer_); }

  // llama3 scaling is a tensor instead (ends).
  void scaling_keys(const engine::RopeScaling& scaling) {
    const bool yarn = scaling.kind == engine::RopeScaling::Kind::yarn;
    if (!yarn && scaling.kind != engine::RopeScaling::Kind::linear) return;
    text("rope.scaling.type", yarn ? "yarn" : "linear");
    f32("rope.scaling.factor", scaling.factor);
    if (!yarn) return;
    u32("rope.scaling.original_context_length", scaling.original_context);
    f32("rope.scaling.yarn_beta_fast", scaling.beta_fast);
    f32("rope.scaling.yarn_beta_slow", scaling.beta_slow);
  }

  DataType type_of(const std::string& to) const {
    return storage_.type_of ? storage_.type_of(to) : DataType::f32;
  }

  /// Dimensions innermost first.
  void add(const std::string& to, const std::vector<std::int64_t>& dimensions, DataType type,
           const std::vector<float>& values) {
    std::string data = quantised(type, values);
    if (storage_.as_f32) {
      data = quantised(DataType::f32, dequantised(type, data));
      type = DataType::f32;
    }
    builder_.add_tensor(to, {dimensions.begin(), dimensions.end()}, file_number(type), data);
  }

  void matrix(const std::string& from, const std::string& to, std::int64_t rows, std::int64_t columns,
              TensorRole role = TensorRole::linear, std::int64_t permuted_heads = 0) {
    std::vector<float> values = draw(name(from), rows, columns, role);
    if (permuted_heads > 0) values = permuted(values, permuted_heads, rows, columns);
    add(name(to), {columns, rows}, type_of(name(to)), values);
  }

  void vector(const std::string& from, const std::string& to, std::int64_t size,
              TensorRole role = TensorRole::norm) {
    add(name(to), {size}, DataType::f32, draw(name(from), 1, size, role));
  }

  void stacked(const std::string& from, const std::string& to, std::int64_t experts, std::int64_t rows,
               std::int64_t columns) {
    std::vector<float> values;
    for (std::int32_t e = 0; e < experts; ++e) {
      const auto one = draw(engine::tensor_name(from, layer_, e), rows, columns, TensorRole::linear);
      values.insert(values.end(), one.begin(), one.end());
    }
    add(name(to), {columns, rows, experts}, type_of(name(to)), values);
  }

  void norms() {
    vector(from_.attention_norm, to_.attention_norm, config_.hidden_size);
    vector(from_.feed_forward_norm, to_.feed_forward_norm, config_.hidden_size);
  }

  void feed_forward(const std::string& gate, const std::string& to_gate, const std::string& up,
                    const std::string& to_up, const std::string& down, const std::string& to_down,
                    std::int64_t wide) {
    matrix(gate, to_gate, wide, config_.hidden_size);
    matrix(up, to_up, wide, config_.hidden_size);
    matrix(down, to_down, config_.hidden_size, wide);
  }

  void kv_b_in_two(const engine::AttentionConfig& attention) {
    const std::int64_t nope = attention.nope_dim;
    const std::int64_t value = attention.value_dim;
    const std::int64_t latent = attention.kv_lora_rank;
    const std::int64_t heads = attention.heads;
    const std::vector<float> whole =
        draw(name(from_.kv_b), heads * (nope + value), latent, TensorRole::linear);
    std::vector<float> keys, values;
    for (std::int64_t head = 0; head < heads; ++head) {
      const auto start = whole.begin() + head * (nope + value) * latent;
      for (std::int64_t column = 0; column < latent; ++column) {
        for (std::int64_t row = 0; row < nope; ++row) keys.push_back(start[row * latent + column]);
      }
      values.insert(values.end(), start + nope * latent, start + (nope + value) * latent);
    }
    const std::string to_keys = name("blk.{layer}.attn_k_b.weight");
    const std::string to_values = name("blk.{layer}.attn_v_b.weight");
    add(to_keys, {nope, latent, heads}, type_of(to_keys), keys);
    add(to_values, {latent, value, heads}, type_of(to_values), values);
  }

  const ModelConfig& config_;
  const MatrixStorage& storage_;
  std::string prefix_;
  engine::TensorNames from_, to_;
  std::int32_t layer_ = 0;
  GgufBuilder builder_;
};

void deepseek_keys(Writer& writer, const ModelConfig& config, bool split_kv_b) {
  const engine::AttentionConfig& attention = config.layers[0].attention;
  const engine::FeedForwardConfig& experts = config.layers.back().feed_forward;
  std::int64_t dense_layers = 0;
  for (const engine::LayerConfig& layer : config.layers)
    dense_layers += layer.feed_forward.has_experts() ? 0 : 1;
  writer.u32("leading_dense_block_count", dense_layers);
  writer.u32("vocab_size", config.vocab_size);
  if (attention.q_lora_rank > 0) writer.u32("attention.q_lora_rank", attention.q_lora_rank);
  writer.u32("attention.kv_lora_rank", attention.kv_lora_rank);
  if (split_kv_b) {
    writer.u32("attention.key_length", attention.kv_lora_rank + attention.rope_dim);
    writer.u32("attention.value_length", attention.kv_lora_rank);
    writer.u32("attention.key_length_mla", attention.key_dim);
    writer.u32("attention.value_length_mla", attention.value_dim);
  } else {
    writer.u32("attention.key_length", attention.key_dim);
    writer.u32("attention.value_length", attention.value_dim);
  }
  writer.u32("expert_count", experts.router.experts);
  writer.u32("expert_used_count", experts.router.top_k);
  writer.u32("expert_shared_count", experts.shared_intermediate / experts.expert_intermediate);
  writer.u32("expert_feed_forward_length", experts.expert_intermediate);
  writer.u32("expert_group_count", experts.router.groups);
  writer.u32("expert_group_used_count", experts.router.kept_groups);
  writer.u32("expert_gating_func", 2);
  writer.f32("expert_weights_scale", static_cast<double>(experts.router.scaling));
  writer.boolean("expert_weights_norm", experts.router.normalise);
  if (attention.rope.scaling.kind == engine::RopeScaling::Kind::yarn) {
    writer.f32("rope.scaling.yarn_log_multiplier", 0.1);  // mscale_all_dim 1
  }
}

std::int32_t layer_count(const ModelConfig& config) {
  return static_cast<std::int32_t>(config.layers.size());
}

}  // namespace

GgufBuilder llama_gguf(const ModelConfig& config, const MatrixStorage& storage) {
  Writer writer(config, storage, "llama");
  writer.common_keys();
  writer.u32("attention.key_length", config.layers[0].attention.key_dim);
  writer.u32("attention.value_length", config.layers[0].attention.value_dim);
  writer.ends();
  for (std::int32_t i = 0; i < layer_count(config); ++i) writer.llama_layer(i);
  return writer.take();
}

GgufBuilder deepseek_gguf(const ModelConfig& config, bool split_kv_b, const MatrixStorage& storage) {
  Writer writer(config, storage, "deepseek2");
  writer.common_keys();
  deepseek_keys(writer, config, split_kv_b);
  writer.ends();
  for (std::int32_t i = 0; i < layer_count(config); ++i) writer.deepseek_layer(i, split_kv_b);
  return writer.take();
}

}  // namespace reckon::test
