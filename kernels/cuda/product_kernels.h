#pragma once
// Products of activations with stored weights: the arithmetic of kernels/cpu/linear/linear.h, bit for bit.
// Those on tensor cores are in tensor_products.h.

#include <cstdint>

#include "kernels/cuda/row_kernels.h"
#include "kernels/cuda/stream.h"
#include "kernels/cuda/weight_view.h"

namespace reckon::kernels::RECKON_CUDA_NS {

/// How the activations of a product enter it.
enum class ProductForm : std::uint8_t {
  floats,            ///< as they are; quantised weights are dequantised
  int8,              ///< by token and 32 channels, for GGUF types
  fp8,               ///< by token and 128 channels, for FP8
  fp8_power_of_two,  ///< the same with scales rounded up to powers of two (ue8m0)
  bf16,              ///< rounded to BF16, for tensor cores
  f16,               ///< rounded to F16, at most its largest number, for tensor cores
};
constexpr int kProductForms = 6;

/// Channels that share one activation scale.
constexpr int kInt8Block = 32;
constexpr int kFp8Block = 128;

/// Activations [tokens, columns] in the form that a product takes.
struct Activations {
  RowsOf<const float> floats;
  Global<std::int8_t> int8 = nullptr;      ///< [tokens, columns]
  Global<std::uint8_t> fp8 = nullptr;      ///< [tokens, columns]
  Global<std::uint16_t> halves = nullptr;  ///< BF16 or F16 [tokens, columns]
  Global<float> scales = nullptr;          ///< [tokens, scales_per_row]
  Global<float> scaled_sums = nullptr;     ///< int8: scale * sum of the block, [tokens, scales_per_row]
  std::int64_t scales_per_row = 0;
  bool power_of_two = false;  ///< fp8: scales are rounded up to powers of two
};

/// Fills int8, scales and scaled_sums, or fp8 and scales, from `floats`.
void quantise_int8(const Stream& stream, const Activations& activations);
void quantise_fp8(const Stream& stream, const Activations& activations);

/// Tokens that one block takes together.
constexpr int kTileTokens = 8;

/// Pairs [first, first + count) of one expert.
struct ExpertTile {
  std::int32_t expert = 0;
  std::int32_t first = 0;
  std::int32_t count = 0;
};

/// Which rows are multiplied with which weight, when a launch serves several experts.
struct ExpertWork {
  Global<const WeightView> weights = nullptr;  ///< [experts]; none: one weight, tokens in order
  Global<const ExpertTile> tiles = nullptr;
  Global<const std::int32_t> tile_count = nullptr;
  Global<const std::int32_t> pairs = nullptr;  ///< pair number = token * top_k + choice, by expert
  std::int32_t input_divisor = 1;              ///< input row = pair / input_divisor
  std::int64_t most_tiles = 0;
  std::int32_t tile_tokens = kTileTokens;  ///< most pairs of a tile
};

/// output row i [rows of the weight] = weight times input row i (+ bias).
struct Product {
  WeightView weight;  ///< of experts: their common type and shape
  ProductForm form = ProductForm::floats;
  Activations input;
  std::int64_t tokens = 0;
  Global<float> output = nullptr;
  std::int64_t output_stride = 0;
  Global<const float> bias = nullptr;
  ExpertWork experts;
  bool on_tensor_cores = false;
  /// By warp groups (warp_group_products.h), in tiles of at most so many tokens; 0: not by them.
  std::int32_t group_tile = 0;
};
/// On tensor cores or not, as the product says.
void multiply(const Stream& stream, const char* operation, const Product& product);

}  // namespace reckon::kernels::RECKON_CUDA_NS
