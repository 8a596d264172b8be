// Results of a step that threw: who asked for them may be gone, so nothing is written there later.

#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/cuda_on_host/lost_device.h"
#include "tests/cuda_on_host/runtime.h"
#include "tests/gpu/both_backends.h"

namespace reckon::kernels::test {
namespace {

const Values kUntouched = {-1.0F, -1.0F};

RaggedBatch one_token(TokenRole role) {
  RaggedBatch batch;
  batch.token_ids = {0};
  batch.positions = {0};
  batch.roles = {role};
  batch.sequences = {{0, 1, 0, {0}}};
  return batch;
}

TEST(AbandonedResults, OfAStepThatThrewAreNotFilledByTheNext) {
  const auto backend = make_tested_backend({});
  const Bench b{*backend};
  const Tensor logits = b.noise_of({1, 40}, 1);
  const Tensor numbers = b.put<float>({1.0F, 2.0F}, {2});
  const RaggedBatch batch = one_token(TokenRole::prompt);
  b->begin_step(batch);
  Values values = kUntouched;
  b->download(std::as_writable_bytes(std::span(values)), numbers);
  SamplingRow row;
  std::vector<SampledRow> first;
  b->sample(first, logits, {&row, 1});
  row.top_n = 5;  // which takes more memory
  std::vector<SampledRow> second;
  reckon::cuda_on_host::set_device_memory(reckon::cuda_on_host::device_memory_in_use());
  EXPECT_THROW(b->sample(second, logits, {&row, 1}), Error);
  reckon::cuda_on_host::set_device_memory(std::uint64_t{4} << 30);

  b->begin_step(batch);
  b->wait();
  EXPECT_EQ(values, kUntouched);
  EXPECT_TRUE(first.empty());
  EXPECT_TRUE(second.empty());
  b->sample(second, logits, {&row, 1});
  b->wait();
  ASSERT_EQ(second.size(), 1U);
  EXPECT_EQ(second.front().top.size(), 5U);
}

TEST(AbandonedResults, OfAWaitThatThrewAreNotFilledByTheNext) {
  const auto backend = make_tested_backend({});
  const Bench b{*backend};
  const Tensor numbers = b.put<float>({1.0F, 2.0F}, {1, 2});
  const RaggedBatch batch = one_token(TokenRole::generated);
  b->begin_step(batch);  // the first asks for memory, and so is not written down as a whole
  b->wait();
  Values values = kUntouched;
  b->begin_step(batch);
  b->add(numbers, numbers, numbers);
  b->download(std::as_writable_bytes(std::span(values)), numbers);
  reckon::cuda_on_host::lose_device_after(0);
  EXPECT_THROW(b->wait(), Error);
  reckon::cuda_on_host::find_device_again();
  b->wait();
  EXPECT_EQ(values, kUntouched);
}

}  // namespace
}  // namespace reckon::kernels::test
