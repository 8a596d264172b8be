// The golden models as GGUF files, arranged as llama.cpp's converter arranges them: Q and K rows permuted,
// llama3 scaling as a tensor of factors, experts stacked, kv_b whole or split with its keys transposed.

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <numbers>

#include "engine/architectures/architecture.h"
#include "engine/formats/dummy_weights.h"
#include "tests/engine/formats/file_builders.h"
#include "tests/engine/golden/golden_case.h"
#include "tests/engine/golden/score_tokens.h"
#include "tests/support/shared_data.h"

namespace reckon::test {
namespace {

using engine::ModelConfig;
using engine::TensorRole;

constexpr float kTolerance = 5e-4F;
constexpr std::uint32_t kF32 = 0;

ModelConfig config_of(const GoldenCase& golden) {
  engine::OpenOptions options;
  options.dummy_weights = true;
  return engine::ModelSource::open(golden.folder, options)->config();
}

std::string draw(const std::string& name, std::int64_t rows, std::int64_t columns, TensorRole role) {
  const auto tensor = engine::draw_dummy_tensor({name, rows, columns, role}, kernels::DataType::f32, 0, 0);
  return {reinterpret_cast<const char*>(tensor.data.data()), tensor.data.size()};
}

// Rows of each head: those of the first half and of the second take turns.
std::string permuted(const std::string& matrix, std::int64_t heads, std::int64_t rows, std::int64_t columns) {
  const auto row_bytes = static_cast<std::size_t>(columns) * sizeof(float);
  const std::int64_t half = rows / heads / 2;
  std::string result;
  for (std::int64_t head = 0; head < heads; ++head) {
    for (std::int64_t i = 0; i < half; ++i) {
      for (std::int64_t j = 0; j < 2; ++j) {
        result +=
            matrix.substr(static_cast<std::size_t>(head * 2 * half + j * half + i) * row_bytes, row_bytes);
      }
    }
  }
  return result;
}

class Writer {
 public:
  explicit Writer(const ModelConfig& config)
      : config_(config), from_(engine::hugging_face_names()), to_(engine::gguf_names()) {}

  GgufBuilder& builder() { return builder_; }

  void matrix(const std::string& from, const std::string& to, std::int64_t rows, std::int64_t columns,
              TensorRole role = TensorRole::linear, std::int64_t permuted_heads = 0) {
    std::string data = draw(name(from), rows, columns, role);
    if (permuted_heads > 0) data = permuted(data, permuted_heads, rows, columns);
    builder_.add_tensor(name(to), {static_cast<std::uint64_t>(columns), static_cast<std::uint64_t>(rows)},
                        kF32, data);
  }

  void vector(const std::string& from, const std::string& to, std::int64_t size,
              TensorRole role = TensorRole::norm) {
    builder_.add_tensor(name(to), {static_cast<std::uint64_t>(size)}, kF32, draw(name(from), 1, size, role));
  }

  void stacked(const std::string& from, const std::string& to, std::int64_t experts, std::int64_t rows,
               std::int64_t columns) {
    std::string data;
    for (std::int32_t e = 0; e < experts; ++e) {
      data += draw(engine::tensor_name(from, layer_, e), rows, columns, TensorRole::linear);
    }
    builder_.add_tensor(name(to),
                        {static_cast<std::uint64_t>(columns), static_cast<std::uint64_t>(rows),
                         static_cast<std::uint64_t>(experts)},
                        kF32, data);
  }

  void common_keys(const std::string& architecture) {
    const engine::AttentionConfig& attention = config_.layers[0].attention;
    const std::string p = architecture + ".";
    builder_.add_string("general.architecture", architecture)
        .add_u32(p + "block_count", static_cast<std::uint32_t>(config_.layers.size()))
        .add_u32(p + "context_length", static_cast<std::uint32_t>(config_.context_length))
        .add_u32(p + "embedding_length", static_cast<std::uint32_t>(config_.hidden_size))
        .add_u32(p + "feed_forward_length",
                 static_cast<std::uint32_t>(config_.layers[0].feed_forward.intermediate))
        .add_u32(p + "attention.head_count", static_cast<std::uint32_t>(attention.heads))
        .add_u32(p + "attention.head_count_kv", static_cast<std::uint32_t>(attention.kv_heads))
        .add_f32(p + "attention.layer_norm_rms_epsilon", config_.norm_epsilon)
        .add_u32(p + "rope.dimension_count", static_cast<std::uint32_t>(attention.rope.rotary_dim))
        .add_f32(p + "rope.freq_base", static_cast<float>(attention.rope.theta))
        .add_string("tokenizer.ggml.model", "gpt2")
        .add_strings("tokenizer.ggml.tokens",
                     std::vector<std::string>(static_cast<std::size_t>(config_.vocab_size), "t"));
  }

