// Which shapes `reckon bench` times: a model's own, a published config's, or given ones.
#include "harness/time_kernels.h"

#include <filesystem>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "harness/share_folder.h"

namespace reckon::harness {
namespace {

using testing::HasSubstr;

TEST(GivenShapes, NameTypeInputsAndOutputs) {
  const kernels::BenchmarkShapes shapes = given_shapes("bf16:4096x14336,fp8_e4m3:7168x2048");
  ASSERT_EQ(shapes.linears.size(), 2U);
  EXPECT_EQ(shapes.linears[0].type, kernels::DataType::bf16);
  EXPECT_EQ(shapes.linears[0].columns, 4096);
  EXPECT_EQ(shapes.linears[0].rows, 14336);
  EXPECT_EQ(shapes.linears[1].type, kernels::DataType::fp8_e4m3);
  EXPECT_FALSE(shapes.attention);
  EXPECT_EQ(shapes.hidden, 0);
}

TEST(GivenShapes, OtherWordsAreRefusedByName) {
  for (const auto& [text, reason] :
       std::map<std::string, std::string>{{"", "begins with no type"},
                                          {"bf17:8x8", "known: f32, f16"},
                                          {"i32:8x8", "begins with no type"},
                                          {"bf16", "TYPE:INPUTSxOUTPUTS"},
                                          {"bf16:8", "TYPE:INPUTSxOUTPUTS"},
                                          {"bf16:8x", "TYPE:INPUTSxOUTPUTS"},
                                          {"bf16:8x8x8", "TYPE:INPUTSxOUTPUTS"},
                                          {"bf16:-8x8", "TYPE:INPUTSxOUTPUTS"},
                                          {"bf16:8x0", "TYPE:INPUTSxOUTPUTS"},
                                          {"bf16:8x99999999", "TYPE:INPUTSxOUTPUTS"},
                                          {"bf16:8x8,", "begins with no type"},
                                          {"q4_k:300x8", "blocks of 256"}}) {
    try {
      given_shapes(text);
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::bad_input) << text;
      EXPECT_THAT(error.what(), HasSubstr(reason)) << text;
    }
  }
}

TEST(ModelShapes, OfAPublishedConfigAreItsOwn) {
  ModelArguments model;
  model.model = find_share_folders().estimate + "/models/deepseek-v3.json";
  EXPECT_THROW(benchmark_shapes(model), Error) << "there are no weights";
  model.model_args = "load_format=dummy";
  const kernels::BenchmarkShapes shapes = benchmark_shapes(model);
  std::map<std::string, std::pair<std::int64_t, std::int64_t>> found;
  for (const kernels::LinearShape& linear : shapes.linears) {
    found[linear.name] = {linear.rows, linear.columns};
    EXPECT_EQ(linear.type, linear.name == "output" ? kernels::DataType::bf16 : kernels::DataType::fp8_e4m3);
  }
  const std::map<std::string, std::pair<std::int64_t, std::int64_t>> published = {
      {"q_a", {1536, 7168}},         {"q_b", {24576, 1536}},        {"kv_a", {576, 7168}},
      {"o", {7168, 16384}},          {"gate", {18432, 7168}},       {"down", {7168, 18432}},
      {"shared gate", {2048, 7168}}, {"shared down", {7168, 2048}}, {"output", {129280, 7168}}};
  EXPECT_EQ(found, published);
  ASSERT_TRUE(shapes.router);
  EXPECT_EQ(shapes.router->experts, 256);
  EXPECT_EQ(shapes.expert_type, kernels::DataType::fp8_e4m3);
  ASSERT_TRUE(shapes.latent_attention);
  EXPECT_EQ(shapes.latent_attention->heads, 128);
}

TEST(ModelShapes, OfAShippedModelAreThoseOfItsFiles) {
  ModelArguments model;
  model.model = find_share_folders().models + "/reckon-demo-moe";
  if (!std::filesystem::exists(model.model)) GTEST_SKIP() << "the demo model is not here";
  const kernels::BenchmarkShapes shapes = benchmark_shapes(model);
  EXPECT_GE(shapes.linears.size(), 4U);
  for (const kernels::LinearShape& linear : shapes.linears) {
    EXPECT_GT(linear.rows, 0) << linear.name;
    EXPECT_GT(linear.columns, 0) << linear.name;
  }
  EXPECT_TRUE(shapes.router);
}

}  // namespace
}  // namespace reckon::harness
