#include "tests/engine/generation/tiny_models.h"

#include <unistd.h>

#include <filesystem>
#include <stdexcept>

#include <gtest/gtest.h>

#include "base/files.h"

namespace reckon::engine::test {
namespace {

constexpr const char* kLlama =
    R"({"architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": 160,
  "hidden_size": 96, "intermediate_size": 144, "num_hidden_layers": 3, "num_attention_heads": 6,
  "num_key_value_heads": 2, "head_dim": 24, "hidden_act": "silu", "max_position_embeddings": 2048,
  "rms_norm_eps": 1e-05, "rope_theta": 10000.0, "tie_word_embeddings": true, "attention_bias": false,
  "rope_scaling": {"rope_type": "llama3", "factor": 4.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
  "original_max_position_embeddings": 512}, "torch_dtype": "bfloat16", "bos_token_id": 1, "eos_token_id": 2})";

constexpr const char* kDeepseekHead =
    R"({"architectures": ["DeepseekV3ForCausalLM"], "model_type": "deepseek_v3",
  "vocab_size": 160, "num_hidden_layers": 3, "first_k_dense_replace": 1, "num_attention_heads": 4,
  "num_key_value_heads": 4, "n_routed_experts": 8, "n_shared_experts": 1, "num_experts_per_tok": 3, "n_group": 4,
  "topk_group": 2, "norm_topk_prob": true, "routed_scaling_factor": 2.5, "scoring_func": "sigmoid",
  "topk_method": "noaux_tc", "moe_layer_freq": 1, "hidden_act": "silu", "max_position_embeddings": 2048,
  "rms_norm_eps": 1e-06, "rope_theta": 10000.0, "rope_scaling": {"type": "yarn", "factor": 4.0,
  "original_max_position_embeddings": 512, "beta_fast": 32, "beta_slow": 1, "mscale": 1.0, "mscale_all_dim": 1.0},
  "attention_bias": false, "tie_word_embeddings": false, "num_nextn_predict_layers": 0, "bos_token_id": 0,
  "eos_token_id": 1, )";
constexpr const char* kDeepseek = R"("hidden_size": 64, "intermediate_size": 160, "moe_intermediate_size": 48,
  "q_lora_rank": 24, "kv_lora_rank": 32, "qk_nope_head_dim": 16, "qk_rope_head_dim": 8, "v_head_dim": 16,
  "torch_dtype": "float32"})";
constexpr const char* kDeepseekFp8 =
    R"("hidden_size": 144, "intermediate_size": 200, "moe_intermediate_size": 72,
  "q_lora_rank": 40, "kv_lora_rank": 136, "qk_nope_head_dim": 16, "qk_rope_head_dim": 8, "v_head_dim": 16,
  "torch_dtype": "bfloat16", "quantization_config": {"quant_method": "fp8", "fmt": "e4m3",
  "activation_scheme": "dynamic", "weight_block_size": [128, 128]}})";

}  // namespace

const std::vector<std::string>& tiny_model_names() {
  static const std::vector<std::string> names = {"llama", "deepseek", "deepseek_fp8"};
  return names;
}

std::string write_tiny_model(const std::string& name) {
  const std::string folder = testing::TempDir() + "reckon_tiny_" + name + "_" + std::to_string(::getpid());
  std::filesystem::create_directories(folder);
  std::string config = kLlama;
  if (name == "deepseek") config = std::string(kDeepseekHead) + kDeepseek;
  if (name == "deepseek_fp8") config = std::string(kDeepseekHead) + kDeepseekFp8;
  if (name != "llama" && config == kLlama) throw std::logic_error("no tiny model " + name);
  write_file_atomically(folder + "/config.json", config);
  return folder;
}

}  // namespace reckon::engine::test
