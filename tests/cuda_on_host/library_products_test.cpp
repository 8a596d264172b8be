// Dense products by a library, with one made for the test: what it is given, and what becomes of its results.
#include <gtest/gtest.h>

#include "kernels/cuda/backend.h"
#include "kernels/cuda/device.h"
#include "kernels/stored_block.h"
#include "tests/gpu/both_backends.h"
#include "tests/gpu/random_weights.h"

namespace reckon::kernels::test {
namespace {

namespace cuda = RECKON_CUDA_NS;

template <class T>
std::vector<T> content(cuda::Global<const T> from, std::int64_t count) {
  std::vector<T> values(static_cast<std::size_t>(count));
  from.region()->host_read(static_cast<std::size_t>(from.offset()), values.size() * sizeof(T), values.data());
  return values;
}

/// Sums in one chain of doubles, in order.
class PlainLibrary final : public cuda::DenseLibrary {
 public:
  explicit PlainLibrary(int& calls) : calls_(calls) {}
  std::uint64_t workspace_bytes() const override { return 64; }
  bool choose(DataType, std::int64_t rows, std::int64_t) override { return rows != 20; }
  void multiply(const cuda::Stream& stream, const cuda::LibraryProduct& p) override {
    ++calls_;
    EXPECT_EQ(stream.list, nullptr) << "a library's work cannot be written down";
    EXPECT_EQ(p.tokens % cuda::kLibraryTokens, 0);
    const bool fp8 = p.type == DataType::fp8_e4m3;
    const std::int64_t size = fp8 ? 1 : 2;
    const auto weight = content<std::uint8_t>(p.weight, p.rows * p.columns * size);
    const auto input = content<std::uint8_t>(p.input, p.tokens * p.columns * size);
    const std::int64_t blocks = p.columns / 128;
    std::vector<float> weight_scales;
    std::vector<float> input_scales;
    if (fp8) {
      weight_scales = content<float>(p.weight_scales, (p.rows + 127) / 128 * blocks);
      input_scales = content<float>(p.input_scales, blocks * p.tokens);
    }
    const auto at = [&](const std::vector<std::uint8_t>& bytes, std::int64_t i) -> double {
      const auto place = static_cast<std::size_t>(i * size);
      if (fp8) return fp8_to_float(bytes[place]);
      const auto half = static_cast<std::uint16_t>(bytes[place] | bytes[place + 1] << 8U);
      return p.type == DataType::bf16 ? cuda::bf16_to_float(half) : cuda::half_to_float(half);
    };
    std::vector<float> output;
    for (std::int64_t t = 0; t < p.tokens; ++t) {
      for (std::int64_t r = 0; r < p.rows; ++r) {
        double sum = 0;
        for (std::int64_t k = 0; k < p.columns; ++k) {
          double product = at(weight, r * p.columns + k) * at(input, t * p.columns + k);
          if (fp8)
            product *=
                static_cast<double>(weight_scales[static_cast<std::size_t>(r / 128 * blocks + k / 128)]) *
                static_cast<double>(input_scales[static_cast<std::size_t>(k / 128 * p.tokens + t)]);
          sum += product;
        }
        output.push_back(static_cast<float>(sum));
      }
    }
    p.output.region()->host_write(static_cast<std::size_t>(p.output.offset()), output.size() * 4,
                                  output.data());
  }

 private:
  int& calls_;
};

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

INSTANTIATE_TEST_SUITE_P(Types, CudaLibraryProducts,
                         testing::Values(DataType::bf16, DataType::f16, DataType::fp8_e4m3),
                         [](const testing::TestParamInfo<DataType>& type) {
                           return type_info(type.param).name;
                         });

}  // namespace
}  // namespace reckon::kernels::test