  void ends() {
    matrix(from_.embedding, to_.embedding, config_.vocab_size, config_.hidden_size, TensorRole::embedding);
    vector(from_.final_norm, to_.final_norm, config_.hidden_size);
    if (!config_.tied_embeddings) {
      matrix(from_.output, to_.output, config_.vocab_size, config_.hidden_size, TensorRole::precise_linear);
    }
  }

  void norms() {
    vector(from_.attention_norm, to_.attention_norm, config_.hidden_size);
    vector(from_.feed_forward_norm, to_.feed_forward_norm, config_.hidden_size);
  }

  void llama_layer(std::int32_t index) {
    layer_ = index;
    const engine::AttentionConfig& attention = config_.layers[static_cast<std::size_t>(index)].attention;
    const std::int64_t width = config_.hidden_size;
    const std::int64_t q = std::int64_t{attention.heads} * attention.key_dim;
    const std::int64_t k = std::int64_t{attention.kv_heads} * attention.key_dim;
    norms();
    matrix(from_.q, to_.q, q, width, TensorRole::linear, attention.heads);
    matrix(from_.k, to_.k, k, width, TensorRole::linear, attention.kv_heads);
    matrix(from_.v, to_.v, k, width);
    matrix(from_.o, to_.o, width, q);
    dense(from_.gate, to_.gate, from_.up, to_.up, from_.down, to_.down,
          config_.layers[0].feed_forward.intermediate);
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
    const engine::FeedForwardConfig& feed_forward = layer.feed_forward;
    if (!feed_forward.has_experts()) {
      dense(from_.gate, to_.gate, from_.up, to_.up, from_.down, to_.down, feed_forward.intermediate);
      return;
    }
    const std::int64_t experts = feed_forward.router.experts;
    matrix(from_.router, to_.router, experts, width, TensorRole::precise_linear);
    vector(from_.router_bias, to_.router_bias, experts, TensorRole::router_bias);
    stacked(from_.expert_gate, to_.expert_gate, experts, feed_forward.expert_intermediate, width);
    stacked(from_.expert_up, to_.expert_up, experts, feed_forward.expert_intermediate, width);
    stacked(from_.expert_down, to_.expert_down, experts, width, feed_forward.expert_intermediate);
    dense(from_.shared_gate, to_.shared_gate, from_.shared_up, to_.shared_up, from_.shared_down,
          to_.shared_down, feed_forward.shared_intermediate);
  }

 private:
  std::string name(const std::string& pattern) const { return engine::tensor_name(pattern, layer_); }

  void dense(const std::string& gate, const std::string& to_gate, const std::string& up,
             const std::string& to_up, const std::string& down, const std::string& to_down,
             std::int64_t wide) {
    matrix(gate, to_gate, wide, config_.hidden_size);
    matrix(up, to_up, wide, config_.hidden_size);
    matrix(down, to_down, config_.hidden_size, wide);
  }

  void kv_b_in_two(const engine::AttentionConfig& attention) {
    const auto nope = static_cast<std::size_t>(attention.nope_dim);
    const auto value = static_cast<std::size_t>(attention.value_dim);
    const auto latent = static_cast<std::size_t>(attention.kv_lora_rank);
    const auto heads = static_cast<std::size_t>(attention.heads);
    const std::string whole = draw(name(from_.kv_b), static_cast<std::int64_t>(heads * (nope + value)),
                                   attention.kv_lora_rank, TensorRole::linear);
    std::string keys, values;
    for (std::size_t head = 0; head < heads; ++head) {
      const std::size_t start = head * (nope + value) * latent * sizeof(float);
      for (std::size_t column = 0; column < latent; ++column) {
        for (std::size_t row = 0; row < nope; ++row) {
          keys += whole.substr(start + (row * latent + column) * sizeof(float), sizeof(float));
        }
      }
      values += whole.substr(start + nope * latent * sizeof(float), value * latent * sizeof(float));
    }
    builder_.add_tensor(name("blk.{layer}.attn_k_b.weight"), {nope, latent, heads}, kF32, keys);
    builder_.add_tensor(name("blk.{layer}.attn_v_b.weight"), {latent, value, heads}, kF32, values);
  }

