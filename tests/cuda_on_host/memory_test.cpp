// A device that is too small, and what stays of the program then.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "kernels/cuda/buffers.h"
#include "tests/cuda_on_host/runtime.h"
#include "tests/gpu/both_backends.h"
#include "tests/gpu/random_weights.h"

namespace reckon::kernels::test {
namespace {

using testing::HasSubstr;

class SmallDevice : public testing::Test {
 protected:
  void TearDown() override { reckon::cuda_on_host::set_device_memory(std::uint64_t{4} << 30); }
};

TEST_F(SmallDevice, WhatDoesNotFitIsRefusedByNameAndTheRestStays) {
  reckon::cuda_on_host::set_device_memory(100'000);
  const auto backend = make_tested_backend({});
  const Bench b{*backend};
  const Tensor kept = b.put<float>({1.0F, 2.0F}, {2});
  try {
    b->load_weight(varied_weight(DataType::f32, 200, 200, 1));
    FAIL() << "160,000 bytes fit into 100,000";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::not_evaluated);
    EXPECT_THAT(error.what(), testing::AllOf(HasSubstr("f32: 160000 bytes"), HasSubstr("of 100000")));
  }
  EXPECT_EQ(b.get(kept), (std::vector<float>{1.0F, 2.0F}));
}

/// A prompt of `tokens` on one long page.
RaggedBatch prompt_step(std::int32_t tokens) {
  RaggedBatch batch;
  for (std::int32_t i = 0; i < tokens; ++i) {
    batch.token_ids.push_back(i);
    batch.positions.push_back(i);
    batch.roles.push_back(TokenRole::prompt);
  }
  batch.sequences = {{0, tokens, 0, {0}}};
  return batch;
}

TEST_F(SmallDevice, ACardThatAnotherProcessFillsBetweenStepsIsAnErrorAndLaterStepsRun) {
  const auto backend = make_tested_backend({});
  const Bench b{*backend};
  const RaggedBatch few = prompt_step(4);
  const RaggedBatch many = prompt_step(3000);
  b->begin_step(few);
  b->wait();
  reckon::cuda_on_host::set_device_memory(reckon::cuda_on_host::device_memory_in_use());
  try {
    b->begin_step(many);
    FAIL() << "nothing is free";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::not_evaluated);
    EXPECT_THAT(error.what(), HasSubstr("do not fit into the"));
  }
  reckon::cuda_on_host::set_device_memory(std::uint64_t{4} << 30);
  for (const RaggedBatch* batch : {&many, &few}) {
    const StepTensors step = b->begin_step(*batch);
    b->wait();
    EXPECT_EQ(b.get<std::int32_t>(step.token_ids), batch->token_ids);
    EXPECT_EQ(b.get<std::int32_t>(step.positions), batch->positions);
  }
}

TEST(RecentShapes, AreThoseOfTheLastOperation) {
  const auto backend = make_tested_backend({});
  const Bench b{*backend};
  const WeightHandle weight = b->load_weight(varied_weight(DataType::f32, 6, 20, 1));
  const LinearOutput output{weight, b.empty({3, 6}), {}};
  b->linear({&output, 1}, b.noise_of({3, 20}, 1));
  EXPECT_THAT(reckon::kernels::cuda_on_host::recent_shapes(),
              HasSubstr("linear input [3, 20], linear output [3, 6]"));
}

TEST_F(SmallDevice, MemoryIsGivenBack) {
  const std::uint64_t before = reckon::cuda_on_host::device_memory_in_use();
  {
    const auto backend = make_tested_backend({});
    const Bench b{*backend};
    b->load_weight(varied_weight(DataType::f32, 20, 20, 1));
    const BufferHandle buffer = b->allocate(1000);
    const std::uint64_t with_buffer = reckon::cuda_on_host::device_memory_in_use();
    b->release(buffer);
    EXPECT_EQ(reckon::cuda_on_host::device_memory_in_use(), with_buffer - 1000);
    EXPECT_GE(b->memory_use().weight_bytes_repacked, 1600U);
  }
  EXPECT_EQ(reckon::cuda_on_host::device_memory_in_use(), before);
}

}  // namespace
}  // namespace reckon::kernels::test
