#pragma once
// A cut of a prompt's attention in 16-bit fixed point, for caches of two bytes a number. Tokens that were
// generated, and caches of float32, go through cut_attention.h.
//
// Arithmetic of one row (a token and head), for each cut of kKeyCutPositions positions from position 0:
//   queries and keys to n * scale, by row and by key, |n| <= score_levels(dim);
//   score = (exact sum of n * n) * key scale * (query scale * scale); maximum, exp and sum as in float;
//   values to n * scale by key, |n| <= kValueLevels; weight * value scale to n * scale by row and strip of 32
//   keys, n <= kWeightLevels; values = a chain over the strips of fma(exact sum of n * n, scale, .).
// Cuts are joined as in float. The steps are finer than those of an F16 number at the largest of its row, and
// a row's result depends on nothing but the keys that it sees.

#include <cstdint>

#include "kernels/cpu/cut_attention.h"

namespace reckon::kernels::cpu {

constexpr float kWeightLevels = 16383.0F;
/// 32 * 16383 * 4095 just fits into 32 bits.
constexpr float kValueLevels = 4095.0F;
/// The most levels of which `dim` products fit into 32 bits: 5,792 for 64, 4,095 for 128.
float score_levels(std::int64_t dim);

/// Words of two numbers that a row of `dim` takes.
constexpr std::int64_t fixed_words(std::int64_t dim) { return (dim + 1) / 2; }

/// The keys and values of one cut as words (OpTable::fix_keys, fix_values), strip after strip. Strips that no
/// token needs hold anything.
struct FixedCut {
  std::int64_t begin = 0;          ///< position of its first key
  std::int32_t* keys = nullptr;    ///< [kCutStrips][fixed_words(dim)][32]
  std::int32_t* values = nullptr;  ///< [kCutStrips][16][value_width]
  float* key_scales = nullptr;     ///< [kKeyCutPositions]
  float* value_scales = nullptr;   ///< [kKeyCutPositions]
};

/// Floats of memory that a FixedCut takes.
std::int64_t fixed_cut_floats(std::int64_t dim, std::int64_t value_width);
/// Lays a cut out in memory of fixed_cut_floats() floats, and converts the strips that `cut` has.
FixedCut fix_cut(const OpTable& ops, const Cut& cut, std::int64_t dim, std::int64_t value_width,
                 float* memory);

/// Queries of a block (QueryBlock says which), by OpTable::fix_row.
struct FixedQueries {
  const std::int16_t* numbers = nullptr;  ///< [rows][pad_lanes(dim)]
  const float* scales = nullptr;          ///< [rows], times QueryBlock::scale
};

/// As compute_cut; `block.queries` is not read.
CutResult compute_fixed_cut(const OpTable& ops, const QueryBlock& block, const FixedQueries& queries,
                            const FixedCut& cut, float* scratch);

}  // namespace reckon::kernels::cpu
