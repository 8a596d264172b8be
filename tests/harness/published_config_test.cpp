// A config made from what the engine knows of a model gives estimates the shape that its config.json gives.

#include "harness/published_config.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "engine/model/model_source.h"
#include "reports/estimate/model_shape.h"
#include "tests/engine/formats/file_builders.h"
#include "tests/support/shared_data.h"

namespace reckon::harness {
namespace {

class PublishedConfig : public testing::TestWithParam<const char*> {};

TEST_P(PublishedConfig, MadeAgainHasTheSameShape) {
  const std::string folder = test::source_file(std::string("models/") + GetParam());
  const reports::ModelShape published = reports::load_model_shape(folder);
  const std::string made = config_json_of(engine::ModelSource::open(folder)->config());
  const reports::ModelShape again = reports::parse_model_shape(made, "made again");
  EXPECT_DOUBLE_EQ(again.parameters(), published.parameters());
  EXPECT_DOUBLE_EQ(again.active_parameters(), published.active_parameters());
  EXPECT_DOUBLE_EQ(again.kv_bytes_per_token(2), published.kv_bytes_per_token(2));
  EXPECT_DOUBLE_EQ(again.training_flop_per_token(4096), published.training_flop_per_token(4096));
  EXPECT_DOUBLE_EQ(again.expert_layers, published.expert_layers);
  EXPECT_DOUBLE_EQ(again.experts.shared_intermediate, published.experts.shared_intermediate);
  EXPECT_DOUBLE_EQ(again.experts.chosen_groups, published.experts.chosen_groups);
  EXPECT_EQ(again.attention.latent, published.attention.latent);
  EXPECT_EQ(again.tied_embeddings, published.tied_embeddings);
}

INSTANTIATE_TEST_SUITE_P(Demo, PublishedConfig, testing::Values("reckon-demo-dense", "reckon-demo-moe"),
                         [](const auto& tested) { return tested.index == 0 ? "dense" : "experts"; });

TEST(PublishedConfigOfGguf, WeightsHaveTheBytesThatTheFileGivesThem) {
  const test::TemporaryFolder folder;
  const auto stored = [&](bool quantised) {
    const std::string path = folder.write("tiny.gguf", test::tiny_llama_gguf(quantised).build());
    return reports::parse_model_shape(published_config(path), path).stored;
  };
  ASSERT_TRUE(stored(false).has_value());
  EXPECT_DOUBLE_EQ(stored(false)->matrix_bytes, 4);  // F32
  EXPECT_DOUBLE_EQ(stored(false)->embedding_bytes, 4);
  EXPECT_DOUBLE_EQ(stored(true)->matrix_bytes, 34.0 / 32);  // Q8_0: a 16-bit scale for 32 numbers of 8 bits
}

TEST(PublishedConfigOfFolders, IsTheFileItself) {
  const std::string folder = test::source_file("models/reckon-demo-dense");
  EXPECT_TRUE(json::parse(published_config(folder), "config").HasMember("hidden_size"));
  test::TemporaryFolder empty;
  EXPECT_EQ(published_config(empty.path()), "");
}

TEST(PublishedConfigOfFolders, OtherShapesHaveNone) {
  engine::ModelConfig config;
  EXPECT_EQ(config_json_of(config), "");
  config.layers.resize(2);
  config.layers[1].feed_forward.router.experts = 8;  // experts behind plain attention
  EXPECT_EQ(config_json_of(config), "");
}

}  // namespace
}  // namespace reckon::harness
