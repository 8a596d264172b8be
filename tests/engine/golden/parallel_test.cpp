// Models divided among ranks that are threads: experts on other ranks change no bit, tensor parallelism stays
// within the tolerance of float32 sums and gives the same bits each time.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/engine/golden/golden_case.h"
#include "tests/engine/golden/score_tokens.h"
#include "tests/kernels/run_ranks.h"

namespace reckon::test {
namespace {

using Rows = std::vector<std::vector<float>>;

constexpr float kTolerance = 5e-4F;  // as that of golden_test.cpp

std::unique_ptr<engine::ModelSource> open_dummy(const GoldenCase& golden) {
  engine::OpenOptions options;
  options.dummy_weights = true;
  return engine::ModelSource::open(golden.folder, options);
}

/// A few prompt tokens in chunks that no number of ranks divides, then generated ones.
ScoreOptions in_chunks() {
  ScoreOptions options;
  options.chunk = 7;
  options.prompt_tokens = 20;
  return options;
}

/// Every rank's log-probabilities; all ranks have all of them.
std::vector<Rows> score_on_ranks(const engine::ModelSource& source, const std::vector<std::int32_t>& tokens,
                                 const engine::ParallelPlan& plan) {
  std::vector<Rows> results(static_cast<std::size_t>(plan.ranks()));
  kernels::test::run_ranks(plan.ranks(), [&](const std::shared_ptr<kernels::Communicator>& communicator) {
    ScoreOptions options = in_chunks();
    options.parallel = plan;
    options.communicator = communicator;
    results[static_cast<std::size_t>(communicator->rank())] = score_tokens(source, tokens, options);
  });
  return results;
}

struct Division {
  const char* model;
  std::int32_t tensor, expert;
};

std::string name_of(const testing::TestParamInfo<Division>& tested) {
  return std::string(tested.param.model) + "_tp" + std::to_string(tested.param.tensor) + "_ep" +
         std::to_string(tested.param.expert);
}

class ExpertParallel : public testing::TestWithParam<Division> {};

TEST_P(ExpertParallel, ChangesNoBit) {
  const GoldenCase golden = read_golden(GetParam().model);
  const auto source = open_dummy(golden);
  const Rows expected = score_tokens(*source, golden.tokens, in_chunks());
  for (const Rows& rows : score_on_ranks(*source, golden.tokens, {1, GetParam().expert}))
    EXPECT_EQ(rows, expected);
}

INSTANTIATE_TEST_SUITE_P(Models, ExpertParallel,
                         testing::Values(Division{"deepseek_q_lora", 1, 2}, Division{"deepseek_q_lora", 1, 4},
                                         Division{"deepseek_groups", 1, 2}, Division{"deepseek_groups", 1, 4},
                                         Division{"deepseek_fp8", 1, 2}, Division{"deepseek_fp8", 1, 4}),
                         name_of);

class TensorParallel : public testing::TestWithParam<Division> {};

TEST_P(TensorParallel, AgreesAndIsRepeatable) {
  const GoldenCase golden = read_golden(GetParam().model);
  const auto source = open_dummy(golden);
  const engine::ParallelPlan plan{GetParam().tensor, GetParam().expert};
  const std::vector<Rows> first = score_on_ranks(*source, golden.tokens, plan);
  const Difference difference = largest_difference(first.front(), golden.logprobs, golden.excluded);
  RecordProperty("largest_difference", std::to_string(difference.largest));
  EXPECT_LE(difference.largest, kTolerance) << "position " << difference.position;
  for (const Rows& rows : first) EXPECT_EQ(rows, first.front());
  EXPECT_EQ(score_on_ranks(*source, golden.tokens, plan), first);
}

INSTANTIATE_TEST_SUITE_P(Models, TensorParallel,
                         testing::Values(Division{"llama_mha", 2, 1}, Division{"llama_mha", 4, 1},
                                         Division{"llama_bias", 2, 1}, Division{"llama_bias", 4, 1},
                                         Division{"llama_gqa_tied", 2, 1}, Division{"deepseek_q_lora", 2, 1},
                                         Division{"deepseek_q_lora", 4, 1}, Division{"deepseek_q_lora", 2, 2},
                                         Division{"deepseek_groups", 4, 4}),
                         name_of);

std::string refusal(const char* model, const engine::ParallelPlan& plan) {
  const GoldenCase golden = read_golden(model);
  const auto source = open_dummy(golden);
  try {
    score_on_ranks(*source, golden.tokens, plan);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(ParallelPlan, WhatCannotBeDividedIsSaid) {
  EXPECT_THAT(refusal("llama_mha", {3, 1}), testing::HasSubstr("4 attention heads cannot be divided"));
  EXPECT_THAT(refusal("llama_mha", {1, 2}), testing::HasSubstr("has no experts"));
  EXPECT_THAT(refusal("deepseek_q_lora", {1, 3}), testing::HasSubstr("8 experts cannot be divided"));
  EXPECT_THAT(refusal("deepseek_q_lora", {2, 4}),
              testing::HasSubstr("each must be 1 or the number of ranks"));
}

}  // namespace
}  // namespace reckon::test
