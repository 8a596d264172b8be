#pragma once
// What a LinearRunner keeps between calls: prepared activations and the threads' panels.

#include <cstdint>
#include <vector>

#include "kernels/cpu/linear/linear.h"
#include "kernels/cpu/linear/prepared_weight.h"
#include "kernels/cpu/linear/product_table.h"
#include "kernels/cpu/memory.h"

namespace reckon::kernels::cpu {

/// Tokens taken by products at a time: tiles of nearly equal size, so that none is left with one token.
struct TileCut {
  explicit TileCut(std::int64_t all) : tokens(all), tiles((all + kMaxTileTokens - 1) / kMaxTileTokens) {}
  std::int64_t first(std::int64_t tile) const {
    const std::int64_t base = tokens / tiles;
    const std::int64_t larger = tokens % tiles;
    return tile * base + (tile < larger ? tile : larger);
  }
  int count(std::int64_t tile) const { return static_cast<int>(first(tile + 1) - first(tile)); }
  std::int64_t tokens;
  std::int64_t tiles;
};

/// Tokens [T, columns] in every form that their products need.
struct TokenSet {
  ConstRows rows;
  bool needs_int8 = false;
  bool needs_fp8 = false;
  bool fp8_scales_power_of_two = false;
  std::int64_t int8_at = 0;   ///< byte offset in Scratch::int8
  std::int64_t fp8_at = 0;    ///< element offset in Scratch::fp8
  std::int64_t scale_at = 0;  ///< element offset in Scratch::fp8_scales

  std::int64_t int8_token_bytes() const { return rows.columns / kInt8Block * kInt8BlockBytes; }
  std::int64_t fp8_stride() const { return (rows.columns + kPanelRows - 1) / kPanelRows * kPanelRows; }
  std::int64_t fp8_scales() const { return (rows.columns + kFp8Block - 1) / kFp8Block; }
};

/// One weight (or a gate and its up projection) times one token set.
struct ProductJob {
  const PreparedWeight* weight = nullptr;
  const PreparedWeight* up = nullptr;  ///< with one, the result is activation(weight) * up
  GateKind gate = kGateSilu;
  std::size_t set = 0;  ///< index of its tokens
  float* output = nullptr;
  std::int64_t stride = 0;
  const float* bias = nullptr;
  std::int64_t first_panel = 0;  ///< of all jobs' panels, which are shared out together
};

struct LinearRunner::Scratch {
  /// Tokens [first, first + tokens) of a set, one tile, in the form that `weight` takes.
  PreparedWeight::Activations activations(const TokenSet& set, const PreparedWeight& weight,
                                          std::int64_t first, int tokens) const;

  std::vector<TokenSet> sets;
  std::vector<ProductJob> jobs;
  AlignedBytes int8, fp8, fp8_scales;
  AlignedBytes panels;  ///< each thread's
  // Experts.
  std::vector<std::int64_t> expert_first;  ///< first pair of each expert, and the total
  std::vector<std::int32_t> pair_of;       ///< [T * top_k]: pair of a token's j-th choice; -1: no expert
  std::vector<std::int32_t> pair_token;
  AlignedBytes gathered, hidden, partial;
};

/// Sets which forms a set needs for `weight`, and checks that their columns agree.
void require_form(TokenSet& set, const PreparedWeight& weight);

}  // namespace reckon::kernels::cpu
