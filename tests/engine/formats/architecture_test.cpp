// Published configs, as descriptions.

#include "engine/architectures/architecture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/formats/file_builders.h"

namespace reckon::test {
namespace {

using engine::AttentionConfig;
using engine::ModelConfig;
using engine::RopeScaling;
using kernels::RopeSpec;
using kernels::RouterSpec;

ModelConfig read(const std::string& text) {
  return engine::read_hugging_face_config(json::parse(text, "config.json"), "config.json", {});
}

// deepseek-ai/DeepSeek-R1, config.json
constexpr const char* kDeepseekR1 = R"({"architectures":["DeepseekV3ForCausalLM"],"attention_bias":false,
"attention_dropout":0.0,"auto_map":{"AutoConfig":"configuration_deepseek.DeepseekV3Config"},"bos_token_id":0,
"eos_token_id":1,"ep_size":1,"first_k_dense_replace":3,"hidden_act":"silu","hidden_size":7168,
"initializer_range":0.02,"intermediate_size":18432,"kv_lora_rank":512,"max_position_embeddings":163840,
"model_type":"deepseek_v3","moe_intermediate_size":2048,"moe_layer_freq":1,"n_group":8,"n_routed_experts":256,
"n_shared_experts":1,"norm_topk_prob":true,"num_attention_heads":128,"num_experts_per_tok":8,
"num_hidden_layers":61,"num_key_value_heads":128,"num_nextn_predict_layers":1,"q_lora_rank":1536,
"qk_nope_head_dim":128,"qk_rope_head_dim":64,"quantization_config":{"activation_scheme":"dynamic","fmt":"e4m3",
"quant_method":"fp8","weight_block_size":[128,128]},"rms_norm_eps":1e-06,"rope_scaling":{"beta_fast":32,
"beta_slow":1,"factor":40,"mscale":1.0,"mscale_all_dim":1.0,"original_max_position_embeddings":4096,
"type":"yarn"},"rope_theta":10000,"routed_scaling_factor":2.5,"scoring_func":"sigmoid",
"tie_word_embeddings":false,"topk_group":4,"topk_method":"noaux_tc","torch_dtype":"bfloat16",
"transformers_version":"4.46.3","use_cache":true,"v_head_dim":128,"vocab_size":129280})";

TEST(Architecture, DeepseekR1) {
  const ModelConfig config = read(kDeepseekR1);
  EXPECT_EQ(config.architecture, "deepseek_v3");
  ASSERT_EQ(config.layers.size(), 61U);
  EXPECT_EQ(config.fp8_block_rows, 128);
  const AttentionConfig& attention = config.layers[0].attention;
  EXPECT_EQ(attention.kind, AttentionConfig::Kind::latent);
  EXPECT_EQ(attention.key_dim, 192);
  EXPECT_EQ(attention.rope.pairing, RopeSpec::Pairing::adjacent);
  EXPECT_EQ(attention.rope.scaling.kind, RopeScaling::Kind::yarn);
  EXPECT_DOUBLE_EQ(attention.rope.scaling.magnitude, 1.0);
  EXPECT_NEAR(attention.scale, 0.135233, 1e-6);  // 192^-0.5 (0.1 ln 40 + 1)^2
  EXPECT_EQ(config.layers[2].feed_forward.intermediate, 18432);
  EXPECT_FALSE(config.layers[2].feed_forward.has_experts());
  const engine::FeedForwardConfig& experts = config.layers[3].feed_forward;
  EXPECT_EQ(experts.router.experts, 256);
  EXPECT_EQ(experts.router.groups, 8);
  EXPECT_EQ(experts.router.kept_groups, 4);
  EXPECT_EQ(experts.router.score, RouterSpec::Score::sigmoid);
  EXPECT_EQ(experts.shared_intermediate, 2048);
  EXPECT_TRUE(experts.correction_bias);
}

