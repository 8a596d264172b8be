// Agreement with transformers on random-weight models of several shapes.

#include <gtest/gtest.h>

#include <algorithm>

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

}  // namespace
}  // namespace reckon::test
