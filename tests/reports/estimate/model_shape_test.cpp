// Shapes from config.json: parameters and cache as published, and what is refused.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "reports/estimate/model_shape.h"
#include "tests/reports/estimate/share_files.h"

namespace reckon::reports {
namespace {

using ::testing::HasSubstr;

TEST(ModelShape, DeepSeekV3) {
  const ModelShape shape = test::shipped_shape("deepseek-v3");
  EXPECT_NEAR(shape.parameters() / 1e9, 671.0, 0.1);
  // 37 B as published counts the embedding row; without it 36.6 B.
  EXPECT_NEAR((shape.active_parameters() + shape.hidden * shape.vocabulary) / 1e9, 37.5, 0.1);
  EXPECT_EQ(shape.kv_bytes_per_token(2), 70'272);
  EXPECT_EQ(shape.expert_layers, 58);
  EXPECT_NEAR(shape.training_flop_per_token(4096) / 1e9, 250, 1);
}

TEST(ModelShape, LlamasHaveTheirPublishedParameters) {
  EXPECT_NEAR(test::shipped_shape("llama-3.1-8b").parameters() / 1e9, 8.03, 0.01);
  EXPECT_NEAR(test::shipped_shape("llama-3.1-70b").parameters() / 1e9, 70.55, 0.01);
  EXPECT_NEAR(test::shipped_shape("llama-3.1-405b").parameters() / 1e9, 405.85, 0.02);
  EXPECT_EQ(test::shipped_shape("llama-3.1-8b").kv_bytes_per_token(2), 131'072);
}

TEST(ModelShape, DeepSeekV2HasItsPublishedParameters) {
  const ModelShape shape = test::shipped_shape("deepseek-v2");
  EXPECT_NEAR(shape.parameters() / 1e9, 236, 0.5);
  EXPECT_NEAR((shape.active_parameters() + shape.hidden * shape.vocabulary) / 1e9, 21, 0.5);
}

TEST(ModelShape, TheDemoModelsFromTheirFolders) {
  const ModelShape moe = load_model_shape(test::source_file("models/reckon-demo-moe"));
  EXPECT_EQ(moe.name, "reckon-demo-moe");
  EXPECT_EQ(moe.layers, 4);
  EXPECT_EQ(moe.expert_layers, 3);
  EXPECT_TRUE(moe.fp8_weights);
  EXPECT_EQ(moe.attention.cached_per_token(), 80);
  const ModelShape dense = load_model_shape(test::source_file("models/reckon-demo-dense"));
  EXPECT_EQ(dense.experts.experts, 0);
  EXPECT_EQ(dense.attention.cached_per_token(), 128);
}

class Config : public ::testing::Test {
 protected:
  ModelShape load(const std::string& text) { return load_model_shape(folder_.write("config.json", text)); }
  std::string problem(const std::string& text) {
    try {
      load(text);
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  }
  test::TemporaryFolder folder_;
};

TEST_F(Config, FamiliesNameTheirExpertsDifferently) {
  const std::string sizes =
      R"("hidden_size":64,"intermediate_size":128,"num_hidden_layers":4,"num_attention_heads":4,"vocab_size":100,)";
  const ModelShape mixtral =
      load("{" + sizes + R"("model_type":"mixtral","num_local_experts":8,"num_experts_per_tok":2})");
  EXPECT_EQ(mixtral.expert_layers, 4);
  EXPECT_EQ(mixtral.expert_parameters(), 3 * 64 * 128);
  EXPECT_EQ(mixtral.shared_parameters(), 0);
  const ModelShape qwen = load("{" + sizes +
                               R"("model_type":"qwen2_moe","num_experts":8,"num_experts_per_tok":2,
      "moe_intermediate_size":32,"shared_expert_intermediate_size":96,"decoder_sparse_step":2})");
  EXPECT_EQ(qwen.expert_layers, 2);
  EXPECT_EQ(qwen.expert_parameters(), 3 * 64 * 32);
  EXPECT_EQ(qwen.shared_parameters(), 3 * 64 * 96);
}

TEST_F(Config, ErrorsNameTheField) {
  const std::string sizes =
      R"("hidden_size":64,"intermediate_size":128,"num_hidden_layers":4,"num_attention_heads":4,"vocab_size":100)";
  EXPECT_EQ(problem(R"({"model_type":"llama",)" + sizes + "}"), "no error");
  EXPECT_THAT(problem(R"({"model_type":"mamba",)" + sizes + "}"), HasSubstr("'model_type' is 'mamba'"));
  EXPECT_THAT(problem(R"({"model_type":"llama","num_key_value_heads":9,)" + sizes + "}"),
              HasSubstr("'num_key_value_heads'"));
  EXPECT_THAT(problem(R"({"model_type":"llama","hidden_size":-3})"), HasSubstr("'hidden_size'"));
  EXPECT_THAT(
      problem(R"({"model_type":"mixtral","num_local_experts":2,"num_experts_per_tok":3,)" + sizes + "}"),
      HasSubstr("'num_experts_per_tok'"));
  EXPECT_THAT(problem(R"({"model_type":"llama","quantization_config":{"quant_method":"awq"},)" + sizes + "}"),
              HasSubstr("'quant_method'"));
  EXPECT_THAT(
      problem(R"({"model_type":"llama","quantization_config":{"quant_method":"gguf","bytes_per_weight":0,
      "bytes_per_embedding_weight":2},)" +
              sizes + "}"),
      HasSubstr("'bytes_per_weight' is 0"));
}

}  // namespace
}  // namespace reckon::reports
