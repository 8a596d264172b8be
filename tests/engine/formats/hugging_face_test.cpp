#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>

#include "engine/formats/dummy_weights.h"
#include "engine/formats/fp8_scales.h"
#include "engine/model/model_source.h"
#include "tests/engine/formats/file_builders.h"
#include "tests/support/shared_data.h"

namespace reckon::test {
namespace {

using engine::ModelSource;
using engine::TensorRole;
using testing::AllOf;
using testing::HasSubstr;

class HuggingFace : public testing::Test {
 protected:
  void SetUp() override {
    folder_.write("config.json", tiny_llama_config());
    folder_.write("model.safetensors", tiny_llama_safetensors());
  }
  std::string open_error() {
    return error_of([&] { ModelSource::open(folder_.path()); });
  }
  TemporaryFolder folder_;
};

TEST_F(HuggingFace, TensorsPointIntoTheMap) {
  const auto source = ModelSource::open(folder_.path());
  EXPECT_EQ(source->format(), "safetensors");
  const auto tensor = source->tensor({"model.layers.0.mlp.down_proj.weight", 32, 64, TensorRole::linear});
  EXPECT_EQ(tensor.type, kernels::DataType::f16);
  EXPECT_EQ(tensor.data.size(), 32U * 64U * 2U);
  EXPECT_EQ(tensor.rows, 32);
  EXPECT_EQ(tensor.columns, 64);
}

TEST_F(HuggingFace, WrongShapeNamesBoth) {
  const auto source = ModelSource::open(folder_.path());
  EXPECT_THAT(error_of([&] {
                source->tensor({"model.norm.weight", 1, 64, TensorRole::norm});
              }),
              AllOf(HasSubstr("model.safetensors"), HasSubstr("[32]"), HasSubstr("[64]")));
}

TEST_F(HuggingFace, MissingTensorNamesTheNearest) {
  const auto source = ModelSource::open(folder_.path());
  EXPECT_THAT(error_of([&] {
                source->tensor({"model.nom.weight", 1, 32, TensorRole::norm});
              }),
              HasSubstr("did you mean 'model.norm.weight'"));
}

TEST_F(HuggingFace, IndexNamesFilesInThisFolderOnly) {
  for (const char* name : {"../model.safetensors", "/etc/passwd", "..", ""}) {
    folder_.write("model.safetensors.index.json", std::string(R"({"weight_map":{"a":")") + name + "\"}}");
    EXPECT_THAT(open_error(), HasSubstr("no name of a file")) << name;
  }
}

TEST_F(HuggingFace, IndexAndFilesMustAgree) {
  folder_.write("model.safetensors.index.json", R"({"weight_map":{"absent":"model.safetensors"}})");
  EXPECT_THAT(open_error(), HasSubstr("'absent'"));
  folder_.write("model.safetensors.index.json", R"({"weight_map":{"absent":"model-2.safetensors"}})");
  EXPECT_THAT(open_error(), AllOf(HasSubstr("model-2.safetensors"), HasSubstr("download")));
}

TEST_F(HuggingFace, TensorInTwoFiles) {
  folder_.write("other.safetensors", tiny_llama_safetensors());
  folder_.write("model.safetensors.index.json",
                R"({"weight_map":{"model.norm.weight":"model.safetensors","x":"other.safetensors"}})");
  EXPECT_THAT(open_error(), AllOf(HasSubstr("other.safetensors"), HasSubstr("stands in")));
}

TEST(HuggingFaceFolder, WithoutWeightsSaysWhatIsThere) {
  const TemporaryFolder folder;
  EXPECT_THAT(error_of([&] { ModelSource::open(folder.path()); }), HasSubstr("config.json"));
  folder.write("config.json", tiny_llama_config());
  folder.write("pytorch_model.bin", "x");
  EXPECT_THAT(error_of([&] { ModelSource::open(folder.path()); }), HasSubstr("pytorch_model.bin"));
  EXPECT_THAT(error_of([&] { ModelSource::open(folder.path() + "/nowhere"); }), HasSubstr("no such file"));
}

TEST_F(HuggingFace, GenerationConfigAndTemplates) {
  folder_.write("generation_config.json",
                R"({"eos_token_id":[2,3],"temperature":0.6,"top_p":0.95,"do_sample":true,"top_k":20})");
  folder_.write(
      "tokenizer_config.json",
      R"({"chat_template":[{"name":"default","template":"A"},{"name":"tool_use","template":"B"}]})");
  auto source = ModelSource::open(folder_.path());
  EXPECT_EQ(source->generation_defaults().eos_tokens, (std::vector<engine::TokenId>{2, 3}));
  EXPECT_EQ(source->generation_defaults().bos_token, 0);
  EXPECT_EQ(source->generation_defaults().top_k, 20);
  EXPECT_EQ(source->chat_templates().at("default"), "A");
  EXPECT_EQ(source->chat_templates().at("tool_use"), "B");
  folder_.write("chat_template.jinja", "C");
  source = ModelSource::open(folder_.path());
  EXPECT_EQ(source->chat_templates().at("default"), "C");
  folder_.write("generation_config.json", R"({"eos_token_id":"two"})");
  EXPECT_THAT(open_error(), AllOf(HasSubstr("generation_config.json"), HasSubstr("eos_token_id")));
}

TEST_F(HuggingFace, HashesAreCachedByIdentity) {
  const TemporaryFolder cache;
  setenv("XDG_CACHE_HOME", cache.path().c_str(), 1);
  std::string big = tiny_llama_safetensors();
  const std::string header = R"({"w":{"dtype":"U8","shape":[2097152],"data_offsets":[0,2097152]}})";
  folder_.write("model.safetensors", safetensors_file(header, std::string(2097152, 'a')));
  const auto source = ModelSource::open(folder_.path());
  const auto first = engine::model_hashes(*source);
  EXPECT_EQ(engine::model_hashes(*source), first);
  folder_.write("model.safetensors", safetensors_file(header, std::string(2097152, 'b')));
  const auto second = engine::model_hashes(*ModelSource::open(folder_.path()));
  EXPECT_EQ(second[0], first[0]);  // config.json
  EXPECT_NE(second[1], first[1]);
  std::string damaged = "{\"x\":";
  cache.write("reckon/hashes.json", damaged);
  EXPECT_EQ(engine::model_hashes(*source)[1], second[1]);
}

constexpr const char* kFp8Config = R"(,"quantization_config":{"quant_method":"fp8","fmt":"e4m3",
"activation_scheme":"dynamic","weight_block_size":[32,32]}})";

