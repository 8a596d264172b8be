// Dense products by a library, with one made for the test: what it is given, and what becomes of its results.
#include <gtest/gtest.h>

#include "kernels/cuda/backend.h"
#include "tests/cuda_on_host/plain_library.h"
#include "tests/gpu/both_backends.h"
#include "tests/gpu/random_weights.h"

namespace reckon::kernels::test {
namespace {

/// Products of `tokens` of the same 130 rows of input, the first ones, in a step of their own.
Values products(DataType type, std::int64_t rows, std::int64_t columns, std::int64_t tokens, bool by_library,
                int& calls) {
  cuda::CudaBackend backend({});
  if (by_library) backend.use_dense_library(std::make_unique<PlainLibrary>(calls));
  const Bench b{backend};
  const WeightHandle weight = b->load_weight(varied_weight(type, rows, columns, 3));
  const Tensor input = narrow(b.noise_of({130, columns}, 4, 2.0F), 0, 0, tokens);
  const Tensor wide = b.noise_of({tokens, rows + 3}, 5);
  const Tensor output = narrow(wide, 1, 0, rows);
  const Tensor dense_output = b.empty({tokens, rows});
  const LinearOutput outputs[] = {{weight, output, b.noise_of({rows}, 6)}, {weight, dense_output, {}}};
  b->linear(outputs, input);
  Values values = b.get(wide);
  append(values, b.get(dense_output));
  return values;
}

class CudaLibraryProducts : public testing::TestWithParam<DataType> {
 protected:
  void SetUp() override { use_fp8_device(true); }
  void TearDown() override { use_fp8_device(false); }
};

TEST_P(CudaLibraryProducts, AreThoseOfOwnKernelsUpToTheOrderOfSums) {
  int calls = 0;
  expect_close(products(GetParam(), 24, 512, 3, true, calls), products(GetParam(), 24, 512, 3, false, calls),
               1e-5F);
  EXPECT_EQ(calls, 2) << "one for each output";
}

TEST_P(CudaLibraryProducts, DoNotDependOnTheOtherTokens) {
  int calls = 0;
  const Values alone = products(GetParam(), 24, 512, 1, true, calls);
  const Values among = products(GetParam(), 24, 512, 130, true, calls);
  EXPECT_EQ(calls, 4);
  expect_same_bits(Values(alone.begin(), alone.begin() + 24), Values(among.begin(), among.begin() + 24));
  const std::size_t dense = std::size_t{130} * 27;
  expect_same_bits(Values(alone.begin() + 27, alone.end()),
                   Values(among.begin() + static_cast<std::ptrdiff_t>(dense),
                          among.begin() + static_cast<std::ptrdiff_t>(dense) + 24));
}

TEST_P(CudaLibraryProducts, OwnKernelsServeWhatTheLibraryDoesNot) {
  int calls = 0;
  expect_same_bits(products(GetParam(), 20, 512, 3, true, calls),
                   products(GetParam(), 20, 512, 3, false, calls));
  EXPECT_EQ(calls, 0);
}

TEST_P(CudaLibraryProducts, OfAPartThatLiesAskewAreThoseOfTheWhole) {
  int calls = 0;
  cuda::CudaBackend backend({});
  backend.use_dense_library(std::make_unique<PlainLibrary>(calls));
  const Bench b{backend};
  const WeightHandle weight = b->load_weight(varied_weight(GetParam(), 24, 512, 3));
  const Tensor input = b.noise_of({128, 512}, 4, 2.0F);
  const Tensor whole = b.empty({128, 24});
  const Tensor part = dense(b.empty({128 * 24 + 1}).buffer, DataType::f32, {128, 24}, sizeof(float));
  const LinearOutput outputs[] = {{weight, whole, {}}, {weight, part, {}}};
  b->linear(outputs, input);
  EXPECT_EQ(calls, 2);
  expect_same_bits(b.get(part), b.get(whole));
}

INSTANTIATE_TEST_SUITE_P(Types, CudaLibraryProducts,
                         testing::Values(DataType::bf16, DataType::f16, DataType::fp8_e4m3),
                         [](const testing::TestParamInfo<DataType>& type) {
                           return type_info(type.param).name;
                         });

}  // namespace
}  // namespace reckon::kernels::test
