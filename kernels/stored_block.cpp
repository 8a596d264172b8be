#include "kernels/stored_block.h"

#include <cstring>
#include <limits>

#include "base/error.h"
#include "kernels/cpu/simd/half.h"

namespace reckon::kernels {
namespace {

std::uint8_t byte_at(const std::byte* p, int i) { return std::to_integer<std::uint8_t>(p[i]); }
void set_byte(std::byte* p, int i, unsigned value) { p[i] = static_cast<std::byte>(value & 0xffU); }

std::uint16_t u16_at(const std::byte* p) {
  return static_cast<std::uint16_t>(byte_at(p, 0) | byte_at(p, 1) << 8);
}
void set_u16(std::byte* p, std::uint16_t value) {
  set_byte(p, 0, value);
  set_byte(p, 1, value >> 8U);
}

std::uint8_t u8(unsigned value) { return static_cast<std::uint8_t>(value); }

// Codes of 32: byte j holds element j in its low half and j + 16 in its high half.
void split_halves(const std::byte* p, std::uint8_t* codes) {
  for (int j = 0; j < 16; ++j) {
    codes[j] = u8(byte_at(p, j) & 15U);
    codes[j + 16] = u8(byte_at(p, j) >> 4U);
  }
}
void join_halves(const std::uint8_t* codes, std::byte* p) {
  for (int j = 0; j < 16; ++j) set_byte(p, j, (codes[j] & 15U) | (codes[j + 16] & 15U) << 4U);
}
// Their fifth bits: bit j of 32 is element j's.
void split_fifth_bits(const std::byte* p, std::uint8_t* codes) {
  for (int j = 0; j < 32; ++j) codes[j] = u8(codes[j] | ((byte_at(p, j / 8) >> (j % 8)) & 1U) << 4U);
}
void join_fifth_bits(const std::uint8_t* codes, std::byte* p) {
  for (int i = 0; i < 4; ++i) {
    unsigned bits = 0;
    for (int j = 0; j < 8; ++j) bits |= ((codes[i * 8 + j] >> 4U) & 1U) << j;
    set_byte(p, i, bits);
  }
}

// Q4_K, Q5_K: in each 32 bytes the low halves are 32 elements, the high halves the next 32.
void split_k_halves(const std::byte* p, std::uint8_t* codes) {
  for (int chunk = 0; chunk < 4; ++chunk) {
    for (int j = 0; j < 32; ++j) {
      codes[chunk * 64 + j] = u8(byte_at(p, chunk * 32 + j) & 15U);
      codes[chunk * 64 + 32 + j] = u8(byte_at(p, chunk * 32 + j) >> 4U);
    }
  }
}
void join_k_halves(const std::uint8_t* codes, std::byte* p) {
  for (int chunk = 0; chunk < 4; ++chunk) {
    for (int j = 0; j < 32; ++j)
      set_byte(p, chunk * 32 + j, (codes[chunk * 64 + j] & 15U) | (codes[chunk * 64 + 32 + j] & 15U) << 4U);
  }
}
// Q5_K: byte j's bit s is the fifth bit of element j of the s-th 32.
void split_k_fifth_bits(const std::byte* p, std::uint8_t* codes) {
  for (int s = 0; s < 8; ++s) {
    for (int j = 0; j < 32; ++j)
      codes[s * 32 + j] = u8(codes[s * 32 + j] | ((byte_at(p, j) >> s) & 1U) << 4U);
  }
}
void join_k_fifth_bits(const std::uint8_t* codes, std::byte* p) {
  for (int j = 0; j < 32; ++j) {
    unsigned bits = 0;
    for (int s = 0; s < 8; ++s) bits |= ((codes[s * 32 + j] >> 4U) & 1U) << s;
    set_byte(p, j, bits);
  }
}

// Q4_K, Q5_K: 8 scales and 8 minima of 6 bits in 12 bytes (get_scale_min_k4).
void split_k_scales(const std::byte* p, BlockParts& parts) {
  for (int j = 0; j < 4; ++j) {
    const auto i = static_cast<std::size_t>(j);
    parts.scales[i] = u8(byte_at(p, j) & 63U);
    parts.minima[i] = u8(byte_at(p, j + 4) & 63U);
    parts.scales[i + 4] = u8((byte_at(p, j + 8) & 15U) | (byte_at(p, j) >> 6U) << 4U);
    parts.minima[i + 4] = u8(byte_at(p, j + 8) >> 4U | (byte_at(p, j + 4) >> 6U) << 4U);
  }
}
void join_k_scales(const BlockParts& parts, std::byte* p) {
  for (int j = 0; j < 4; ++j) {
    const auto i = static_cast<std::size_t>(j);
    set_byte(p, j, (parts.scales[i] & 63U) | (parts.scales[i + 4] & 48U) << 2U);
    set_byte(p, j + 4, (parts.minima[i] & 63U) | (parts.minima[i + 4] & 48U) << 2U);
    set_byte(p, j + 8, (parts.scales[i + 4] & 15U) | (parts.minima[i + 4] & 15U) << 4U);
  }
}

// Q6_K, in each half of 128: low four bits in 64 bytes, high two in 32.
template <typename Visit>
void for_q6_k(Visit visit) {  // visit(element, byte of low, shift of low, byte of high, shift of high)
  for (int half = 0; half < 2; ++half) {
    for (int j = 0; j < 32; ++j) {
      for (int quarter = 0; quarter < 4; ++quarter)
        visit(half * 128 + quarter * 32 + j, half * 64 + (quarter % 2) * 32 + j, (quarter / 2) * 4,
              half * 32 + j, quarter * 2);
    }
  }
}

constexpr int kQ6High = 128;
constexpr int kQ6Scales = 192;
constexpr int kQ6D = 208;

}  // namespace

bool is_gguf_type(DataType type) { return type >= DataType::q4_0 && type <= DataType::q6_k; }

const BlockShape& block_shape(DataType type) {
  static constexpr BlockShape kShapes[] = {
      {32, 18, 4, 8, false},   {32, 20, 4, 0, true},   {32, 22, 5, 16, false}, {32, 24, 5, 0, true},
      {32, 34, 8, 128, false}, {256, 144, 4, 0, true}, {256, 176, 5, 0, true}, {256, 210, 6, 32, false},
  };
  if (!is_gguf_type(type)) fail_input("type {} has no GGUF blocks", type_info(type).name);
  return kShapes[static_cast<int>(type) - static_cast<int>(DataType::q4_0)];
}

void take_apart(DataType type, const std::byte* block, BlockParts& parts) {
  std::uint8_t* codes = parts.codes.data();
  switch (type) {
    case DataType::q4_0:
      parts.d = u16_at(block);
      split_halves(block + 2, codes);
      return;
    case DataType::q4_1:
      parts.d = u16_at(block);
      parts.m = u16_at(block + 2);
      split_halves(block + 4, codes);
      return;
    case DataType::q5_0:
      parts.d = u16_at(block);
      split_halves(block + 6, codes);
      split_fifth_bits(block + 2, codes);
      return;
    case DataType::q5_1:
      parts.d = u16_at(block);
      parts.m = u16_at(block + 2);
      split_halves(block + 8, codes);
      split_fifth_bits(block + 4, codes);
      return;
    case DataType::q8_0:
      parts.d = u16_at(block);
      for (int j = 0; j < 32; ++j) codes[j] = u8(byte_at(block, 2 + j) ^ 0x80U);
      return;
    case DataType::q4_k:
      parts.d = u16_at(block);
      parts.m = u16_at(block + 2);
      split_k_scales(block + 4, parts);
      split_k_halves(block + 16, codes);
      return;
    case DataType::q5_k:
      parts.d = u16_at(block);
      parts.m = u16_at(block + 2);
      split_k_scales(block + 4, parts);
      split_k_halves(block + 48, codes);
      split_k_fifth_bits(block + 16, codes);
      return;
    case DataType::q6_k:
      for_q6_k([&](int i, int low, int low_shift, int high, int high_shift) {
        codes[i] = u8(((byte_at(block, low) >> low_shift) & 15U) |
                      ((byte_at(block, kQ6High + high) >> high_shift) & 3U) << 4U);
      });
      std::memcpy(parts.scales16.data(), block + kQ6Scales, 16);
      parts.d = u16_at(block + kQ6D);
      return;
    default:
      fail_input("type {} has no GGUF blocks", type_info(type).name);
  }
}

void put_together(DataType type, const BlockParts& parts, std::byte* block) {
  const std::uint8_t* codes = parts.codes.data();
  switch (type) {
    case DataType::q4_0:
      set_u16(block, parts.d);
      join_halves(codes, block + 2);
      return;
    case DataType::q4_1:
      set_u16(block, parts.d);
      set_u16(block + 2, parts.m);
      join_halves(codes, block + 4);
      return;
    case DataType::q5_0:
      set_u16(block, parts.d);
      join_fifth_bits(codes, block + 2);
      join_halves(codes, block + 6);
      return;
    case DataType::q5_1:
      set_u16(block, parts.d);
      set_u16(block + 2, parts.m);
      join_fifth_bits(codes, block + 4);
      join_halves(codes, block + 8);
      return;
    case DataType::q8_0:
      set_u16(block, parts.d);
      for (int j = 0; j < 32; ++j) set_byte(block, 2 + j, codes[j] ^ 0x80U);
      return;
    case DataType::q4_k:
      set_u16(block, parts.d);
      set_u16(block + 2, parts.m);
      join_k_scales(parts, block + 4);
      join_k_halves(codes, block + 16);
      return;
    case DataType::q5_k:
      set_u16(block, parts.d);
      set_u16(block + 2, parts.m);
      join_k_scales(parts, block + 4);
      join_k_fifth_bits(codes, block + 16);
      join_k_halves(codes, block + 48);
      return;
    case DataType::q6_k:
      std::memset(block, 0, kQ6Scales);
      for_q6_k([&](int i, int low, int low_shift, int high, int high_shift) {
        block[low] |= static_cast<std::byte>((codes[i] & 15U) << low_shift);
        block[kQ6High + high] |= static_cast<std::byte>(((codes[i] >> 4U) & 3U) << high_shift);
      });
      std::memcpy(block + kQ6Scales, parts.scales16.data(), 16);
      set_u16(block + kQ6D, parts.d);
      return;
    default:
      fail_input("type {} has no GGUF blocks", type_info(type).name);
  }
}

void dequantise_block(DataType type, const std::byte* block, float* out) {
  const BlockShape& shape = block_shape(type);
  BlockParts parts;
  take_apart(type, block, parts);
  const float d = cpu::half_to_float(parts.d);
  const float m = cpu::half_to_float(parts.m);
  for (int i = 0; i < shape.elements; ++i) {
    const auto at = static_cast<std::size_t>(i);
    const float code = static_cast<float>(static_cast<int>(parts.codes[at]) - shape.offset);
    if (type == DataType::q6_k) {
      out[i] = d * static_cast<float>(parts.scales16[at / 16]) * code;
    } else if (shape.elements == 256) {
      out[i] = d * static_cast<float>(parts.scales[at / 32]) * code -
               m * static_cast<float>(parts.minima[at / 32]);
    } else if (shape.has_minimum) {
      out[i] = d * code + m;
    } else {
      out[i] = d * code;
    }
  }
}

float fp8_to_float(std::uint8_t code) {
  const unsigned exponent = (code >> 3U) & 15U;
  const unsigned mantissa = code & 7U;
  float value;
  if (exponent == 15 && mantissa == 7) {
    value = std::numeric_limits<float>::quiet_NaN();
  } else if (exponent == 0) {
    value = static_cast<float>(mantissa) * 0.001953125F;  // 2^-9
  } else {
    const std::uint32_t raw = (exponent + 120U) << 23U | mantissa << 20U;
    std::memcpy(&value, &raw, sizeof value);
  }
  return (code & 0x80U) != 0 ? -value : value;
}

}  // namespace reckon::kernels
