// The golden tests can see: every key of a config that bears on the result, changed alone, moves the
// log-probabilities by at least ten times the tolerance.

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <span>

#include "base/error.h"
#include "base/json.h"
#include "tests/engine/golden/golden_case.h"
#include "tests/engine/golden/score_tokens.h"
#include "tests/support/shared_data.h"

namespace reckon::test {
namespace {

constexpr float kVisible = 5e-3F;

struct Mutation {
  const char* golden;
  const char* path;   ///< "rope_scaling.factor"
  const char* value;  ///< JSON
};

const Mutation kMutations[] = {
    {"llama_mha", "rope_theta", "9000"},
    {"llama_mha", "rms_norm_eps", "0.01"},
    {"llama_mha", "num_attention_heads", "2"},
    {"llama_mha", "num_key_value_heads", "2"},
    {"llama_mha", "num_hidden_layers", "2"},
    {"llama_mha", "head_dim", "32"},
    {"llama_mha", "intermediate_size", "144"},
    {"llama_mha", "tie_word_embeddings", "true"},
    {"llama_mha", "attention_bias", "true"},
    {"llama_linear", "rope_scaling.factor", "2.9"},
    {"llama_linear", "rope_scaling", "null"},
    {"llama_llama3", "rope_scaling.factor", "7"},
    {"llama_llama3", "rope_scaling.low_freq_factor", "1.3"},
    {"llama_llama3", "rope_scaling.high_freq_factor", "3.5"},
    {"llama_llama3", "rope_scaling.original_max_position_embeddings", "28"},
    {"llama_llama3", "rope_theta", "900"},
    {"llama_yarn", "rope_scaling.factor", "3.5"},
    {"llama_yarn", "rope_scaling.beta_fast", "0.5"},
    {"llama_yarn", "rope_scaling.beta_slow", "0.08"},
    {"llama_yarn", "rope_scaling.original_max_position_embeddings", "12"},
    {"llama_yarn", "rope_scaling.truncate", "false"},
    {"llama_yarn", "rope_scaling.attention_factor", "1.05"},
    {"mistral_window", "sliding_window", "7"},
    {"mistral_window", "sliding_window", "null"},
    {"deepseek_plain", "rope_theta", "9000"},
    {"deepseek_plain", "rms_norm_eps", "0.01"},
    {"deepseek_plain", "num_attention_heads", "2"},
    {"deepseek_plain", "num_hidden_layers", "2"},
    {"deepseek_plain", "q_lora_rank", "24"},
    {"deepseek_plain", "kv_lora_rank", "24"},
    {"deepseek_plain", "qk_nope_head_dim", "24"},
    {"deepseek_plain", "qk_rope_head_dim", "16"},
    {"deepseek_plain", "v_head_dim", "24"},
    {"deepseek_plain", "rope_interleave", "false"},
    {"deepseek_plain", "n_shared_experts", "2"},
    {"deepseek_plain", "first_k_dense_replace", "0"},
    {"deepseek_plain", "first_k_dense_replace", "2"},
    {"deepseek_plain", "intermediate_size", "144"},
    {"deepseek_plain", "moe_intermediate_size", "64"},
    {"deepseek_plain", "n_routed_experts", "7"},
    {"deepseek_plain", "num_experts_per_tok", "3"},
    {"deepseek_plain", "norm_topk_prob", "false"},
    {"deepseek_plain", "routed_scaling_factor", "2.4"},
    {"deepseek_plain", "tie_word_embeddings", "true"},
    {"deepseek_groups", "n_group", "4"},
    {"deepseek_groups", "topk_group", "4"},
    {"deepseek_groups", "num_experts_per_tok", "3"},
    {"deepseek_yarn", "rope_scaling.factor", "7.5"},
    {"deepseek_yarn", "rope_scaling.beta_fast", "0.2"},
    {"deepseek_yarn", "rope_scaling.beta_slow", "0.05"},
    {"deepseek_yarn", "rope_scaling.original_max_position_embeddings", "8"},
    {"deepseek_yarn", "rope_scaling.mscale", "1.1"},
    {"deepseek_yarn", "rope_scaling.mscale_all_dim", "1.1"},
    {"deepseek_yarn", "rope_scaling", "null"},
    {"deepseek_fp8", "quantization_config.weight_block_size", "[64, 128]"},
};

void set_member(json::Value& object, const std::string& path, const json::Value& value,
                json::Allocator& allocator) {
  const std::size_t dot = path.find('.');
  if (dot != std::string::npos) {
    return set_member(object[path.substr(0, dot).c_str()], path.substr(dot + 1), value, allocator);
  }
  object.RemoveMember(path.c_str());
  object.AddMember(json::string(path, allocator), json::Value(value, allocator), allocator);
}

std::vector<std::vector<float>> score_folder(const std::string& folder,
                                             const std::vector<std::int32_t>& tokens) {
  engine::OpenOptions options;
  options.dummy_weights = true;
  return score_tokens(*engine::ModelSource::open(folder, options), tokens);
}

TEST(Mutation, EveryResultBearingKeyIsSeen) {
  std::map<std::string, std::vector<std::vector<float>>> originals;
  for (const Mutation& mutation : kMutations) {
    SCOPED_TRACE(std::string(mutation.golden) + ": " + mutation.path + " = " + mutation.value);
    const GoldenCase golden = read_golden(mutation.golden);
    if (!originals.contains(mutation.golden)) {
      originals[mutation.golden] = score_folder(golden.folder, golden.tokens);
    }
    json::Document config = json::parse_file(golden.folder + "/config.json");
    const json::Document value = json::parse(mutation.value, "mutation");
    set_member(config, mutation.path, value, config.GetAllocator());
    // Stands for the number of heads again, and is no key of its own.
    if (std::string(mutation.path) == "num_attention_heads") config.RemoveMember("num_key_value_heads");
    const TemporaryFolder folder;
    folder.write("config.json", json::dump(config));
    const auto changed = score_folder(folder.path(), golden.tokens);
    const Difference difference = largest_difference(changed, originals[mutation.golden], golden.excluded);
    EXPECT_GE(difference.largest, kVisible);
  }
}

/// A model whose routers choose without their correction biases, all else alike.
class WithoutCorrection : public engine::ModelSource {
 public:
  explicit WithoutCorrection(const engine::ModelSource& whole) : whole_(whole) { config_ = whole.config(); }

