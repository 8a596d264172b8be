#pragma once
// Products of warp groups (ptx_hopper.h), on compute capability 9.0 and on request: the weights of
// tensor_products.h, with what that reaches there beyond the reach of mma.
//
// Arithmetic of one output, whatever else is computed with it: as in tensor_products.h, one wgmma of 32 bytes
// along k in ascending order in place of one mma. Tokens are always the rows of a product and the weight's
// rows its columns; how many of either a tile has changes no bit.

#include "kernels/cuda/product_kernels.h"

namespace reckon::kernels::RECKON_CUDA_NS {

/// Most tokens of a tile of warp groups: decode, a few for each expert, prompts.
constexpr int kGroupTileTokens[] = {16, 64, 256};

/// Whether the weight, which fits tensor cores, is multiplied here: FP8 blocks have a multiple of 128 rows.
bool fits_warp_groups(const WeightView& weight);

/// Which of kGroupTileTokens suits `tokens` of one weight of `rows` rows; of experts: tokens on average, rows
/// of all of them. The longest only where its blocks fill the device.
std::int32_t group_tile_tokens(std::int64_t tokens, std::int64_t rows, int multiprocessors);

/// As multiply(), for weights that fit and activations in halves or fp8, in tiles of Product::group_tile.
void multiply_by_warp_groups(const Stream& stream, const char* operation, const Product& product);

}  // namespace reckon::kernels::RECKON_CUDA_NS
