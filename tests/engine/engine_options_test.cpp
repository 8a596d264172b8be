#include "engine/engine_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace reckon::engine {
namespace {

using testing::HasSubstr;

std::string error_of(const std::string& model_args) {
  try {
    parse_engine_options("m", model_args);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(EngineOptions, ReadsEveryKindOfValue) {
  const EngineOptions options = parse_engine_options(
      "m",
      "kv_cache_bytes=3M,kv_cache_type=bf16,activations=float32,repack=False,threads=2,load_format=dummy,"
      "max_length=100,tensor_cores=wgmma,add_bos_token=true,enable_thinking=false,ignore_config_keys=a|b,"
      "think_end_token=</t>");
  EXPECT_EQ(options.model_path, "m");
  EXPECT_EQ(options.kv_cache_bytes, 3U << 20);
  EXPECT_EQ(options.kv_cache_type, kernels::DataType::bf16);
  EXPECT_EQ(options.activations, kernels::ActivationPrecision::float32);
  EXPECT_FALSE(options.repack);
  EXPECT_EQ(options.threads, 2);
  EXPECT_TRUE(options.dummy_weights);
  EXPECT_EQ(options.max_length, 100);
  EXPECT_TRUE(options.warp_groups);
  EXPECT_EQ(options.add_bos_token, true);
  EXPECT_EQ(options.template_variables, R"({"enable_thinking":false})");
  EXPECT_THAT(options.ignored_config_keys, testing::ElementsAre("a", "b"));
  EXPECT_EQ(options.think_start, "<think>");
  EXPECT_EQ(options.think_end, "</t>");
}

TEST(EngineOptions, CommasInsideBracketsDoNotDivide) {
  const EngineOptions options =
      parse_engine_options("m", R"(chat_template_args={"a":[1,2],"b":"x,}"},enable_thinking=true,threads=1)");
  EXPECT_EQ(options.template_variables, R"({"a":[1,2],"b":"x,}","enable_thinking":true})");
  EXPECT_EQ(options.threads, 1);
}

TEST(EngineOptions, PathMayComeAsPretrained) {
  EXPECT_EQ(parse_engine_options("m", "pretrained=/a/b").model_path, "/a/b");
  EXPECT_EQ(parse_engine_options("m", "").model_path, "m");
}

TEST(EngineOptions, UnknownKeysAndValuesNameTheNearest) {
  EXPECT_THAT(error_of("kv_cach_bytes=1"), HasSubstr("did you mean 'kv_cache_bytes'"));
  EXPECT_THAT(error_of("dtype_of_things=1"), HasSubstr("known: activations"));
  EXPECT_THAT(error_of("activations=float3"), HasSubstr("did you mean 'float32'"));
  EXPECT_THAT(error_of("threads=many"), HasSubstr("threads=many: expected a whole number"));
  EXPECT_THAT(error_of("threads=-1"), HasSubstr("whole number from 0"));
  EXPECT_THAT(error_of("kv_cache_bytes=0"), HasSubstr("whole number from 1"));
  EXPECT_THAT(error_of("kv_cache_bytes=99999999999999G"), HasSubstr("whole number"));
  EXPECT_THAT(error_of("tensor_cores=wmma"), HasSubstr("did you mean"));
  EXPECT_THAT(error_of("repack=maybe"), HasSubstr("true or false"));
  EXPECT_THAT(error_of("threads"), HasSubstr("key=value"));
  EXPECT_THAT(error_of("chat_template_args=[1]"), HasSubstr("JSON object"));
}

}  // namespace
}  // namespace reckon::engine
