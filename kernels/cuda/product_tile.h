#pragma once
// The tokens and the weight of one block of a product: a slice of all tokens, or of those of one expert.

#include "kernels/cuda/device.h"
#include "kernels/cuda/product_kernels.h"

namespace reckon::kernels::RECKON_CUDA_NS {

struct ProductTile {
  WeightView weight;
  std::int64_t first = 0;  ///< token, or pair of a token and an expert
  std::int64_t count = 0;  ///< 0 or less: nothing to do
};

/// Tile `tile` of `tile_tokens` tokens; with experts, of the list made for them.
RECKON_DEVICE ProductTile product_tile(const Product& product, std::int64_t tile, std::int64_t tile_tokens) {
  const std::int64_t first = tile * tile_tokens;
  if (product.experts.weights == nullptr) {
    const std::int64_t left = product.tokens - first;
    return {product.weight, first, left < tile_tokens ? left : tile_tokens};
  }
  if (tile >= product.experts.tile_count[0]) return {product.weight, 0, 0};
  const ExpertTile work = product.experts.tiles[tile];
  return {product.experts.weights[work.expert], work.first, work.count};
}

}  // namespace reckon::kernels::RECKON_CUDA_NS
