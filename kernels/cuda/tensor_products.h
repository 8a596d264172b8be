#pragma once
// Products on tensor cores: BF16 and F16 weights with activations rounded to their type, and FP8 blocks with
// FP8 activations.
//
// Arithmetic of one output, whatever else is computed with it: float32 sums over steps of 32 bytes along k in
// ascending order, one mma each, never split. FP8: the sum of each 128 columns begins at zero and is added to
// the total times both scales by one fused multiply-add. Rows and tokens beyond the last are zeros of a tile,
// so how many there are changes no bit.

#include "kernels/cuda/product_kernels.h"

namespace reckon::kernels::RECKON_CUDA_NS {

/// Most tokens of a tile: of a step of few tokens, and of a long one. Both give the same bits.
constexpr int kFewTileTokens = 8;
constexpr int kManyTileTokens = 64;

/// Whether a weight of this type and shape is multiplied here; `with_fp8`: the device has e4m3 products.
bool fits_tensor_cores(const WeightView& weight, bool with_fp8);

/// Rounds `floats` to BF16 or F16 rows (Activations::halves), to the nearest, ties to even. What is finite
/// stays so: F16 holds at most 65,504.
void round_activations(const Stream& stream, const Activations& activations, DataType type);

/// As multiply(), for weights that fit and activations in halves or fp8. Experts: tiles of kFewTileTokens or
/// kManyTileTokens.
void multiply_on_tensor_cores(const Stream& stream, const char* operation, const Product& product);

}  // namespace reckon::kernels::RECKON_CUDA_NS