// meta-llama/Llama-3.1-8B-Instruct, config.json
TEST(Architecture, Llama31) {
  const ModelConfig config = read(R"({"architectures":["LlamaForCausalLM"],"attention_bias":false,
"attention_dropout":0.0,"bos_token_id":128000,"eos_token_id":[128001,128008,128009],"hidden_act":"silu",
"hidden_size":4096,"initializer_range":0.02,"intermediate_size":14336,"max_position_embeddings":131072,
"mlp_bias":false,"model_type":"llama","num_attention_heads":32,"num_hidden_layers":32,"num_key_value_heads":8,
"pretraining_tp":1,"rms_norm_eps":1e-05,"rope_scaling":{"factor":8.0,"low_freq_factor":1.0,"high_freq_factor":4.0,
"original_max_position_embeddings":8192,"rope_type":"llama3"},"rope_theta":500000.0,"tie_word_embeddings":false,
"torch_dtype":"bfloat16","transformers_version":"4.42.3","use_cache":true,"vocab_size":128256})");
  EXPECT_EQ(config.architecture, "llama");
  const AttentionConfig& attention = config.layers.back().attention;
  EXPECT_EQ(attention.kind, AttentionConfig::Kind::grouped);
  EXPECT_EQ(attention.key_dim, 128);
  EXPECT_EQ(attention.kv_heads, 8);
  EXPECT_EQ(attention.rope.pairing, RopeSpec::Pairing::halves);
  EXPECT_EQ(attention.rope.scaling.kind, RopeScaling::Kind::llama3);
  EXPECT_EQ(attention.rope.scaling.original_context, 8192);
  EXPECT_DOUBLE_EQ(attention.rope.theta, 500000.0);
}

// Newer transformers writes the rotary parameters in one object.
TEST(Architecture, RopeParametersOfNewerFiles) {
  const ModelConfig config =
      read(R"({"model_type":"llama","vocab_size":8,"hidden_size":32,"intermediate_size":64,
"num_hidden_layers":1,"num_attention_heads":2,"dtype":"float32",
"rope_parameters":{"rope_theta":250000.0,"rope_type":"linear","factor":2.0}})");
  EXPECT_DOUBLE_EQ(config.layers[0].attention.rope.theta, 250000.0);
  EXPECT_DOUBLE_EQ(config.layers[0].attention.rope.scaling.factor, 2.0);
  EXPECT_EQ(config.weight_type, kernels::DataType::f32);
}

// A file of an early converter: no groups, no key_length_mla.
TEST(Architecture, EarlyGgufOfDeepseekV3) {
  const json::Document keys =
      json::parse(R"({"block_count":61,"context_length":163840,"embedding_length":7168,
"feed_forward_length":18432,"attention.head_count":128,"attention.head_count_kv":128,"rope.freq_base":10000.0,
"attention.layer_norm_rms_epsilon":1e-6,"expert_used_count":8,"leading_dense_block_count":3,"vocab_size":129280,
"attention.q_lora_rank":1536,"attention.kv_lora_rank":512,"attention.key_length":192,"attention.value_length":128,
"expert_feed_forward_length":2048,"expert_count":256,"expert_shared_count":1,"expert_weights_scale":2.5,
"expert_weights_norm":true,"expert_gating_func":2,"rope.dimension_count":64,"rope.scaling.type":"yarn",
"rope.scaling.factor":40.0,"rope.scaling.original_context_length":4096,"rope.scaling.yarn_log_multiplier":0.1})",
                  "m.gguf");
  engine::TensorRecord embedding;
  embedding.shape = {129280, 7168};
  const auto find = [&](const std::string& name) -> const engine::TensorRecord* {
    const bool there = name == "token_embd.weight" || name == "output.weight" ||
                       name == "blk.0.attn_kv_b.weight" || name == "blk.3.exp_probs_b.bias";
    return there ? &embedding : nullptr;
  };
  const ModelConfig config = engine::read_gguf_config("deepseek2", keys, "m.gguf", find, {});
  EXPECT_EQ(config.layers[3].feed_forward.router.groups, 8);
  EXPECT_EQ(config.layers[3].feed_forward.router.kept_groups, 4);
  EXPECT_EQ(config.layers[3].feed_forward.router.score, RouterSpec::Score::sigmoid);
  EXPECT_NEAR(config.layers[0].attention.scale, 0.135233, 1e-6);
  EXPECT_DOUBLE_EQ(config.layers[0].attention.rope.scaling.magnitude, 1.0);
  EXPECT_EQ(config.layers[0].attention.nope_dim, 128);
  EXPECT_EQ(config.names.kv_b, "blk.{layer}.attn_kv_b.weight");
}

}  // namespace
}  // namespace reckon::test
