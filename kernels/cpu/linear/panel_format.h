#pragma once
// Panels: 16 rows of a GGUF-typed weight interleaved so that a vector's 32-bit lane is a row.
//
// A panel is a sequence of groups, a group being [codes of a few blocks of 32 columns][their scales], as many
// blocks as fill whole vectors with scales: a product then reads a panel from front to back, which is what
// the processor's prefetchers follow. It is a permutation of the stored bits; Q6_K's groups end with 32 bytes
// of padding, and where an odd number of blocks leaves the last group half empty the rest is zeros.
//
// Codes of one block of 32, "group g" being columns 4g..4g+3, one byte each of a lane's 32 bits:
//   4 bits: 4 vectors; vector v holds group v in the low halves of its bytes, group v + 4 in the high halves
//   5 bits: those, then 1 vector of fifth bits: bit g of byte j of a lane belongs to column 4g + j
//   6 bits: those of 4 bits, then 2 vectors of high pairs: vector h, bits 2i, 2i+1 of byte j belong to column
//           4(4h + i) + j
//   8 bits: 8 vectors, vector v holds group v; Q8_0's signed codes are stored plus 128
// Scales of a group:
//   Q4_0, Q5_0, Q8_0, 2 blocks: each f16 d[16]      Q4_1, Q5_1, 1 block: f16 d[16], f16 m[16]
//   Q4_K, Q5_K, 8 blocks: f16 d[16], f16 m[16], then 3 vectors of 6-bit pairs (scale | minimum << 6): of
//     block s < 6 at bit 12 (s % 2) of vector s / 2; block 6: low 8 bits at bit 24 of vector 0, high 4 at bit
//     24 of vector 1; block 7: low 4 bits at bit 28 of vector 1, high 8 at bit 24 of vector 2
//   Q6_K, 8 blocks: f16 d[16], then for each block int8 [2][16]: its two halves' scales

#include <cstddef>
#include <cstdint>

#include "kernels/tensor.h"

namespace reckon::kernels::cpu {

struct PanelLayout {
  std::int64_t code_bytes = 0;   ///< of one block of 32 columns, 16 rows
  std::int64_t scale_bytes = 0;  ///< of one stored block (32 or 256 columns), 16 rows
  std::int64_t group_blocks = 0;
  std::int64_t group_bytes = 0;  ///< a multiple of 64
  std::int64_t panel_bytes = 0;  ///< of all groups

  /// Offset of a block's codes in a panel.
  std::int64_t codes_at(std::int64_t block) const {
    return block / group_blocks * group_bytes + block % group_blocks * code_bytes;
  }
  /// Offset of the scales of the stored block that begins with `block`.
  std::int64_t scales_at(std::int64_t block) const {
    return block / group_blocks * group_bytes + group_blocks * code_bytes +
           block % group_blocks * scale_bytes;
  }
};

/// `columns` must be a multiple of the type's block.
PanelLayout panel_layout(DataType type, std::int64_t columns);

/// Builds the panel of `rows` (1..16) stored rows at `stored`, `row_bytes` apart; missing rows become zeros.
void pack_panel(DataType type, std::int64_t columns, const std::byte* stored, std::int64_t row_bytes,
                int rows, std::byte* panel);

/// The stored bytes of row `lane` of a panel, as they were.
void unpack_row(DataType type, std::int64_t columns, const std::byte* panel, int lane, std::byte* stored);

}  // namespace reckon::kernels::cpu
