#pragma once
// Exact integer dot products of unsigned codes and signed activations, a lane a row. Kernel code (see
// vec16.h).

#include "kernels/cpu/simd/vec16.h"

namespace reckon::kernels::cpu::RECKON_SIMD_NS {
namespace {

RECKON_INLINE std::int32_t four_bytes(const std::uint8_t* p) {
  std::int32_t value;
  __builtin_memcpy(&value, p, sizeof value);
  return value;
}

/// Sums of T tokens, whose bytes are `stride` apart: sums[t] = starts[t] (0 without starts) + sum over g < G,
/// j < 4 of byte j of codes[g] (unsigned, below 2^bits) * q[t * stride + 4g + j] (signed, at least -127).
#if defined(RECKON_SIMD_AVX512)

// Each instruction waits for the one before it in its sum, so several sums take turns.
template <int bits, int G, int T>
RECKON_INLINE void dot_bytes(Vec16i (&sums)[T], const Vec16i* codes, const std::uint8_t* q, int stride,
                             const std::uint8_t* starts) {
  RECKON_UNROLL
  for (int t = 0; t < T; ++t) sums[t] = broadcast_i32(starts == nullptr ? 0 : four_bytes(starts + t * 4));
  RECKON_UNROLL
  for (int g = 0; g < G; ++g) {
    RECKON_UNROLL
    for (int t = 0; t < T; ++t)
      sums[t].v =
          _mm512_dpbusd_epi32(sums[t].v, codes[g].v, _mm512_set1_epi32(four_bytes(q + t * stride + g * 4)));
  }
}

#elif defined(RECKON_SIMD_AVX2)

// vpmaddubsw adds two products in 16 bits: they fit for codes below 2^7, and of the sums of pairs this many.
template <int bits>
constexpr int kPairsIn16Bits = bits == 4   ? 8
                               : bits == 5 ? 4
                               : bits == 6 ? 2
                                           : 1;

template <int bits, int G>
RECKON_INLINE __m256i dot_half(const __m256i* codes, const std::uint8_t* q, __m256i sum) {
  const __m256i ones = _mm256_set1_epi16(1);
  __m256i pairs = _mm256_setzero_si256();
  RECKON_UNROLL
  for (int g = 0; g < G; ++g) {
    const __m256i x = _mm256_set1_epi32(four_bytes(q + g * 4));
    __m256i products;
    if constexpr (bits == 8) {
      // |w| * (x with w's sign), w = code - 128: at most 2 * 128 * 127, which fits.
      const __m256i w = _mm256_xor_si256(codes[g], _mm256_set1_epi8(-128));
      products = _mm256_maddubs_epi16(_mm256_abs_epi8(w), _mm256_sign_epi8(x, w));
    } else {
      products = _mm256_maddubs_epi16(codes[g], x);
    }
    pairs = g % kPairsIn16Bits<bits> == 0 ? products : _mm256_add_epi16(pairs, products);
    if ((g + 1) % kPairsIn16Bits<bits> == 0 || g + 1 == G)
      sum = _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, ones));
  }
  return sum;
}

template <int bits, int G>
RECKON_INLINE Vec16i dot_of_token(const Vec16i* codes, const std::uint8_t* q, std::int32_t start) {
  __m256i low[G];
  __m256i high[G];
  RECKON_UNROLL
  for (int g = 0; g < G; ++g) {
    low[g] = codes[g].low;
    high[g] = codes[g].high;
  }
  // The offset of 8-bit codes is taken away above, before the product.
  const __m256i from = bits == 8 ? _mm256_setzero_si256() : _mm256_set1_epi32(start);
  return {dot_half<bits, G>(low, q, from), dot_half<bits, G>(high, q, from)};
}

#else

template <int bits, int G>
RECKON_INLINE Vec16i dot_of_token(const Vec16i* codes, const std::uint8_t* q, std::int32_t start) {
  std::int32_t sums[kLanes];
  for (int i = 0; i < kLanes; ++i) sums[i] = start;
  for (int g = 0; g < G; ++g) {
    std::uint8_t bytes[kLanes * 4];
    store_i32(reinterpret_cast<std::int32_t*>(bytes), codes[g]);
    const auto* x = reinterpret_cast<const std::int8_t*>(q + g * 4);
    for (int i = 0; i < kLanes; ++i)
      sums[i] +=
          bytes[i * 4] * x[0] + bytes[i * 4 + 1] * x[1] + bytes[i * 4 + 2] * x[2] + bytes[i * 4 + 3] * x[3];
  }
  return load_i32(sums);
}

#endif

#if !defined(RECKON_SIMD_AVX512)

template <int bits, int G, int T>
RECKON_INLINE void dot_bytes(Vec16i (&sums)[T], const Vec16i* codes, const std::uint8_t* q, int stride,
                             const std::uint8_t* starts) {
  for (int t = 0; t < T; ++t)
    sums[t] =
        dot_of_token<bits, G>(codes, q + t * stride, starts == nullptr ? 0 : four_bytes(starts + t * 4));
}

#endif

}  // namespace
}  // namespace reckon::kernels::cpu::RECKON_SIMD_NS