  const ModelConfig& config_;
  engine::TensorNames from_, to_;
  std::int32_t layer_ = 0;
  GgufBuilder builder_;
};

// What the converter writes for rope_type llama3: the divisor of each frequency.
std::string rope_factors(const engine::RopeConfig& rope) {
  const engine::RopeScaling& scaling = rope.scaling;
  std::string result;
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
    const auto rounded = static_cast<float>(factor);
    std::string bytes(sizeof(float), '\0');
    std::memcpy(bytes.data(), &rounded, sizeof(float));
    result += bytes;
  }
  return result;
}

void expect_agreement(const GoldenCase& golden, const GgufBuilder& builder) {
  const TemporaryFolder folder;
  const auto source = engine::ModelSource::open(folder.write("m.gguf", builder.build()));
  ScoreOptions generated;
  generated.chunk = 1;
  generated.prompt_tokens = 5;
  for (const ScoreOptions& options : {ScoreOptions{}, generated}) {
    const Difference difference =
        largest_difference(score_tokens(*source, golden.tokens, options), golden.logprobs, golden.excluded);
    EXPECT_LE(difference.largest, kTolerance)
        << "position " << difference.position << ", token " << difference.token;
  }
}

TEST(GgufGolden, LlamaWithPermutedRowsAndRopeFactors) {
  const GoldenCase golden = read_golden("llama_llama3");
  const ModelConfig config = config_of(golden);
  Writer writer(config);
  writer.common_keys("llama");
  writer.builder().add_u32("llama.attention.key_length", 32).add_u32("llama.attention.value_length", 32);
  writer.ends();
  for (std::int32_t i = 0; i < static_cast<std::int32_t>(config.layers.size()); ++i) writer.llama_layer(i);
  const engine::RopeConfig& rope = config.layers[0].attention.rope;
  writer.builder().add_tensor("rope_freqs.weight", {static_cast<std::uint64_t>(rope.rotary_dim / 2)}, kF32,
                              rope_factors(rope));
  expect_agreement(golden, writer.builder());
}

TEST(GgufGolden, LlamaTiedEmbeddings) {
  const GoldenCase golden = read_golden("llama_gqa_tied");
  const ModelConfig config = config_of(golden);
  Writer writer(config);
  writer.common_keys("llama");
  writer.builder().add_u32("llama.attention.key_length", 24).add_u32("llama.attention.value_length", 24);
  writer.ends();
  for (std::int32_t i = 0; i < static_cast<std::int32_t>(config.layers.size()); ++i) writer.llama_layer(i);
  expect_agreement(golden, writer.builder());
}

GgufBuilder deepseek_file(const ModelConfig& config, bool split_kv_b) {
  const engine::AttentionConfig& attention = config.layers[0].attention;
  const engine::FeedForwardConfig& experts = config.layers.back().feed_forward;
  const std::string p = "deepseek2.";
  Writer writer(config);
  writer.common_keys("deepseek2");
  GgufBuilder& builder = writer.builder();
  const auto u32 = [&](const char* key, std::int32_t value) {
    builder.add_u32(p + key, static_cast<std::uint32_t>(value));
  };
  u32("leading_dense_block_count", 1);
  u32("vocab_size", config.vocab_size);
  if (attention.q_lora_rank > 0) u32("attention.q_lora_rank", attention.q_lora_rank);
  u32("attention.kv_lora_rank", attention.kv_lora_rank);
  if (split_kv_b) {
    u32("attention.key_length", attention.kv_lora_rank + attention.rope_dim);
    u32("attention.value_length", attention.kv_lora_rank);
    u32("attention.key_length_mla", attention.key_dim);
    u32("attention.value_length_mla", attention.value_dim);
  } else {
    u32("attention.key_length", attention.key_dim);
    u32("attention.value_length", attention.value_dim);
  }
  u32("expert_count", experts.router.experts);
  u32("expert_used_count", experts.router.top_k);
  u32("expert_shared_count", 1);
  u32("expert_feed_forward_length", experts.expert_intermediate);
  u32("expert_group_count", experts.router.groups);
  u32("expert_group_used_count", experts.router.kept_groups);
  u32("expert_gating_func", 2);
  builder.add_f32(p + "expert_weights_scale", experts.router.scaling);
  builder.add_bool(p + "expert_weights_norm", experts.router.normalise);
  const engine::RopeScaling& scaling = attention.rope.scaling;
  if (scaling.kind == engine::RopeScaling::Kind::yarn) {
    builder.add_string(p + "rope.scaling.type", "yarn");
    builder.add_f32(p + "rope.scaling.factor", static_cast<float>(scaling.factor));
    u32("rope.scaling.original_context_length", static_cast<std::int32_t>(scaling.original_context));
    builder.add_f32(p + "rope.scaling.yarn_beta_fast", static_cast<float>(scaling.beta_fast));
    builder.add_f32(p + "rope.scaling.yarn_beta_slow", static_cast<float>(scaling.beta_slow));
    builder.add_f32(p + "rope.scaling.yarn_log_multiplier", 0.1F);  // mscale_all_dim 1
  }
  writer.ends();
  for (std::int32_t i = 0; i < static_cast<std::int32_t>(config.layers.size()); ++i) {
    writer.deepseek_layer(i, split_kv_b);
  }
  return builder;
}

TEST(GgufGolden, DeepseekWithKvBWholeAndSplit) {
  for (const char* name : {"deepseek_yarn", "deepseek_groups", "deepseek_plain"}) {
    const GoldenCase golden = read_golden(name);
    const ModelConfig config = config_of(golden);
    for (const bool split : {false, true}) {
      SCOPED_TRACE(std::string(name) + (split ? ", kv_b split" : ", kv_b whole"));
      expect_agreement(golden, deepseek_file(config, split));
    }
  }
}

}  // namespace
}  // namespace reckon::test
