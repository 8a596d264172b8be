#pragma once
// Panels: 16 rows of a GGUF-typed weight interleaved so that a vector's 32-bit lane is a row.
//
// A panel is [codes of every block of 32 columns][scales of every block]; a permutation of the stored bits,
// so it takes the stored bytes (and at most 63 to reach the next 64-byte border).
//
// Codes of one block of 32, "group g" being columns 4g..4g+3, one byte each of a lane's 32 bits:
//   4 bits: 4 vectors; vector v holds group v in the low halves of its bytes, group v + 4 in the high halves
//   5 bits: those, then 1 vector of fifth bits: bit g of byte j of a lane belongs to column 4g + j
//   6 bits: those of 4 bits, then 2 vectors of high pairs: vector h, bits 2i, 2i+1 of byte j belong to column
//           4(4h + i) + j
//   8 bits: 8 vectors, vector v holds group v; Q8_0's signed codes are stored plus 128
// Scales:
//   Q4_0, Q5_0, Q8_0: each block f16 d[16]          Q4_1, Q5_1: each block f16 d[16], f16 m[16]
//   Q4_K, Q5_K: each 256 columns f16 d[16], f16 m[16], then 3 vectors of 6-bit pairs (scale | minimum << 6):
//   of
//     block s < 6 at bit 12 (s % 2) of vector s / 2; block 6: low 8 bits at bit 24 of vector 0, high 4 at bit
//     24 of vector 1; block 7: low 4 bits at bit 28 of vector 1, high 8 at bit 24 of vector 2
//   Q6_K: each 256 columns f16 d[16], then for each block int8 [2][16]: its two halves' scales

#include <cstddef>
#include <cstdint>

#include "kernels/tensor.h"

namespace reckon::kernels::cpu {

struct PanelLayout {
  std::int64_t code_bytes = 0;   ///< of one block of 32 columns, 16 rows
  std::int64_t scale_bytes = 0;  ///< of one stored block (32 or 256 columns), 16 rows
  std::int64_t scales_at = 0;    ///< offset of the scales in a panel
  std::int64_t panel_bytes = 0;  ///< a multiple of 64
};

/// `columns` must be a multiple of the type's block.
PanelLayout panel_layout(DataType type, std::int64_t columns);

/// Builds the panel of `rows` (1..16) stored rows at `stored`, `row_bytes` apart; missing rows become zeros.
void pack_panel(DataType type, std::int64_t columns, const std::byte* stored, std::int64_t row_bytes,
                int rows, std::byte* panel);

/// The stored bytes of row `lane` of a panel, as they were.
void unpack_row(DataType type, std::int64_t columns, const std::byte* panel, int lane, std::byte* stored);

}  // namespace reckon::kernels::cpu
