#pragma once
// Grouping of tokens by expert, and the sum of the experts' outputs.

#include "kernels/cuda/product_kernels.h"

namespace reckon::kernels::RECKON_CUDA_NS {

struct ExpertGrouping {
  Global<const std::int32_t> chosen = nullptr;  ///< [tokens, top_k]
  std::int64_t tokens = 0;
  std::int32_t top_k = 0;
  std::int32_t experts = 0;
  std::int32_t tile_tokens = kTileTokens;  ///< most pairs of a tile
  // Results: pairs by expert, within an expert in token order, and the tiles that cover them.
  Global<std::int32_t> pairs = nullptr;       ///< [tokens * top_k]
  Global<std::int32_t> first_pair = nullptr;  ///< [experts + 1]
  Global<std::int32_t> first_tile = nullptr;  ///< [experts + 1]; the last is the number of tiles
  Global<ExpertTile> tiles = nullptr;         ///< [most_tiles()]
  Global<int> faults = nullptr;

  std::int64_t most_tiles() const {
    const std::int64_t all = tokens * top_k;
    return all / tile_tokens + (all < experts ? all : experts);
  }
};
/// A choice that names no expert is noted as a fault, and its pair is in no tile.
void group_by_expert(const Stream& stream, const ExpertGrouping& grouping);

/// output [tokens, columns] += sum of weights[t, j] * partial[t * top_k + j], in ascending expert order, each
/// by one fused multiply-add.
struct ExpertSum {
  RowsOf<float> output;
  Global<const float> partial = nullptr;        ///< [tokens * top_k, columns]
  Global<const std::int32_t> chosen = nullptr;  ///< [tokens, top_k]
  Global<const float> weights = nullptr;        ///< [tokens, top_k]
  std::int32_t top_k = 0;
};
void add_experts(const Stream& stream, const ExpertSum& sum);

}  // namespace reckon::kernels::RECKON_CUDA_NS
