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
// too small, subnormals included. (The activations carry that 2^8.) Only NaN needs care.
#if defined(RECKON_SIMD_PORTABLE)
RECKON_INLINE Vec16 load_fp8(const std::uint8_t* p) {
  float lanes[kLanes];
  for (int i = 0; i < kLanes; ++i) {
    const unsigned magnitude = p[i] & 0x7fU;
    const unsigned half = magnitude == 0x7fU ? 0x7fffU : magnitude << 7U;
    lanes[i] = half_to_float(static_cast<std::uint16_t>(half | (p[i] & 0x80U) << 8U));
  }
  return load(lanes);
}
#else
RECKON_INLINE Vec16 load_fp8(const std::uint8_t* p) {
  const __m256i code = _mm256_cvtepu8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
  const __m256i magnitude = _mm256_and_si256(code, _mm256_set1_epi16(0x7f));
  const __m256i sign = _mm256_slli_epi16(_mm256_xor_si256(code, magnitude), 8);
  const __m256i nan = _mm256_srli_epi16(_mm256_cmpeq_epi16(magnitude, _mm256_set1_epi16(0x7f)), 1);
  const __m256i half = _mm256_or_si256(_mm256_or_si256(_mm256_slli_epi16(magnitude, 7), sign), nan);
#if defined(RECKON_SIMD_AVX512)
  return {_mm512_cvtph_ps(half)};
#else
  return {_mm256_cvtph_ps(_mm256_castsi256_si128(half)), _mm256_cvtph_ps(_mm256_extracti128_si256(half, 1))};
#endif
}
#endif

RECKON_INLINE Vec16 load_fp8_partial(const std::uint8_t* p, int n) {
  std::uint8_t codes[kLanes] = {};
  for (int i = 0; i < n; ++i) codes[i] = p[i];
  return load_fp8(codes);
}

template <int R, int T>
RECKON_INLINE void fp8_tile(const Fp8Arguments& a, int first_row, int first_token) {
  const std::uint8_t* rows[R];
  const float* row_scales[R];
  for (int r = 0; r < R; ++r) {  // past the end: the last row again, its results are left out
    const int row = first_row + r < a.rows ? first_row + r : a.rows - 1;
    rows[r] = a.weights + row * a.row_bytes;
    row_scales[r] = a.row_scales[row];
  }
  const float* input = a.input + first_token * a.input_stride;
  const float* input_scales = a.input_scales + first_token * a.input_scale_stride;
  float totals[R * T * kLanes] = {};
  std::int64_t begin = 0;
  while (begin < a.columns) {
    // Up to where the activations' scale or the weight's changes.
    const std::int64_t input_block = begin / kFp8Block;
    const std::int64_t weight_block = begin / a.scale_columns;
    std::int64_t end = (input_block + 1) * kFp8Block;
    if ((weight_block + 1) * a.scale_columns < end) end = (weight_block + 1) * a.scale_columns;
    if (a.columns < end) end = a.columns;
    Vec16 sums[R][T];
    RECKON_UNROLL
    for (int r = 0; r < R; ++r) {
      RECKON_UNROLL
      for (int t = 0; t < T; ++t) sums[r][t] = zero();
    }
    for (std::int64_t k = begin; k < end; k += kLanes) {
      Vec16 w[R];
      RECKON_UNROLL
      for (int r = 0; r < R; ++r)
        w[r] = k + kLanes <= end ? load_fp8(rows[r] + k)
                                 : load_fp8_partial(rows[r] + k, static_cast<int>(end - k));
      RECKON_UNROLL
      for (int t = 0; t < T; ++t) {
        const Vec16 x = load(input + t * a.input_stride + k);
        RECKON_UNROLL
        for (int r = 0; r < R; ++r) sums[r][t] = fma(w[r], x, sums[r][t]);
      }
    }
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
    begin = end;
  }
  for (int r = 0; r < R; ++r) {
    for (int t = 0; t < T; ++t)
      a.tile[(first_token + t) * kPanelRows + first_row + r] =
          reduce_add(load(totals + (r * T + t) * kLanes));
  }
}

template <int T>
void fp8_tokens(const Fp8Arguments& a, int first_token) {
  for (int row = 0; row < a.rows; row += kTileRows) fp8_tile<kTileRows, T>(a, row, first_token);
}

void fp8_product(const Fp8Arguments& a) {
  int t = 0;
  for (; t + kTileTokens <= a.tokens; t += kTileTokens) fp8_tokens<kTileTokens>(a, t);
  if constexpr (kTileTokens > 2) {
    for (; t + 3 <= a.tokens; t += 3) fp8_tokens<3>(a, t);
  }
  for (; t < a.tokens; ++t) fp8_tokens<1>(a, t);
}

}  // namespace
}  // namespace reckon::kernels::cpu::RECKON_SIMD_NS
