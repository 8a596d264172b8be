#pragma once
// FP8 weights times FP8 activations. Kernel code (see vec16.h).

#include "kernels/cpu/linear/product_float.h"
#include "kernels/cpu/linear/product_table.h"
#if defined(RECKON_SIMD_PORTABLE)
#include "kernels/cpu/simd/half.h"
#endif

namespace reckon::kernels::cpu::RECKON_SIMD_NS {
namespace {

// An E4M3 code, its exponent and mantissa moved to where binary16 has them, is a binary16 number 2^8 times
// too small, subnormals included. (The activations carry that 2^8.) NaN codes become numbers: holds_nan()
// finds them.
#if defined(RECKON_SIMD_PORTABLE)

RECKON_INLINE Vec16 load_fp8(const std::uint8_t* p) {
  float lanes[kLanes];
  for (int i = 0; i < kLanes; ++i)
    lanes[i] = half_to_float(static_cast<std::uint16_t>((p[i] & 0x7fU) << 7U | (p[i] & 0x80U) << 8U));
  return load(lanes);
}

RECKON_INLINE bool holds_nan(const std::uint8_t* p, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) {
    if ((p[i] & 0x7fU) == 0x7fU) return true;
  }
  return false;
}

#else

RECKON_INLINE Vec16 load_fp8(const std::uint8_t* p) {
  // The sign, extended and shifted, fills bits 15 and 14; bit 14 is not its.
  const __m256i extended = _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
  const __m256i half =
      _mm256_and_si256(_mm256_slli_epi16(extended, 7), _mm256_set1_epi16(static_cast<short>(0xbfff)));
#if defined(RECKON_SIMD_AVX512)
  return {_mm512_cvtph_ps(half)};
#else
  return {_mm256_cvtph_ps(_mm256_castsi256_si128(half)), _mm256_cvtph_ps(_mm256_extracti128_si256(half, 1))};
#endif
}

RECKON_INLINE bool holds_nan(const std::uint8_t* p, std::int64_t n) {
  const __m256i nan = _mm256_set1_epi8(0x7f);
  __m256i found = _mm256_setzero_si256();
  std::int64_t i = 0;
  for (; i + 32 <= n; i += 32) {
    const __m256i codes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p + i));
    found = _mm256_or_si256(found, _mm256_cmpeq_epi8(_mm256_and_si256(codes, nan), nan));
  }
  bool any_found = _mm256_movemask_epi8(found) != 0;
  for (; i < n; ++i) any_found = any_found || (p[i] & 0x7fU) == 0x7fU;
  return any_found;
}

#endif

RECKON_INLINE Vec16 load_fp8_partial(const std::uint8_t* p, int n) {
  std::uint8_t codes[kLanes] = {};
  for (int i = 0; i < n; ++i) codes[i] = p[i];
  return load_fp8(codes);
}

/// sums[r][t] += w[r] * x[t], 16 columns of R rows and T tokens.
template <int R, int T>
RECKON_INLINE void add_products(Vec16 (&sums)[R][T], const Vec16 (&w)[R], const float* input,
                                std::int64_t stride) {
  RECKON_UNROLL
  for (int t = 0; t < T; ++t) {
    const Vec16 x = load(input + t * stride);
    RECKON_UNROLL
    for (int r = 0; r < R; ++r) sums[r][t] = fma(w[r], x, sums[r][t]);
  }
}

/// Columns [begin, end) of R rows and T tokens, all under one pair of scales.
template <int R, int T>
RECKON_INLINE void sum_segment(Vec16 (&sums)[R][T], const std::uint8_t* const (&rows)[R], const float* input,
                               std::int64_t stride, std::int64_t begin, std::int64_t end) {
  RECKON_UNROLL
  for (int r = 0; r < R; ++r) {
    RECKON_UNROLL
    for (int t = 0; t < T; ++t) sums[r][t] = zero();
  }
  Vec16 w[R];
  std::int64_t k = begin;
  for (; k + kLanes <= end; k += kLanes) {
    RECKON_UNROLL
    for (int r = 0; r < R; ++r) w[r] = load_fp8(rows[r] + k);
    add_products<R, T>(sums, w, input + k, stride);
  }
  if (k < end) {
    RECKON_UNROLL
    for (int r = 0; r < R; ++r) w[r] = load_fp8_partial(rows[r] + k, static_cast<int>(end - k));
    add_products<R, T>(sums, w, input + k, stride);
  }
  RECKON_UNROLL
  for (int r = 0; r < R; ++r) {
    if (!holds_nan(rows[r] + begin, end - begin)) continue;
    RECKON_UNROLL
    for (int t = 0; t < T; ++t) sums[r][t] = broadcast(__builtin_nanf(""));
  }
}

/// All rows of the panel for T tokens, R rows at a time.
template <int R, int T>
void fp8_tokens(const Fp8Arguments& a, int first_token) {
  const float* input = a.input + first_token * a.input_stride;
  const float* input_scales = a.input_scales + first_token * a.input_scale_stride;
  for (int first_row = 0; first_row < a.rows; first_row += R) {
    const std::uint8_t* rows[R];
    const float* row_scales[R];
    for (int r = 0; r < R; ++r) {  // past the end: the last row again, its results are left out
      const int row = first_row + r < a.rows ? first_row + r : a.rows - 1;
      rows[r] = a.weights + row * a.row_bytes;
      row_scales[r] = a.row_scales[row];
    }
    float totals[R * T * kLanes] = {};
    std::int64_t input_block = 0;
    std::int64_t weight_block = 0;
    for (std::int64_t begin = 0; begin < a.columns;) {
      // Up to where the activations' scale or the weight's changes.
      const std::int64_t input_end = (input_block + 1) * kFp8Block;
      const std::int64_t weight_end = (weight_block + 1) * a.scale_columns;
      std::int64_t end = input_end < weight_end ? input_end : weight_end;
      if (a.columns < end) end = a.columns;
      Vec16 sums[R][T];
      sum_segment<R, T>(sums, rows, input, a.input_stride, begin, end);
      RECKON_UNROLL
      for (int r = 0; r < R; ++r) {
        RECKON_UNROLL
        for (int t = 0; t < T; ++t) {
          float* total = totals + (r * T + t) * kLanes;
          const float scale =
              row_scales[r][weight_block] * input_scales[t * a.input_scale_stride + input_block];
          store(total, fma(sums[r][t], broadcast(scale), load(total)));
        }
      }
      if (end == input_end) ++input_block;
      if (end == weight_end) ++weight_block;
      begin = end;
    }
    for (int r = 0; r < R && first_row + r < kPanelRows; ++r) {
      for (int t = 0; t < T; ++t)
        a.tile[(first_token + t) * kPanelRows + first_row + r] =
            reduce_add(load(totals + (r * T + t) * kLanes));
    }
  }
}

void fp8_product(const Fp8Arguments& a) {
  int t = 0;
  for (; t + kTileTokens <= a.tokens; t += kTileTokens) fp8_tokens<kTileRows, kTileTokens>(a, t);
  if constexpr (kTileTokens > 2) {
    for (; t + 4 <= a.tokens; t += 4) fp8_tokens<kTileRows, 4>(a, t);
    for (; t + 2 <= a.tokens; t += 2) fp8_tokens<kTileRows, 2>(a, t);
  }
  for (; t < a.tokens; ++t) fp8_tokens<kTileRows * 2, 1>(a, t);
}

}  // namespace
}  // namespace reckon::kernels::cpu::RECKON_SIMD_NS