std::string fp8_folder(const TemporaryFolder& folder, const std::vector<TensorSpec>& tensors) {
  std::string config = tiny_llama_config();
  config.replace(config.rfind('}'), 1, kFp8Config);
  folder.write("config.json", config);
  folder.write("model.safetensors", safetensors_file(tensors));
  return folder.path();
}

std::string floats(const std::vector<float>& values) {
  std::string text;
  for (const float value : values) text += little_endian(std::bit_cast<std::uint32_t>(value), 4);
  return text;
}

TEST(Fp8, ScalesAreAttached) {
  const TemporaryFolder folder;
  const std::vector<float> scales{1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F};
  const auto source = ModelSource::open(fp8_folder(
      folder, {{"w", "F8_E4M3", {40, 70}, 1, ""}, {"w_scale_inv", "F32", {2, 3}, 4, floats(scales)}}));
  const auto tensor = source->tensor({"w", 40, 70, TensorRole::linear});
  EXPECT_EQ(std::vector<float>(tensor.scales.begin(), tensor.scales.end()), scales);
  EXPECT_EQ(tensor.scale_block_rows, 32);
}

TEST(Fp8, MissingWrongOrNonFiniteScales) {
  const auto error_with = [](const std::vector<TensorSpec>& tensors) {
    const TemporaryFolder folder;
    const auto source = ModelSource::open(fp8_folder(folder, tensors));
    return error_of([&] { source->tensor({"w", 32, 32, TensorRole::linear}); });
  };
  const TensorSpec weight{"w", "F8_E4M3", {32, 32}, 1, ""};
  EXPECT_THAT(error_with({weight}), HasSubstr("w_scale_inv"));
  EXPECT_THAT(error_with({weight, {"w_scale_inv", "F32", {1, 2}, 4, ""}}), HasSubstr("[1, 2]"));
  EXPECT_THAT(error_with({weight, {"w_scale_inv", "I32", {1, 1}, 4, ""}}), HasSubstr("I32"));
  for (const float bad : {NAN, INFINITY, -1.0F}) {
    EXPECT_THAT(error_with({weight, {"w_scale_inv", "F32", {1, 1}, 4, floats({bad})}}), HasSubstr("finite"));
  }
}

// The same numbers as tests/engine/golden/dummy_weights.py draws.
TEST(DummyWeights, AreTheWrittenOnes) {
  const engine::DummyStream stream("model.norm.weight");
  const auto tensor =
      engine::draw_dummy_tensor({"model.norm.weight", 1, 4, TensorRole::norm}, kernels::DataType::f32, 0, 0);
  std::vector<float> values(4);
  std::memcpy(values.data(), tensor.data.data(), 16);
  EXPECT_EQ(stream.word(0), 18229519916173899913ULL);
  EXPECT_EQ(values, (std::vector<float>{1.19528973F, 0.99299562F, 1.0640527F, 0.980508208F}));
}

}  // namespace
}  // namespace reckon::test
