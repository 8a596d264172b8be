#include "tests/engine/formats/quantised_models.h"

#include <map>

#include "base/error.h"
#include "base/json.h"
#include "engine/architectures/architecture.h"
#include "tests/engine/formats/gguf_model_writer.h"

namespace reckon::test {
namespace {

using kernels::DataType;

// Blocks of K-quants are 256 wide: so is every input of a matrix that has them.
constexpr const char* kLlama =
    R"({"architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": 157,
  "hidden_size": 256, "intermediate_size": 256, "num_hidden_layers": 2, "num_attention_heads": 8,
  "num_key_value_heads": 2, "head_dim": 32, "hidden_act": "silu", "max_position_embeddings": 2048,
  "rms_norm_eps": 1e-05, "rope_theta": 10000.0, "tie_word_embeddings": false, "attention_bias": false,
  "rope_scaling": {"rope_type": "llama3", "factor": 4.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
  "original_max_position_embeddings": 512}, "torch_dtype": "float32"})";

constexpr const char* kDeepseek =
    R"({"architectures": ["DeepseekV3ForCausalLM"], "model_type": "deepseek_v3",
  "vocab_size": 157, "hidden_size": 256, "intermediate_size": 256, "moe_intermediate_size": 256,
  "num_hidden_layers": 2, "first_k_dense_replace": 1, "num_attention_heads": 4, "num_key_value_heads": 4,
  "q_lora_rank": 256, "kv_lora_rank": 256, "qk_nope_head_dim": 32, "qk_rope_head_dim": 16, "v_head_dim": 64,
  "n_routed_experts": 8, "n_shared_experts": 1, "num_experts_per_tok": 3, "n_group": 4, "topk_group": 2,
  "norm_topk_prob": true, "routed_scaling_factor": 2.5, "scoring_func": "sigmoid", "topk_method": "noaux_tc",
  "moe_layer_freq": 1, "hidden_act": "silu", "max_position_embeddings": 2048, "rms_norm_eps": 1e-06,
  "rope_theta": 10000.0, "rope_scaling": {"type": "yarn", "factor": 4.0,
  "original_max_position_embeddings": 512, "beta_fast": 32, "beta_slow": 1, "mscale": 1.0, "mscale_all_dim": 1.0},
  "attention_bias": false, "tie_word_embeddings": false, "num_nextn_predict_layers": 0, "torch_dtype": "float32"})";

using Types = std::map<std::string, DataType>;

const Types& llama_types() {
  static const Types types{
      {"token_embd.weight", DataType::q6_k},        {"output.weight", DataType::q8_0},
      {"blk.0.attn_q.weight", DataType::q4_k},      {"blk.1.attn_q.weight", DataType::q8_0},
      {"blk.0.attn_k.weight", DataType::q4_1},      {"blk.1.attn_k.weight", DataType::q4_k},
      {"blk.0.attn_v.weight", DataType::q6_k},      {"blk.1.attn_v.weight", DataType::q5_1},
      {"blk.0.attn_output.weight", DataType::q5_k}, {"blk.1.attn_output.weight", DataType::q6_k},
      {"blk.0.ffn_gate.weight", DataType::q8_0},    {"blk.1.ffn_gate.weight", DataType::q4_1},
      {"blk.0.ffn_up.weight", DataType::q5_0},      {"blk.1.ffn_up.weight", DataType::q4_0},
      {"blk.0.ffn_down.weight", DataType::q4_k},    {"blk.1.ffn_down.weight", DataType::q5_k},
  };
  return types;
}

const Types& deepseek_types() {
  static const Types types{
      {"token_embd.weight", DataType::q4_k},
      {"output.weight", DataType::q6_k},
      {"blk.0.attn_q_a.weight", DataType::q4_1},
      {"blk.1.attn_q_a.weight", DataType::q4_k},
      {"blk.0.attn_q_b.weight", DataType::q6_k},
      {"blk.1.attn_q_b.weight", DataType::q8_0},
      {"blk.0.attn_kv_a_mqa.weight", DataType::q8_0},
      {"blk.1.attn_kv_a_mqa.weight", DataType::q5_k},
      {"blk.0.attn_kv_b.weight", DataType::q4_k},
      {"blk.1.attn_kv_b.weight", DataType::q4_1},
      // The keys of a split kv_b are as wide as a head: too narrow for K-quants.
      {"blk.0.attn_k_b.weight", DataType::q8_0},
      {"blk.1.attn_k_b.weight", DataType::q5_1},
      {"blk.0.attn_v_b.weight", DataType::q6_k},
      {"blk.1.attn_v_b.weight", DataType::q4_k},
      {"blk.0.attn_output.weight", DataType::q5_k},
      {"blk.1.attn_output.weight", DataType::q5_0},
      {"blk.0.ffn_gate.weight", DataType::q4_0},
      {"blk.0.ffn_up.weight", DataType::q4_k},
      {"blk.0.ffn_down.weight", DataType::q6_k},
      {"blk.1.ffn_gate_exps.weight", DataType::q4_k},
      {"blk.1.ffn_up_exps.weight", DataType::q4_1},
      {"blk.1.ffn_down_exps.weight", DataType::q6_k},
      {"blk.1.ffn_gate_shexp.weight", DataType::q8_0},
      {"blk.1.ffn_up_shexp.weight", DataType::q5_k},
      {"blk.1.ffn_down_shexp.weight", DataType::q4_k},
  };
  return types;
}

}  // namespace

const std::vector<std::string>& quantised_model_names() {
  static const std::vector<std::string> names{"llama_gguf", "deepseek_gguf", "deepseek_split_gguf"};
  return names;
}

GgufBuilder quantised_model(const std::string& name, bool as_f32) {
  const bool llama = name == "llama_gguf";
  const bool split = name == "deepseek_split_gguf";
  if (!llama && !split && name != "deepseek_gguf") fail_input("no quantised model {}", name);
  const Types& types = llama ? llama_types() : deepseek_types();
  const engine::ModelConfig config =
      engine::read_hugging_face_config(json::parse(llama ? kLlama : kDeepseek, name), name, {});
  const MatrixStorage storage{[&](const std::string& tensor) { return types.at(tensor); }, as_f32};
  return llama ? llama_gguf(config, storage) : deepseek_gguf(config, split, storage);
}

}  // namespace reckon::test
