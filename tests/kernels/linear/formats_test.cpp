// Stored blocks and panels: what a format means, and that taking apart loses nothing.

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>
#include <span>

#include "base/error.h"
#include "kernels/cpu/linear/panel_format.h"
#include "kernels/stored_block.h"
#include "tests/kernels/linear/weights.h"

namespace reckon::kernels::cpu {
namespace {

#include "tests/kernels/linear/gguf_golden.inc"

struct Golden {
  DataType type;
  std::span<const std::uint8_t> block;
  std::span<const std::uint32_t> values;
};

const Golden kGolden[] = {
    {DataType::q4_0, k_q4_0_block, k_q4_0_values}, {DataType::q4_1, k_q4_1_block, k_q4_1_values},
    {DataType::q5_0, k_q5_0_block, k_q5_0_values}, {DataType::q5_1, k_q5_1_block, k_q5_1_values},
    {DataType::q8_0, k_q8_0_block, k_q8_0_values}, {DataType::q4_k, k_q4_k_block, k_q4_k_values},
    {DataType::q5_k, k_q5_k_block, k_q5_k_values}, {DataType::q6_k, k_q6_k_block, k_q6_k_values}};

TEST(StoredBlock, DequantisesAsTheGgufPackageDoes) {
  for (const Golden& g : kGolden) {
    const BlockShape& shape = block_shape(g.type);
    ASSERT_EQ(g.block.size(), static_cast<std::size_t>(shape.bytes));
    ASSERT_EQ(g.values.size(), static_cast<std::size_t>(shape.elements));
    std::vector<float> values(g.values.size());
    dequantise_block(g.type, reinterpret_cast<const std::byte*>(g.block.data()), values.data());
    for (std::size_t i = 0; i < values.size(); ++i) {
      float expected;
      std::memcpy(&expected, &g.values[i], 4);
      EXPECT_EQ(values[i], expected) << type_info(g.type).name << " element " << i;
    }
  }
}

TEST(StoredBlock, ShapesAreThoseOfTheTypes) {
  for (const DataType type : test::kAllTypes) {
    if (!is_gguf_type(type)) {
      EXPECT_THROW(block_shape(type), Error);
      continue;
    }
    EXPECT_EQ(block_shape(type).bytes, type_info(type).block_bytes);
    EXPECT_EQ(block_shape(type).elements, type_info(type).block_elements);
  }
}

// Any bytes, not only sensible ones.
TEST(StoredBlock, PutTogetherIsTheInverseOfTakeApart) {
  std::mt19937 random(3);
  for (const Golden& g : kGolden) {
    for (int round = 0; round < 50; ++round) {
      std::vector<std::byte> block(g.block.size());
      for (std::byte& b : block) b = static_cast<std::byte>(random());
      BlockParts parts;
      take_apart(g.type, block.data(), parts);
      for (int i = 0; i < block_shape(g.type).elements; ++i)
        ASSERT_LT(parts.codes[static_cast<std::size_t>(i)], 1 << block_shape(g.type).bits);
      std::vector<std::byte> again(block.size(), std::byte{0xaa});
      put_together(g.type, parts, again.data());
      EXPECT_EQ(block, again) << type_info(g.type).name;
    }
  }
}

TEST(Panel, KeepsEveryBitAndTakesNoMoreThanTheFile) {
  std::mt19937 random(4);
  for (const Golden& g : kGolden) {
    for (const int rows : {1, 7, 16}) {
      const std::int64_t columns = block_shape(g.type).elements * 3;
      const auto row_bytes = static_cast<std::int64_t>(bytes_of(g.type, columns));
      std::vector<std::byte> stored(static_cast<std::size_t>(row_bytes * rows));
      for (std::byte& b : stored) b = static_cast<std::byte>(random());
      const PanelLayout layout = panel_layout(g.type, columns);
      // At most the other half of a group, or 32 bytes of padding a group.
      EXPECT_LE(layout.panel_bytes,
                row_bytes * 16 + std::max<std::int64_t>(layout.group_bytes / 2, columns / 256 * 32));
      std::vector<std::byte> panel(static_cast<std::size_t>(layout.panel_bytes) + 8, std::byte{0x77});
      pack_panel(g.type, columns, stored.data(), row_bytes, rows, panel.data());
      for (std::size_t i = static_cast<std::size_t>(layout.panel_bytes); i < panel.size(); ++i)
        EXPECT_EQ(panel[i], std::byte{0x77});
      std::vector<std::byte> row(static_cast<std::size_t>(row_bytes));
      for (int r = 0; r < rows; ++r) {
        unpack_row(g.type, columns, panel.data(), r, row.data());
        EXPECT_EQ(std::memcmp(row.data(), stored.data() + r * row_bytes, row.size()), 0)
            << type_info(g.type).name << " row " << r;
      }
    }
  }
}

TEST(Fp8, EveryCodeIsItsNumber) {
  for (int code = 0; code < 256; ++code) {
    const float got = fp8_to_float(static_cast<std::uint8_t>(code));
    const int exponent = (code >> 3) & 15;
    const int mantissa = code & 7;
    if (exponent == 15 && mantissa == 7) {
      EXPECT_TRUE(std::isnan(got)) << code;
      continue;
    }
    double expected = exponent == 0 ? std::ldexp(mantissa, -9) : std::ldexp(8 + mantissa, exponent - 10);
    if (code >= 128) expected = -expected;
    EXPECT_EQ(static_cast<double>(got), expected) << code;
    EXPECT_EQ(std::signbit(got), code >= 128) << code;
  }
  EXPECT_EQ(fp8_to_float(0x7e), 448.0F);
}

}  // namespace
}  // namespace reckon::kernels::cpu
