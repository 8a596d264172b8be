#pragma once
// The inner loops of everything that is not a product of weights, compiled once for each instruction path.
// All three give the same bits: 16 virtual lanes, fused multiply-add where written, sums of lanes in one
// tree. This header is read by kernel sources: nothing of the standard library beyond integer types
// (simd/vec16.h says why).

#include <cstdint>

namespace reckon::kernels::cpu {

/// Vectors are 16 floats; scratch rows are padded to this.
constexpr std::int64_t kVectorFloats = 16;
/// Keys lie in strips of this many positions: [dim][kStripKeys].
constexpr std::int64_t kStripKeys = 32;

/// Where the scales of the strips of a row of fixed-point weights lie: behind the weights of a cut.
constexpr std::int64_t kFixedScales = 256;

constexpr std::int64_t pad_lanes(std::int64_t n) {
  return (n + kVectorFloats - 1) / kVectorFloats * kVectorFloats;
}

/// How the KV cache stores a number.
enum class Element : int { f32, f16, bf16 };

struct RowScan {
  float maximum;  ///< the largest element; NaN elements are passed over
  bool finite;    ///< neither NaN nor infinity anywhere
};

struct OpTable {
  // --- Rows
  /// out = in / sqrt(mean(in^2) + epsilon) * gain
  void (*rms_norm)(float* out, const float* in, const float* gain, std::int64_t n, float epsilon);
  void (*add)(float* out, const float* left, const float* right, std::int64_t n);
  RowScan (*scan)(const float* in, std::int64_t n);
  /// out[i] = exp(in[i] - shift); returns the sum in 16 lanes and a tree. `out` may be null.
  float (*exp_sum)(float* out, const float* in, std::int64_t n, float shift);
  /// out[i] = (in[i] - shift) - second_shift
  void (*subtract)(float* out, const float* in, std::int64_t n, float shift, float second_shift);
  /// out[i] = (in[i] - shift) / divisor
  void (*shift_divide)(float* out, const float* in, std::int64_t n, float shift, float divisor);
  void (*divide)(float* out, const float* in, std::int64_t n, float divisor);
  void (*sigmoid)(float* out, const float* in, std::int64_t n);
  float (*log)(float x);
  /// Reads n floats (a multiple of 128) as fast as one thread can; their sum, so that nothing is left out.
  float (*read)(const float* data, std::int64_t n);

  // --- Rotary embedding
  /// cosines[i] = cos(position * frequencies[i]) * magnitude, sines likewise.
  void (*rope_angles)(float* cosines, float* sines, const float* frequencies, std::int64_t n, float position,
                      float magnitude);
  void (*rope_halves)(float* head, const float* cosines, const float* sines, std::int64_t half);
  void (*rope_adjacent)(float* head, const float* cosines, const float* sines, std::int64_t half);

  // --- Storage of the KV cache, rounding to nearest even
  /// Writes n elements.
  void (*store)(void* to, const float* from, std::int64_t n, Element type);
  /// Reads n elements, a multiple of 16.
  void (*load)(float* to, const void* from, std::int64_t n, Element type);
  /// Keys [keys][row_stride], keys <= 32, to a strip [dim][32]; missing keys become zero.
  void (*transpose_strip)(float* strip, const float* from, std::int64_t keys, std::int64_t dim,
                          std::int64_t row_stride);

  // --- Attention. `ahead` is memory that will be read next, asked for line by line between the arithmetic:
  // as many bytes as the strip at hand has. Where nothing is worth it, the strip itself.
  /// scores[r * score_stride + j] = scale * sum over d of queries[r * query_stride + d] * keys[d * key_stride
  /// + j] for j < 32: one chain of fused multiply-adds over d.
  void (*score_strip)(float* scores, std::int64_t score_stride, const float* queries,
                      std::int64_t query_stride, std::int64_t rows, const void* keys, std::int64_t key_stride,
                      std::int64_t dim, Element type, float scale, const void* ahead);
  /// One row of a cut: scores[i] becomes exp(scores[i] - maximum) for i in [begin, end), and zero for the
  /// others of the vectors that hold begin and end.
  void (*softmax_cut)(float* scores, std::int64_t begin, std::int64_t end, float* maximum, float* sum);
  /// out[r * out_stride + c] += sum over j < keys of weights[r * weight_stride + j] * values[j * value_stride
  /// + c] for c < width, a multiple of 16: one chain of fused multiply-adds over j.
  void (*accumulate)(float* out, std::int64_t out_stride, const float* weights, std::int64_t weight_stride,
                     std::int64_t rows, const void* values, std::int64_t value_stride, std::int64_t keys,
                     std::int64_t width, Element type, const void* ahead);

  // --- Attention of prompts over a cache of two bytes a number: 16-bit fixed point (fixed_attention.h). A
  // number is n * scale, n = round to even (x * (levels / amax)), scale = amax / levels; an amax below 1e-30
  // counts as zero, and a number that is not finite makes the scale NaN. Sums of products are exact integers.
  // Two neighbouring numbers of a sum lie in the halves of one 32-bit word, the first in the low half.
  /// One row of n numbers to padded[n] (pad_lanes; zeros behind n). Returns its scale.
  float (*fix_row)(std::int16_t* to, const float* from, std::int64_t n, float levels);
  /// 32 keys [dim][key_stride] to words [ceil(dim / 2)][32] of two dimensions, a scale a key.
  void (*fix_keys)(std::int32_t* to, float* scales, const void* keys, std::int64_t key_stride,
                   std::int64_t dim, Element type, float levels);
  /// 32 value rows [32][value_stride] to words [16][width] of two keys, a scale a key; width is a multiple
  /// of 16.
  void (*fix_values)(std::int32_t* to, float* scales, const void* values, std::int64_t value_stride,
                     std::int64_t width, Element type, float levels);
  /// As score_strip: scores = (sum * key scale) * row scale. `words` words a row and key.
  void (*score_fixed)(float* scores, std::int64_t score_stride, const std::int16_t* queries,
                      std::int64_t query_stride, const float* row_scales, std::int64_t rows,
                      const std::int32_t* keys, const float* key_scales, std::int64_t words);
  /// Weights of a row, as softmax_cut left them, times the scale of their values, to fixed point by strips of
  /// 32: n in place of the weights, the strips' scales behind them, from kFixedScales on. Keys outside
  /// [begin, end) become zero in every strip that the range touches.
  void (*fix_weights)(float* weights, std::int64_t begin, std::int64_t end, const float* value_scales,
                      float levels);
  /// As accumulate, for the 32 keys of strip `strip`: out += sum * the row's scale of that strip.
  void (*accumulate_fixed)(float* out, std::int64_t out_stride, const float* weights,
                           std::int64_t weight_stride, std::int64_t rows, std::int64_t strip,
                           const std::int32_t* values, std::int64_t width);

  /// Joins two cuts (maximum, sum, weighted values of `width` a multiple of 16): the first becomes both.
  /// Online softmax: Milakov and Gimelshein, arXiv 1805.02867.
  void (*merge_cut)(float* out, float* maximum, float* sum, const float* cut_out, float cut_maximum,
                    float cut_sum, std::int64_t width);
};

}  // namespace reckon::kernels::cpu
