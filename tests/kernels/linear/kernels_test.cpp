// The loops of products called directly: quantised activations, FP8 codes, on every path.

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "kernels/cpu/linear/product_table.h"
#include "kernels/cpu/memory.h"
#include "kernels/cpu/simd/dispatch.h"
#include "kernels/stored_block.h"
#include "tests/kernels/linear/weights.h"

namespace reckon::kernels::cpu {
namespace {

std::vector<std::pair<const char*, const ProductTable*>> tables() {
  std::vector<std::pair<const char*, const ProductTable*>> found = {{"portable", &portable_products()}};
#if defined(__x86_64__)
  if (path_available(CpuPath::avx2)) found.emplace_back("avx2", &avx2_products());
  if (path_available(CpuPath::avx512)) found.emplace_back("avx512", &avx512_products());
#endif
  return found;
}

template <typename T>
T at(const std::vector<std::uint8_t>& bytes, std::size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

TEST(QuantiseInt8, ForOtherThreadsTheBytesAreTheSame) {
  for (const auto& [name, table] : tables()) {
    for (const int tokens : {1, 3, kMaxTileTokens}) {
      for (const std::int64_t columns : {32, 544, 576, 1536}) {
        const auto input = test::random_floats(static_cast<std::size_t>(tokens * columns), 2, 3.0F);
        const auto bytes = static_cast<std::size_t>(columns / kInt8Block * kInt8BlockBytes * tokens);
        std::vector<std::uint8_t> expected(bytes);
        AlignedBytes tile(bytes + 64);
        table->quantise_int8(expected.data(), input.data(), columns, tokens, columns);
        table->quantise_int8_for_others(reinterpret_cast<std::uint8_t*>(tile.data()), input.data(), columns,
                                        tokens, columns);
        EXPECT_EQ(std::memcmp(tile.data(), expected.data(), bytes), 0) << name << ", " << tokens << " tokens";
        // What lies behind the last line is not touched.
        const std::size_t end = (bytes + 63) / 64 * 64;
        for (std::size_t i = end; i < bytes + 64; ++i) EXPECT_EQ(tile.data()[i], std::byte{0});
      }
    }
  }
}

TEST(QuantiseInt8, CodesScalesAndSums) {
  constexpr int kTokens = 3;
  constexpr int kColumns = 96;
  auto input = test::random_floats(kTokens * 100, 1, 2.0F);
  for (int k = 0; k < 32; ++k) input[static_cast<std::size_t>(100 + 32 + k)] = 0.0F;  // token 1, block 1
  input[0] = 9.0F;
  input[1] = -9.0F;
  for (const auto& [name, table] : tables()) {
    std::vector<std::uint8_t> tile(kTokens * kColumns / 32 * kInt8BlockBytes);
    table->quantise_int8(tile.data(), input.data(), 100, kTokens, kColumns);
    for (int b = 0; b < kColumns / 32; ++b) {
      const auto block = static_cast<std::size_t>(b * kTokens * kInt8BlockBytes);
      for (int t = 0; t < kTokens; ++t) {
        const float* x = input.data() + t * 100 + b * 32;
        float amax = 0;
        for (int k = 0; k < 32; ++k) amax = std::max(amax, std::fabs(x[k]));
        int sums[2] = {};
        for (int k = 0; k < 32; ++k) {
          const auto code = at<std::int8_t>(tile, block + static_cast<std::size_t>(t * 32 + k));
          const float inverse = amax > 0 ? 127.0F / amax : 0.0F;
          EXPECT_EQ(static_cast<float>(code), std::nearbyint(x[k] * inverse)) << name;
          sums[k / 16] += code;
        }
        const auto field = [&](int offset) {
          return block + static_cast<std::size_t>(kTokens * offset + 4 * t);
        };
        const int sum = sums[0] + sums[1];
        EXPECT_EQ(at<float>(tile, field(kInt8Scale)), amax / 127.0F) << name;
        EXPECT_EQ(at<float>(tile, field(kInt8ScaledSum)), amax / 127.0F * static_cast<float>(sum)) << name;
        EXPECT_EQ(at<std::int32_t>(tile, field(kInt8Minus8)), -8 * sum);
        EXPECT_EQ(at<std::int32_t>(tile, field(kInt8Minus16)), -16 * sum);
        EXPECT_EQ(at<std::int32_t>(tile, field(kInt8Minus128)), -128 * sum);
        EXPECT_EQ(at<std::int32_t>(tile, field(kInt8LowHalf)), -32 * sums[0]);
        EXPECT_EQ(at<std::int32_t>(tile, field(kInt8HighHalf)), -32 * sums[1]);
      }
    }
    EXPECT_EQ(at<std::int8_t>(tile, 0), 127);
    EXPECT_EQ(at<std::int8_t>(tile, 1), -127);
  }
}

TEST(QuantiseFp8, NearestCodeTiesToEven) {
  // With an amax of 448 the scale is 1: what comes out is x rounded to E4M3.
  std::vector<float> input(128, 0.0F);
  input[0] = 448.0F;
  const float cases[][2] = {{1.0F, 1.0F},
                            {1.0625F, 1.0F},
                            {1.1875F, 1.25F},
                            {-1.07F, -1.125F},
                            {0.0009765625F, 0.0F},
                            {0.00098F, 0.001953125F},
                            {0.0029296875F, 0.00390625F},
                            {0.0155F, 0.015625F},
                            {431.9F, 416.0F},
                            {432.1F, 448.0F},
                            {-0.0F, 0.0F}};
  int n = 1;
  for (const auto& c : cases) input[static_cast<std::size_t>(n++)] = c[0];
  for (const auto& [name, table] : tables()) {
    std::vector<float> out(128);
    float scale = 0;
    table->quantise_fp8(out.data(), &scale, input.data(), 128, false);
    EXPECT_EQ(scale, 1.0F) << name;
    EXPECT_EQ(out[0], 448.0F * 256.0F) << name;
    n = 1;
    for (const auto& c : cases)
      EXPECT_EQ(out[static_cast<std::size_t>(n++)], c[1] * 256.0F) << name << " " << c[0];
  }
}

TEST(QuantiseFp8, SmallestScaleAndPartialBlocks) {
  const auto input = test::random_floats(150, 2, 1.0e-6F);
  for (const auto& [name, table] : tables()) {
    std::vector<float> out(160, 3.0F);
    float scales[2] = {};
    table->quantise_fp8(out.data(), scales, input.data(), 150, false);
    EXPECT_EQ(scales[0], 1.0e-4F / 448.0F) << name;
    EXPECT_EQ(scales[1], 1.0e-4F / 448.0F) << name;
    for (std::size_t i = 150; i < 160; ++i) EXPECT_EQ(out[i], 0.0F) << name;
  }
}

TEST(QuantiseFp8, ScalesRoundedUpToPowersOfTwo) {
  // amax -> amax / 448 -> the next power of two
  const float cases[][2] = {{448.0F, 1.0F},     {449.0F, 2.0F},    {447.0F, 1.0F},  {224.0F, 0.5F},
                            {3.5F, 0.0078125F}, {3.6F, 0.015625F}, {0.0F, 0x1p-22F}};
  for (const auto& [name, table] : tables()) {
    for (const auto& c : cases) {
      std::vector<float> input(128, 0.0F);
      input[77] = -c[0];
      std::vector<float> out(128);
      float scale = 0;
      table->quantise_fp8(out.data(), &scale, input.data(), 128, true);
      EXPECT_EQ(scale, c[1]) << name << " " << c[0];
      EXPECT_NEAR(out[77] / 256.0F * scale, input[77], std::fabs(input[77]) / 16.0F) << name << " " << c[0];
    }
  }
}

// One column at a time, so that the product is the code's value itself.
TEST(Fp8Product, EveryCodeOnEveryPath) {
  for (const auto& [name, table] : tables()) {
    for (int code = 0; code < 256; ++code) {
      for (const std::int64_t columns : {1, 16}) {
        std::uint8_t weights[16] = {};
        weights[columns - 1] = static_cast<std::uint8_t>(code);
        float input[16] = {};
        input[columns - 1] = 256.0F;
        const float one = 1.0F;
        float tile[kPanelRows];
        Fp8Arguments arguments{.tile = tile,
                               .weights = weights,
                               .row_bytes = columns,
                               .rows = 1,
                               .input = input,
                               .input_stride = 16,
                               .input_scales = &one,
                               .input_scale_stride = 1,
                               .tokens = 1,
                               .columns = columns,
                               .row_scales = {&one},
                               .scale_columns = 128};
        table->fp8(arguments);
        const float expected = fp8_to_float(static_cast<std::uint8_t>(code));
        if (std::isnan(expected)) {
          EXPECT_TRUE(std::isnan(tile[0])) << name << " " << code;
        } else {
          EXPECT_EQ(tile[0], expected) << name << " " << code;
        }
      }
    }
  }
}

// The largest codes against the largest activations: nothing may saturate.
TEST(Int8Product, ExtremesDoNotOverflow) {
  for (const DataType type : {DataType::q4_0, DataType::q5_0, DataType::q8_0, DataType::q6_k}) {
    const BlockShape& shape = block_shape(type);
    for (const bool low : {true, false}) {
      BlockParts parts;
      parts.codes.fill(static_cast<std::uint8_t>(low ? 0 : (1 << shape.bits) - 1));
      parts.scales16.fill(static_cast<std::int8_t>(low ? -128 : 127));
      parts.d = 0x3c00;  // 1
      std::vector<std::byte> block(static_cast<std::size_t>(shape.bytes));
      put_together(type, parts, block.data());
      StoredTensor stored;
      stored.name = "extreme";
      stored.type = type;
      stored.rows = 1;
      stored.columns = shape.elements;
      stored.data = block;
      const auto weight = LinearWeight::make(stored, {});
      for (const float x : {1.0F, -1.0F}) {
        const std::vector<float> input(static_cast<std::size_t>(shape.elements), x * 127.0F);
        double value = 0;  // exact: integers, and so is the product
        std::vector<float> values(static_cast<std::size_t>(shape.elements));
        dequantise_block(type, block.data(), values.data());
        for (const float v : values) value += static_cast<double>(v * x) * 127.0;
        for (const CpuPath path : kCpuPaths) {
          if (!path_available(path)) continue;
          ThreadPool pool(1);
          LinearRunner runner(pool, path);
          float out = 0;
          const LinearTask task{weight.get(), {&out, 1, 1, 1}, nullptr};
          runner.linear({&task, 1}, {input.data(), 1, shape.elements, shape.elements});
          EXPECT_EQ(static_cast<double>(out), value) << type_info(type).name << " " << path_name(path);
        }
      }
    }
  }
}

}  // namespace
}  // namespace reckon::kernels::cpu
