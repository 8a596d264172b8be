#pragma once
// The tokens and the weight of one block of a product: a slice of all tokens, or of those of one expert.

#include "kernels/cuda/launch.h"
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

/// Input row of token, or pair, `i` of the tiles.
RECKON_DEVICE std::int64_t input_row(const Product& product, std::int64_t i) {
  return product.experts.weights != nullptr
             ? std::int64_t{product.experts.pairs[i]} / product.experts.input_divisor
             : i;
}
RECKON_DEVICE std::int64_t output_row(const Product& product, std::int64_t i) {
  return product.experts.weights != nullptr ? std::int64_t{product.experts.pairs[i]} : i;
}

constexpr std::int64_t kMostTilesInARow = 32768;
/// The tile of this block, of those that launch_tiles() starts.
RECKON_DEVICE std::int64_t block_tile() { return block_y() + std::int64_t{block_z()} * kMostTilesInARow; }

/// Blocks of `rows` rows of the weight, one after the other for each tile of `tile_tokens` tokens.
template <class Kernel>
void launch_tiles(const Stream& stream, const char* operation, const Product& product, int rows,
                  std::int64_t tile_tokens, int shared_bytes) {
  const std::int64_t tiles = product.experts.weights != nullptr ? product.experts.most_tiles
                                                                : blocks_for(product.tokens, tile_tokens);
  launch(stream, operation, Kernel{product},
         {blocks_for(product.weight.rows, rows), tiles < kMostTilesInARow ? tiles : kMostTilesInARow,
          blocks_for(tiles, kMostTilesInARow)},
         shared_bytes);
}

}  // namespace reckon::kernels::RECKON_CUDA_NS