  kernels::StoredTensor tensor(const engine::TensorRequest& request) const override {
    kernels::StoredTensor tensor = whole_.tensor(request);
    if (request.role != engine::TensorRole::router_bias) return tensor;
    const auto zeros = std::make_shared<std::vector<float>>(static_cast<std::size_t>(request.columns));
    tensor.data = std::as_bytes(std::span<const float>(*zeros));
    tensor.owner = zeros;
    return tensor;
  }

 private:
  const engine::ModelSource& whole_;
};

// The one tensor that no key stands for, and that changes the choice of experts alone.
TEST(Mutation, TheRoutersCorrectionBiasIsSeen) {
  engine::OpenOptions options;
  options.dummy_weights = true;
  for (const char* name : {"deepseek_plain", "deepseek_groups"}) {
    SCOPED_TRACE(name);
    const GoldenCase golden = read_golden(name);
    const auto whole = engine::ModelSource::open(golden.folder, options);
    const Difference difference = largest_difference(score_tokens(WithoutCorrection(*whole), golden.tokens),
                                                     score_tokens(*whole, golden.tokens), golden.excluded);
    EXPECT_GE(difference.largest, kVisible);
  }
}

struct Refusal {
  const char* golden;
  const char* path;
  const char* value;
  const char* named;  ///< what the message must hold
};

// Keys whose meaning is not honoured are refused by name, and absurd values never get as far as memory.
TEST(Mutation, UnsupportedOrAbsurdValuesAreRefused) {
  const Refusal refusals[] = {
      {"llama_mha", "model_type", "\"lama\"", "did you mean 'llama'"},
      {"llama_mha", "hidden_act", "\"gelu\"", "hidden_act"},
      {"llama_mha", "mlp_bias", "true", "mlp_bias"},
      {"llama_mha", "attn_logit_softcapping", "50.0", "attn_logit_softcapping"},
      {"llama_mha", "partial_rotary_factor", "0.5", "partial_rotary_factor"},
      {"llama_mha", "rope_scaling", R"({"type":"dynamic","factor":2.0})", "dynamic"},
      {"llama_mha", "rope_scaling", R"({"type":"linear","factor":2.0,"bonus":1})", "bonus"},
      {"llama_mha", "quantization_config", R"({"quant_method":"gptq"})", "gptq"},
      {"llama_mha", "hidden_size", "0", "hidden_size"},
      {"llama_mha", "hidden_size", "-64", "hidden_size"},
      {"llama_mha", "hidden_size", "9223372036854775807", "hidden_size"},
      {"llama_mha", "hidden_size", "1e300", "hidden_size"},
      {"llama_mha", "hidden_size", "65", "no multiple"},
      {"llama_mha", "hidden_size", "\"64\"", "hidden_size"},
      {"llama_mha", "num_hidden_layers", "1000000000", "num_hidden_layers"},
      {"llama_mha", "num_key_value_heads", "3", "no multiple"},
      {"llama_mha", "rope_theta", "0", "rope_theta"},
      {"llama_mha", "rms_norm_eps", "-1", "rms_norm_eps"},
      {"llama_mha", "head_dim", "15", "rotary"},
      {"llama_llama3", "rope_scaling.high_freq_factor", "0.5", "high_freq_factor"},
      {"deepseek_plain", "scoring_func", "\"softmax\"", "scoring_func"},
      {"deepseek_plain", "topk_method", "\"greedy\"", "topk_method"},
      {"deepseek_plain", "moe_layer_freq", "2", "moe_layer_freq"},
      {"deepseek_plain", "attention_bias", "true", "attention_bias"},
      {"deepseek_plain", "num_experts_per_tok", "9", "9 experts a token"},
      {"deepseek_plain", "n_group", "3", "3 groups"},
      {"deepseek_groups", "topk_group", "9", "9 of them kept"},
      {"deepseek_groups", "num_experts_per_tok", "7", "7 experts a token"},
      {"deepseek_fp8", "quantization_config.scale_fmt", "\"e5m2\"", "scale_fmt"},
      {"deepseek_fp8", "quantization_config.activation_scheme", "\"static\"", "activation_scheme"},
      {"deepseek_fp8", "quantization_config.weight_block_size", "[0, 128]", "weight_block_size"},
  };
  for (const Refusal& refusal : refusals) {
    SCOPED_TRACE(std::string(refusal.golden) + ": " + refusal.path + " = " + refusal.value);
    json::Document config = json::parse_file(read_golden(refusal.golden).folder + "/config.json");
    set_member(config, refusal.path, json::parse(refusal.value, "refusal"), config.GetAllocator());
    const TemporaryFolder folder;
    folder.write("config.json", json::dump(config));
    engine::OpenOptions options;
    options.dummy_weights = true;
    std::string message;
    try {
      engine::ModelSource::open(folder.path(), options);
    } catch (const Error& error) {
      message = error.what();
    }
    EXPECT_NE(message.find("config.json"), std::string::npos) << message;
    EXPECT_NE(message.find(refusal.named), std::string::npos) << message;
  }
}

}  // namespace
}  // namespace reckon::test
