#pragma once
// Blocks of the GGUF types as they lie in a file, taken apart and put together again. Layouts: llama.cpp
// ggml-common.h and ggml-quants.c (dequantize_row_*), checked against the `gguf` Python package.

#include <array>
#include <cstddef>
#include <cstdint>

#include "kernels/tensor.h"

namespace reckon::kernels {

/// What the products need to know of a GGUF type.
struct BlockShape {
  int elements;  ///< of one stored block: 32 or 256
  int bytes;     ///< of one stored block
  int bits;      ///< of a code: 4, 5, 6 or 8
  int offset;    ///< value = scale * (code - offset) or scale * code - minimum
  bool has_minimum;
};

bool is_gguf_type(DataType type);
const BlockShape& block_shape(DataType type);

/// One stored block, taken apart. value[i] = scale(i) * (code[i] - offset) (+ or - a minimum).
struct BlockParts {
  std::array<std::uint8_t, 256> codes{};   ///< unsigned; Q8_0's are int8 + 128
  std::uint16_t d = 0;                     ///< f16
  std::uint16_t m = 0;                     ///< f16: minimum (Q4_1, Q5_1) or scale of the minima (Q4_K, Q5_K)
  std::array<std::uint8_t, 8> scales{};    ///< Q4_K, Q5_K: 6 bits for each 32 elements
  std::array<std::uint8_t, 8> minima{};    ///< likewise
  std::array<std::int8_t, 16> scales16{};  ///< Q6_K: for each 16 elements
};

void take_apart(DataType type, const std::byte* block, BlockParts& parts);
void put_together(DataType type, const BlockParts& parts, std::byte* block);

/// The values of one block as f32: each product and sum rounded on its own, in the order of the formula.
void dequantise_block(DataType type, const std::byte* block, float* out);

/// An FP8 E4M3 code as f32 (OCP 8-bit formats, revision 1.0): no infinities, 0x7f and 0xff are NaN.
float fp8_to_float(std::uint8_t code);

}  // namespace reckon::kernels
