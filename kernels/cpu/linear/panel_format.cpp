#include "kernels/cpu/linear/panel_format.h"

#include <algorithm>
#include <cstring>

#include "kernels/cpu/linear/product_table.h"
#include "kernels/stored_block.h"

namespace reckon::kernels::cpu {
namespace {

constexpr std::int64_t kVectorBytes = 64;

std::uint8_t u8(unsigned value) { return static_cast<std::uint8_t>(value); }
std::uint8_t byte_at(const std::byte* p, std::int64_t i) { return std::to_integer<std::uint8_t>(p[i]); }
void or_byte(std::byte* p, std::int64_t i, unsigned value) { p[i] |= static_cast<std::byte>(value & 0xffU); }

// Byte of column `c` of a block in lane `lane` of the vector that holds its group, for whole-byte codes.
std::int64_t byte_of(int column, int lane) { return (column / 4) * kVectorBytes + lane * 4 + column % 4; }

void put_codes(int bits, const std::uint8_t* codes, int lane, std::byte* block) {
  for (int c = 0; c < kInt8Block; ++c) {
    const std::int64_t at = byte_of(c % 16, lane);
    const unsigned code = codes[c];
    if (bits == 8) {
      block[byte_of(c, lane)] = static_cast<std::byte>(code);
      continue;
    }
    or_byte(block, at, (code & 15U) << (c < 16 ? 0 : 4));
    const int group = c / 4;
    const std::int64_t in_lane = lane * 4 + c % 4;
    if (bits == 5) or_byte(block, 4 * kVectorBytes + in_lane, (code >> 4U) << group);
    if (bits == 6)
      or_byte(block, (4 + group / 4) * kVectorBytes + in_lane, (code >> 4U) << (2 * (group % 4)));
  }
}

void get_codes(int bits, const std::byte* block, int lane, std::uint8_t* codes) {
  for (int c = 0; c < kInt8Block; ++c) {
    if (bits == 8) {
      codes[c] = byte_at(block, byte_of(c, lane));
      continue;
    }
    unsigned code = (byte_at(block, byte_of(c % 16, lane)) >> (c < 16 ? 0 : 4)) & 15U;
    const int group = c / 4;
    const std::int64_t in_lane = lane * 4 + c % 4;
    if (bits == 5) code |= ((byte_at(block, 4 * kVectorBytes + in_lane) >> group) & 1U) << 4U;
    if (bits == 6)
      code |= ((byte_at(block, (4 + group / 4) * kVectorBytes + in_lane) >> (2 * (group % 4))) & 3U) << 4U;
    codes[c] = u8(code);
  }
}

void put_u16(std::byte* p, int lane, std::uint16_t value) { std::memcpy(p + lane * 2, &value, 2); }
std::uint16_t get_u16(const std::byte* p, int lane) {
  std::uint16_t value;
  std::memcpy(&value, p + lane * 2, 2);
  return value;
}

// The 6-bit pairs of Q4_K and Q5_K.
void put_k_scales(const BlockParts& parts, int lane, std::byte* vectors) {
  std::uint32_t words[3] = {};
  for (unsigned s = 0; s < 8; ++s) {
    const std::uint32_t pair = parts.scales[s] | static_cast<std::uint32_t>(parts.minima[s]) << 6U;
    if (s < 6) words[s / 2] |= pair << (12U * (s % 2));
    if (s == 6) {
      words[0] |= (pair & 0xffU) << 24U;
      words[1] |= (pair >> 8U) << 24U;
    }
    if (s == 7) {
      words[1] |= (pair & 15U) << 28U;
      words[2] |= (pair >> 4U) << 24U;
    }
  }
  for (int v = 0; v < 3; ++v) std::memcpy(vectors + v * kVectorBytes + lane * 4, &words[v], 4);
}
void get_k_scales(const std::byte* vectors, int lane, BlockParts& parts) {
  std::uint32_t words[3];
  for (int v = 0; v < 3; ++v) std::memcpy(&words[v], vectors + v * kVectorBytes + lane * 4, 4);
  for (unsigned s = 0; s < 8; ++s) {
    std::uint32_t pair = words[(s / 2) % 3] >> (12U * (s % 2));
    if (s == 6) pair = (words[0] >> 24U) | ((words[1] >> 24U) & 15U) << 8U;
    if (s == 7) pair = (words[1] >> 28U) | (words[2] >> 24U) << 4U;
    parts.scales[s] = u8(pair & 63U);
    parts.minima[s] = u8((pair >> 6U) & 63U);
  }
}

constexpr std::int64_t kHalfBytes = kPanelRows * 2;  // 16 f16 values

void put_scales(DataType type, const BlockParts& parts, int lane, std::byte* scales) {
  put_u16(scales, lane, parts.d);
  if (type == DataType::q6_k) {
    for (int i = 0; i < 16; ++i)
      scales[kHalfBytes + i * kPanelRows + lane] =
          static_cast<std::byte>(parts.scales16[static_cast<std::size_t>(i)]);
  } else if (block_shape(type).has_minimum) {
    put_u16(scales + kHalfBytes, lane, parts.m);
    if (block_shape(type).elements == 256) put_k_scales(parts, lane, scales + 2 * kHalfBytes);
  }
}

void get_scales(DataType type, const std::byte* scales, int lane, BlockParts& parts) {
  parts.d = get_u16(scales, lane);
  if (type == DataType::q6_k) {
    for (int i = 0; i < 16; ++i)
      parts.scales16[static_cast<std::size_t>(i)] =
          static_cast<std::int8_t>(byte_at(scales, kHalfBytes + i * kPanelRows + lane));
  } else if (block_shape(type).has_minimum) {
    parts.m = get_u16(scales + kHalfBytes, lane);
    if (block_shape(type).elements == 256) get_k_scales(scales + 2 * kHalfBytes, lane, parts);
  }
}

}  // namespace

PanelLayout panel_layout(DataType type, std::int64_t columns) {
  const BlockShape& shape = block_shape(type);
  PanelLayout layout;
  layout.code_bytes = kPanelRows * kInt8Block * shape.bits / 8;
  const std::int64_t stored = static_cast<std::int64_t>(shape.bytes) * kPanelRows;
  const std::int64_t stored_blocks = shape.elements / kInt8Block;
  layout.scale_bytes = stored - layout.code_bytes * stored_blocks;
  layout.group_blocks = std::max(stored_blocks, kVectorBytes / layout.scale_bytes);
  const std::int64_t bytes =
      layout.group_blocks * layout.code_bytes + layout.group_blocks / stored_blocks * layout.scale_bytes;
  layout.group_bytes = (bytes + kVectorBytes - 1) / kVectorBytes * kVectorBytes;
  const std::int64_t blocks = columns / kInt8Block;
  layout.panel_bytes = (blocks + layout.group_blocks - 1) / layout.group_blocks * layout.group_bytes;
  return layout;
}

void pack_panel(DataType type, std::int64_t columns, const std::byte* stored, std::int64_t row_bytes,
                int rows, std::byte* panel) {
  const BlockShape& shape = block_shape(type);
  const PanelLayout layout = panel_layout(type, columns);
  std::memset(panel, 0, static_cast<std::size_t>(layout.panel_bytes));
  BlockParts parts;
  const int blocks = shape.elements / kInt8Block;
  for (std::int64_t b = 0; b < columns / shape.elements; ++b) {
    const std::int64_t first = b * blocks;
    for (int lane = 0; lane < rows; ++lane) {
      take_apart(type, stored + lane * row_bytes + b * shape.bytes, parts);
      for (int i = 0; i < blocks; ++i)
        put_codes(shape.bits, parts.codes.data() + i * kInt8Block, lane, panel + layout.codes_at(first + i));
      put_scales(type, parts, lane, panel + layout.scales_at(first));
    }
  }
}

void unpack_row(DataType type, std::int64_t columns, const std::byte* panel, int lane, std::byte* stored) {
  const BlockShape& shape = block_shape(type);
  const PanelLayout layout = panel_layout(type, columns);
  BlockParts parts;
  const int blocks = shape.elements / kInt8Block;
  for (std::int64_t b = 0; b < columns / shape.elements; ++b) {
    const std::int64_t first = b * blocks;
    for (int i = 0; i < blocks; ++i)
      get_codes(shape.bits, panel + layout.codes_at(first + i), lane, parts.codes.data() + i * kInt8Block);
    get_scales(type, panel + layout.scales_at(first), lane, parts);
    put_together(type, parts, stored + b * shape.bytes);
  }
}

}  // namespace reckon::kernels::cpu
