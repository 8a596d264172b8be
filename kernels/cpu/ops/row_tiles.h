#pragma once
// Rows in tiles of a constant height, so that their sums stay in registers.

#include "kernels/cpu/simd/vec16.h"

namespace reckon::kernels::cpu::RECKON_SIMD_NS {
namespace {

/// tile.operator()<rows>(row) of the tile with exactly `left` rows, at most `rows` of them; none for 0.
template <int rows, class Tile>
RECKON_INLINE void last_row_tile(std::int64_t left, std::int64_t row, const Tile& tile) {
  if constexpr (rows > 0) {
    if (left == rows)
      tile.template operator()<rows>(row);
    else
      last_row_tile<rows - 1>(left, row, tile);
  }
}

/// Calls tile.operator()<n>(first row) for tiles of n = `most` rows, and once more for the rest.
template <int most, class Tile>
RECKON_INLINE void in_row_tiles(std::int64_t rows, const Tile& tile) {
  std::int64_t row = 0;
  for (; row + most <= rows; row += most) tile.template operator()<most>(row);
  last_row_tile<most - 1>(rows - row, row, tile);
}

}  // namespace
}  // namespace reckon::kernels::cpu::RECKON_SIMD_NS
