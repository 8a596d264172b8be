// One layer of each kind, timed, and the whole model from them. No time is asserted, only what is added up.
#include "harness/time_layers.h"

#include <cmath>
#include <filesystem>

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/json.h"
#include "tests/engine/generation/tiny_models.h"

namespace reckon::harness {
namespace {

LayerTimingOptions small_steps() {
  LayerTimingOptions options;
  options.prompt_tokens = 12;
  options.decode_sequences = 3;
  options.context_tokens = 40;  // over the end of a page
  options.repetitions = 3;
  return options;
}

ModelArguments tiny(const std::string& folder, const std::string& arguments) {
  ModelArguments model;
  model.model = folder;
  model.model_args = arguments;
  return model;
}

TEST(TimeLayers, CountsTheLayersOfTheWholeModelByKind) {
  const std::string folder = engine::test::write_tiny_model("deepseek");
  const LayersTiming whole = time_layers(tiny(folder, "load_format=dummy"), small_steps());
  ASSERT_EQ(whole.layers.size(), 2U);  // dense layers, then experts
  const std::int64_t all = whole.layers[0].in_model + whole.layers[1].in_model;
  EXPECT_NE(whole.layers[0].kind.find("dense"), std::string::npos) << whole.layers[0].kind;
  EXPECT_NE(whole.layers[1].kind.find("experts"), std::string::npos) << whole.layers[1].kind;
  const std::int64_t kept = whole.layers[0].in_model + 1;
  const LayersTiming part =
      time_layers(tiny(folder, "load_format=dummy,num_layers=" + std::to_string(kept)), small_steps());
  ASSERT_EQ(part.layers.size(), 2U);
  EXPECT_EQ(part.layers[0].in_model + part.layers[1].in_model, all);
  EXPECT_EQ(part.layers[0].timed, whole.layers[0].in_model);
  EXPECT_EQ(part.layers[1].timed, 1);
  std::filesystem::remove_all(folder);
}

TEST(TimeLayers, BytesOfADecodeStepAreThoseOfTheWholeModelWithoutItsTable) {
  const std::string folder = engine::test::write_tiny_model("llama");
  const LayersTiming whole = time_layers(tiny(folder, "load_format=dummy"), small_steps());
  ASSERT_TRUE(whole.decode_bytes);
  EXPECT_GT(*whole.decode_bytes, 0.0);
  EXPECT_GT(whole.copy_bytes_per_second, 0.0);
  EXPECT_GT(whole.decode_share_of_copy().value_or(0.0), 0.0);
  LayerTimingOptions longer = small_steps();
  longer.context_tokens += 32;
  const LayersTiming other = time_layers(tiny(folder, "load_format=dummy"), longer);
  const double position = (*other.decode_bytes - *whole.decode_bytes) / 32 / small_steps().decode_sequences;
  EXPECT_GT(position, 0.0);
  EXPECT_EQ(position, std::floor(position)) << "bytes of a position in all layers";
  const LayersTiming part = time_layers(tiny(folder, "load_format=dummy,num_layers=1"), small_steps());
  EXPECT_FALSE(part.decode_bytes) << "layers are left out";
  std::filesystem::remove_all(folder);
  const std::string experts = engine::test::write_tiny_model("deepseek");
  EXPECT_FALSE(time_layers(tiny(experts, "load_format=dummy"), small_steps()).decode_bytes);
  std::filesystem::remove_all(experts);
}

TEST(TimeLayers, TheWholeModelIsTheSumOfItsLayers) {
  LayersTiming timing;
  timing.options = small_steps();
  timing.layers = {{"dense", 3, 1, 0.5, 0.25}, {"experts", 58, 2, 2.0, 1.0}};
  timing.other_prefill_seconds = 0.125;
  timing.other_decode_seconds = 0.25;
  EXPECT_DOUBLE_EQ(timing.prefill_seconds(), 0.125 + 1.5 + 116.0);
  EXPECT_DOUBLE_EQ(timing.decode_tokens_per_second(), 3 / (0.25 + 0.75 + 58.0));
  const json::Document written = json::parse(layers_json(timing), "layers.json");
  EXPECT_DOUBLE_EQ(written["estimated_whole_model"]["prefill_tokens_per_s"].GetDouble(), 12 / 117.625);
  EXPECT_NE(layers_text(timing).find("experts"), std::string::npos);
}

TEST(TimeLayers, TooFewLayersAndRealWeightsAreRefused) {
  const std::string folder = engine::test::write_tiny_model("deepseek");
  for (const char* arguments :
       {"load_format=dummy,num_layers=1", "load_format=dummy,num_layers=99", "num_layers=1"})
    EXPECT_THROW(time_layers(tiny(folder, arguments), small_steps()), Error) << arguments;
  std::filesystem::remove_all(folder);
}

TEST(TimeLayers, WhatDoesNotFitIsRefusedBeforeAnythingIsLoaded) {
  const std::string folder = engine::test::write_tiny_model("llama");
  LayerTimingOptions options = small_steps();
  options.decode_sequences = 1 << 20;
  options.context_tokens = 1 << 20;
  try {
    time_layers(tiny(folder, "load_format=dummy"), options);
    ADD_FAILURE() << "a cache of 2^40 positions fits";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::not_evaluated);
    EXPECT_NE(std::string(error.what()).find("takes at least"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("KV cache"), std::string::npos) << error.what();
  }
  std::filesystem::remove_all(folder);
}

TEST(TimeLayers, PublishedRatesStandBesideTheEstimate) {
  LayersTiming timing;
  timing.other_prefill_seconds = timing.other_decode_seconds = 1;
  EXPECT_EQ(layers_text(timing).find("Published"), std::string::npos);
  timing.published = {{true, "H800", 7839, "day 6", "a page"}};
  EXPECT_NE(layers_text(timing).find("| prefill | H800  |     7839 | day 6 | a page |"), std::string::npos);
  const json::Document document = json::parse(layers_json(timing), "layers");
  ASSERT_EQ(document["published"].Size(), 1U);
  EXPECT_EQ(document["published"][0]["tokens_per_s"].GetDouble(), 7839);
}

}  // namespace
}  // namespace reckon::harness
