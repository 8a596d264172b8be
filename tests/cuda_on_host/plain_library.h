#pragma once
// A library of dense products made for the tests of the execution model.

#include <gtest/gtest.h>

#include <vector>

#include "kernels/cuda/dense_library.h"
#include "kernels/cuda/device.h"
#include "kernels/stored_block.h"
#include "tests/cuda_on_host/runtime.h"

namespace reckon::kernels::test {

namespace cuda = RECKON_CUDA_NS;

template <class T>
std::vector<T> device_content(cuda::Global<const T> from, std::int64_t count) {
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
    EXPECT_EQ(stream.list, nullptr) << "a library's work is not written down by itself";
    EXPECT_EQ(p.tokens % cuda::kLibraryTokens, 0);
    EXPECT_EQ(p.weight.offset() % 256, 0);
    EXPECT_EQ(p.input.offset() % 256, 0);
    EXPECT_EQ(p.output.offset() % 16, 0) << "what an algorithm was chosen for";
    reckon::cuda_on_host::queue_work([p] { compute(p); });
  }

 private:
  static void compute(const cuda::LibraryProduct& p) {
    const bool fp8 = p.type == DataType::fp8_e4m3;
    const std::int64_t size = fp8 ? 1 : 2;
    const auto weight = device_content<std::uint8_t>(p.weight, p.rows * p.columns * size);
    const auto input = device_content<std::uint8_t>(p.input, p.tokens * p.columns * size);
    const std::int64_t blocks = p.columns / 128;
    std::vector<float> weight_scales;
    std::vector<float> input_scales;
    if (fp8) {
      weight_scales = device_content<float>(p.weight_scales, (p.rows + 127) / 128 * blocks);
      input_scales = device_content<float>(p.input_scales, blocks * p.tokens);
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

  int& calls_;
};

}  // namespace reckon::kernels::test
