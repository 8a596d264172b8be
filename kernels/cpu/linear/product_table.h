#pragma once
// The inner loops of products, compiled once per instruction path. Plain data only: kernel sources include
// it.
//
// Products work on panels of 16 rows of a weight and on a few tokens at a time; a result tile is f32
// [tokens][16], lane = row. Rows past the weight's end hold rubbish, which finish() leaves out.

#include <cstdint>

namespace reckon::kernels::cpu {

constexpr int kPanelRows = 16;
/// Tokens that a product takes at most in one call.
constexpr int kMaxTileTokens = 16;
/// Channels that share one activation scale.
constexpr int kInt8Block = 32;
constexpr int kFp8Block = 128;

/// int8 activations of a tile of n tokens, by block of 32 channels, each block this many bytes a token:
/// int8 [n][32], then f32 d [n] (the scale), f32 s [n] = d * sum, then i32 [n] each of -8 * sum, -16 * sum,
/// -128 * sum, -32 * (sum of the first 16), -32 * (sum of the last 16), where sum is of the int8 values.
constexpr int kInt8BlockBytes = 60;
constexpr int kInt8Scale = 32;
constexpr int kInt8ScaledSum = 36;
constexpr int kInt8Minus8 = 40;
constexpr int kInt8Minus16 = 44;
constexpr int kInt8Minus128 = 48;
constexpr int kInt8LowHalf = 52;
constexpr int kInt8HighHalf = 56;

/// Index of a plain type's product.
enum PlainType { kPlainF32, kPlainF16, kPlainBf16, kPlainTypes };
/// Index of a GGUF type's product.
enum GgufType { kQ4_0, kQ4_1, kQ5_0, kQ5_1, kQ8_0, kQ4_K, kQ5_K, kQ6_K, kGgufTypes };
enum GateKind { kGateSilu, kGateGelu };

/// Rows of a plain-typed weight times float activations.
struct FloatArguments {
  float* tile;          ///< [tokens][16]
  const void* weights;  ///< first row of the panel
  std::int64_t row_bytes;
  int rows;  ///< 1..16 that exist
  const float* input;
  std::int64_t input_stride;  ///< elements
  int tokens;                 ///< any number
  std::int64_t columns;
};

struct Int8Arguments {
  float* tile;
  const std::uint8_t* panel;  ///< see panel_format.h
  const std::uint8_t* activations;
  int tokens;           ///< 1..kMaxTileTokens
  std::int64_t blocks;  ///< of 32 channels
};

struct Fp8Arguments {
  float* tile;
  const std::uint8_t* weights;
  std::int64_t row_bytes;
  int rows;
  const float* input;  ///< FP8 values as f32 times 256, [tokens][input_stride], zero up to a multiple of 16
  std::int64_t input_stride;
  const float* input_scales;  ///< [tokens][input_scale_stride], one for each 128 channels
  std::int64_t input_scale_stride;
  int tokens;
  std::int64_t columns;
  const float* row_scales[kPanelRows];  ///< per row: scales along k, one for each scale_columns
  std::int64_t scale_columns;
};

struct ProductTable {
  void (*plain[kPlainTypes])(const FloatArguments&);
  void (*gguf[kGgufTypes])(const Int8Arguments&);
  void (*fp8)(const Fp8Arguments&);

  /// Quantises `tokens` rows to one tile (layout above).
  void (*quantise_int8)(std::uint8_t* tile, const float* input, std::int64_t stride, int tokens,
                        std::int64_t columns);
  /// The same bytes, stored around the caches: for other threads, which begin once it is done. `tile` lies on
  /// a border of 64 bytes, and what follows it up to the next one may be overwritten.
  void (*quantise_int8_for_others)(std::uint8_t* tile, const float* input, std::int64_t stride, int tokens,
                                   std::int64_t columns);
  /// One row to FP8 E4M3 values, each times 256 (see Fp8Arguments), and scales.
  void (*quantise_fp8)(float* out, float* scales, const float* input, std::int64_t columns,
                       bool power_of_two);

  /// out[t * stride + r] = tile[t][r] (+ bias[r]) for r < rows.
  void (*finish)(float* out, std::int64_t stride, const float* tile, int tokens, int rows, const float* bias);
  /// out[t * stride + r] = activation(gate[t][r]) * up[t][r].
  void (*finish_gated)(float* out, std::int64_t stride, const float* gate, const float* up, int tokens,
                       int rows, GateKind kind);
  /// out[i] = fma(scale, in[i], out[i])
  void (*add_scaled)(float* out, const float* in, float scale, std::int64_t n);
};

const ProductTable& portable_products();
const ProductTable& avx2_products();
const ProductTable& avx512_products();

}  // namespace reckon::kernels::cpu
