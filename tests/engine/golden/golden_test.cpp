// Agreement with transformers on random-weight models of several shapes.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/engine/golden/golden_case.h"
#include "tests/engine/golden/score_tokens.h"

namespace reckon::test {
namespace {

constexpr float kTolerance = 5e-4F;

class Golden : public testing::TestWithParam<std::string> {};

std::unique_ptr<engine::ModelSource> open_dummy(const std::string& folder) {
  engine::OpenOptions options;
  options.dummy_weights = true;
  return engine::ModelSource::open(folder, options);
}

void expect_agreement(const GoldenCase& golden, const ScoreOptions& options, const std::string& how) {
  const auto source = open_dummy(golden.folder);
  const auto logprobs = score_tokens(*source, golden.tokens, options);
  const Difference difference = largest_difference(logprobs, golden.logprobs, golden.excluded);
  testing::Test::RecordProperty("largest_difference_" + how, std::to_string(difference.largest));
  EXPECT_LE(difference.largest, kTolerance)
      << how << ": position " << difference.position << ", token " << difference.token;
}

TEST_P(Golden, PromptTokensAgreeWithTransformers) {
  const GoldenCase golden = read_golden(GetParam());
  const auto excluded = std::count(golden.excluded.begin(), golden.excluded.end(), true);
  EXPECT_LE(100 * excluded, static_cast<std::ptrdiff_t>(golden.tokens.size())) << "more than 1 % left out";
  expect_agreement(golden, {}, "whole");
}

TEST_P(Golden, ChunksAgreeWithTransformers) {
  const GoldenCase golden = read_golden(GetParam());
  ScoreOptions options;
  options.chunk = 7;
  expect_agreement(golden, options, "chunks_of_7");
}

// Generated tokens take the absorbed form of latent attention.
TEST_P(Golden, GeneratedTokensAgreeWithTransformers) {
  const GoldenCase golden = read_golden(GetParam());
  ScoreOptions options;
  options.chunk = 1;
  options.prompt_tokens = 5;
  expect_agreement(golden, options, "generated");
}

INSTANTIATE_TEST_SUITE_P(Cases, Golden, testing::ValuesIn(golden_names()),
                         [](const testing::TestParamInfo<std::string>& tested) { return tested.param; });

// Mean over positions of KL(reference || other), in nats.
double mean_divergence(const std::vector<std::vector<float>>& reference,
                       const std::vector<std::vector<float>>& other) {
  double sum = 0.0;
  for (std::size_t position = 0; position < reference.size(); ++position) {
    for (std::size_t token = 0; token < reference[position].size(); ++token) {
      const double at = reference[position][token];
      sum += std::exp(at) * (at - other[position][token]);
    }
  }
  return sum / static_cast<double>(reference.size());
}

class Fp8Activations : public testing::TestWithParam<std::string> {};

// A sum in another order moves a value over the border of two codes now and then, so agreement is not to a
// tolerance of float32. But what FP8 activations do to the model is seen through, in size and in direction.
TEST_P(Fp8Activations, AgreeWithTransformersOnFakeQuantisedActivations) {
  const GoldenCase golden = read_golden("deepseek_fp8_activations_" + GetParam());
  const auto source = open_dummy(golden.folder);
  ScoreOptions options;
  const auto exact = score_tokens(*source, golden.tokens, options);
  options.activations = kernels::ActivationPrecision::by_weight;
  const auto quantised = score_tokens(*source, golden.tokens, options);
  const double effect = mean_divergence(golden.logprobs, exact);
  const double difference = mean_divergence(golden.logprobs, quantised);
  testing::Test::RecordProperty("effect_nats", std::to_string(effect));
  testing::Test::RecordProperty("difference_nats", std::to_string(difference));
  EXPECT_GT(effect, 1e-4);
  EXPECT_LT(difference, effect / 4);
}

INSTANTIATE_TEST_SUITE_P(ScaleFormats, Fp8Activations, testing::Values("float", "ue8m0"),
                         [](const testing::TestParamInfo<std::string>& tested) { return tested.param; });

}  // namespace
}  // namespace reckon::test
