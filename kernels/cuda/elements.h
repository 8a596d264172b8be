#pragma once
// Elements of stored weights as kernels read them. GGUF layouts: kernels/stored_block.h names the
// sources; each product and sum of a value is rounded on its own, in the order of the formula.

#include "kernels/cuda/device.h"
#include "kernels/cuda/weight_view.h"

namespace reckon::kernels::RECKON_CUDA_NS {

template <class T>
RECKON_DEVICE T stored_at(Global<const std::uint8_t> bytes, std::int64_t offset) {
  return pointer_cast<const T>(bytes + offset)[0];
}

/// OCP FP8 E4M3: no infinities, NaN is S.1111.111.
RECKON_DEVICE float fp8_to_float(std::uint32_t code) {
  const std::uint32_t magnitude = code & 0x7fU;
  float value = magnitude >= 8U ? from_bits((magnitude << 20U) + (120U << 23U))
                                : static_cast<float>(magnitude) * 0.001953125F;  // 2^-9
  if (magnitude == 0x7fU) value = from_bits(0x7fc00000U);
  return (code & 0x80U) != 0 ? -value : value;
}

RECKON_DEVICE bool has_minimum(DataType type) {
  return type == DataType::q4_1 || type == DataType::q5_1 || type == DataType::q4_k || type == DataType::q5_k;
}

/// 32 columns of one row of a GGUF type: value = d * code (times an integer scale for Q6_K), plus the minimum
/// of types that have one.
struct BlockOf32 {
  DataType type = DataType::q4_0;
  float d = 0.0F;
  float minimum = 0.0F;
  int scale_low = 1;  ///< Q6_K: of the first and of the last 16
  int scale_high = 1;
  int part = 0;                               ///< Q4_K, Q5_K, Q6_K: which 32 of the 256
  Global<const std::uint8_t> low = nullptr;   ///< the low four bits, or the whole code
  Global<const std::uint8_t> high = nullptr;  ///< the bits above

  /// Code of column j, less its offset.
  RECKON_DEVICE int code(int j) const {
    switch (type) {
      case DataType::q4_0:
        return nibble(j % 16, j / 16) - 8;
      case DataType::q4_1:
        return nibble(j % 16, j / 16);
      case DataType::q5_0:
        return nibble(j % 16, j / 16) + fifth_bit(j / 8, j % 8) - 16;
      case DataType::q5_1:
        return nibble(j % 16, j / 16) + fifth_bit(j / 8, j % 8);
      case DataType::q8_0:
        return signed_byte(low[j]);
      case DataType::q4_k:
        return nibble(j, part % 2);
      case DataType::q5_k:
        return nibble(j, part % 2) + fifth_bit(j, part);
      default:  // Q6_K
        return nibble(j, part % 4 / 2) + ((high[j] >> (part % 4 * 2)) & 3) * 16 - 32;
    }
  }
  RECKON_DEVICE float value(int j) const {
    const auto number = static_cast<float>(code(j));
    if (type == DataType::q6_k) return d * static_cast<float>(j < 16 ? scale_low : scale_high) * number;
    return has_minimum(type) ? d * number + minimum : d * number;
  }
  RECKON_DEVICE static int signed_byte(int byte) { return byte < 128 ? byte : byte - 256; }

 private:
  RECKON_DEVICE int nibble(int byte, int half) const { return (low[byte] >> (half * 4)) & 15; }
  RECKON_DEVICE int fifth_bit(int byte, int bit) const { return ((high[byte] >> bit) & 1) << 4; }
};

/// Scale and minimum of the s-th 32 of Q4_K and Q5_K (get_scale_min_k4).
RECKON_DEVICE void k_scales(Global<const std::uint8_t> packed, int s, int& scale, int& minimum) {
  if (s < 4) {
    scale = packed[s] & 63;
    minimum = packed[s + 4] & 63;
  } else {
    const int both = packed[s + 4];
    scale = (both & 15) | (packed[s - 4] >> 6) << 4;
    minimum = both >> 4 | (packed[s] >> 6) << 4;
  }
}

/// Block b (of 32 columns) of the row that begins at `row`; `type` is a GGUF type.
RECKON_DEVICE BlockOf32 block_at(Global<const std::uint8_t> row, DataType type, std::int64_t b) {
  const auto half_at = [](Global<const std::uint8_t> p) {
    return half_to_float(stored_at<std::uint16_t>(p, 0));
  };
  BlockOf32 block;
  block.type = type;
  switch (type) {
    case DataType::q4_0: {
      const auto bytes = row + b * 18;
      block.d = half_at(bytes);
      block.low = bytes + 2;
      return block;
    }
    case DataType::q4_1: {
      const auto bytes = row + b * 20;
      block.d = half_at(bytes);
      block.minimum = half_at(bytes + 2);
      block.low = bytes + 4;
      return block;
    }
    case DataType::q5_0: {
      const auto bytes = row + b * 22;
      block.d = half_at(bytes);
      block.high = bytes + 2;
      block.low = bytes + 6;
      return block;
    }
    case DataType::q5_1: {
      const auto bytes = row + b * 24;
      block.d = half_at(bytes);
      block.minimum = half_at(bytes + 2);
      block.high = bytes + 4;
      block.low = bytes + 8;
      return block;
    }
    case DataType::q8_0: {
      const auto bytes = row + b * 34;
      block.d = half_at(bytes);
      block.low = bytes + 2;
      return block;
    }
    case DataType::q4_k:
    case DataType::q5_k: {
      const bool five = type == DataType::q5_k;
      const auto bytes = row + b / 8 * (five ? 176 : 144);
      block.part = static_cast<int>(b % 8);
      int scale = 0;
      int minimum = 0;
      k_scales(bytes + 4, block.part, scale, minimum);
      block.d = half_at(bytes) * static_cast<float>(scale);
      block.minimum = -half_at(bytes + 2) * static_cast<float>(minimum);
      block.high = bytes + 16;
      block.low = bytes + ((five ? 48 : 16) + block.part / 2 * 32);
      return block;
    }
    default: {  // Q6_K: in each half of 128, 64 bytes of low bits and 32 of high ones
      const auto bytes = row + b / 8 * 210;
      block.part = static_cast<int>(b % 8);
      block.d = half_at(bytes + 208);
      block.low = bytes + (block.part / 4 * 64 + block.part % 2 * 32);
      block.high = bytes + (128 + block.part / 4 * 32);
      block.scale_low = BlockOf32::signed_byte(bytes[192 + block.part * 2]);
      block.scale_high = BlockOf32::signed_byte(bytes[192 + block.part * 2 + 1]);
      return block;
    }
  }
}

/// Column `column` of row `row` as a float.
RECKON_DEVICE float element_at(const WeightView& weight, std::int64_t row, std::int64_t column) {
  const auto bytes = weight.data + row * weight.row_bytes;
  switch (weight.type) {
    case DataType::f32:
      return stored_at<float>(bytes, column * 4);
    case DataType::f16:
      return half_to_float(stored_at<std::uint16_t>(bytes, column * 2));
    case DataType::bf16:
      return bf16_to_float(stored_at<std::uint16_t>(bytes, column * 2));
    case DataType::fp8_e4m3:
      return fp8_to_float(bytes[column]) *
             weight.scales[row / weight.scale_block_rows * weight.scales_per_row +
                           column / weight.scale_block_columns];
    default:
      return block_at(bytes, weight.type, column / 32).value(static_cast<int>(column % 32));
  }
}

}  // namespace reckon::kernels::RECKON_CUDA_NS
