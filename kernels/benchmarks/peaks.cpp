// Compiled once for each instruction path (see simd/vec16.h for its rules).
#include "kernels/benchmarks/peaks.h"

#include "kernels/cpu/simd/vec16.h"

namespace reckon::kernels::cpu::RECKON_SIMD_NS {
namespace {

float fma_rounds(std::int64_t rounds) {
  Vec16 sums[kPeakSums];
  for (Vec16& sum : sums) sum = broadcast(1.0F);
  const Vec16 factor = broadcast(0.999F);
  const Vec16 addend = broadcast(0.001F);
  for (std::int64_t round = 0; round < rounds; ++round) {
#pragma GCC unroll 16
    for (int k = 0; k < kPeakSums; ++k) sums[k] = fma(sums[k], factor, addend);
  }
  Vec16 total = zero();
  for (const Vec16& sum : sums) total = total + sum;
  return reduce_add(total);
}

/// 8 doubles: two registers of the narrower paths.
typedef double Doubles __attribute__((vector_size(64)));

double fma64_rounds(std::int64_t rounds) {
  Doubles sums[kPeakSums];
  for (Doubles& sum : sums) sum = Doubles{} + 1.0;
  for (std::int64_t round = 0; round < rounds; ++round) {
#pragma GCC unroll 16
    for (int k = 0; k < kPeakSums; ++k) {
#if defined(RECKON_SIMD_AVX512)
      sums[k] = reinterpret_cast<Doubles>(
          _mm512_fmadd_pd(reinterpret_cast<__m512d>(sums[k]), _mm512_set1_pd(0.999), _mm512_set1_pd(0.001)));
#elif defined(RECKON_SIMD_AVX2)
      auto* halves = reinterpret_cast<__m256d*>(&sums[k]);
      for (int half = 0; half < 2; ++half)
        halves[half] = _mm256_fmadd_pd(halves[half], _mm256_set1_pd(0.999), _mm256_set1_pd(0.001));
#else
      sums[k] = sums[k] * 0.999 + 0.001;
#endif
    }
  }
  Doubles total{};
  for (const Doubles& sum : sums) total += sum;
  double result = 0;
  for (int i = 0; i < 8; ++i) result += total[i];
  return result;
}

#if defined(RECKON_SIMD_AVX512)

std::int32_t dot_rounds(std::int64_t rounds) {
  __m512i sums[kPeakSums];
  for (__m512i& sum : sums) sum = _mm512_setzero_si512();
  __m512i left = _mm512_set1_epi8(3);
  const __m512i right = _mm512_set1_epi8(2);
  for (std::int64_t round = 0; round < rounds; ++round) {
#pragma GCC unroll 16
    for (int k = 0; k < kPeakSums; ++k) sums[k] = _mm512_dpbusd_epi32(sums[k], left, right);
  }
  __m512i total = _mm512_setzero_si512();
  for (const __m512i& sum : sums) total = _mm512_add_epi32(total, sum);
  return _mm512_reduce_add_epi32(total);
}

#elif defined(RECKON_SIMD_AVX2)

std::int32_t dot_rounds(std::int64_t rounds) {
  __m256i sums[kPeakSums];
  for (__m256i& sum : sums) sum = _mm256_setzero_si256();
  const __m256i ones = _mm256_set1_epi16(1);
  __m256i left = _mm256_set1_epi8(3);
  const __m256i right = _mm256_set1_epi8(2);
  for (std::int64_t round = 0; round < rounds; ++round) {
    for (int half = 0; half < 2; ++half) {
#pragma GCC unroll 16
      for (int k = 0; k < kPeakSums; ++k) {
        asm volatile("" : "+x"(left));  // or the product would be computed once for all
        sums[k] = _mm256_add_epi32(sums[k], _mm256_madd_epi16(_mm256_maddubs_epi16(left, right), ones));
      }
    }
  }
  __m256i total = _mm256_setzero_si256();
  for (const __m256i& sum : sums) total = _mm256_add_epi32(total, sum);
  std::int32_t lanes[8];
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(lanes), total);
  std::int32_t result = 0;
  for (const std::int32_t lane : lanes) result += lane;
  return result;
}

#else

std::int32_t dot_rounds(std::int64_t rounds) {
  std::int32_t sums[kPeakSums] = {};
  std::int8_t left[64];
  std::int8_t right[64];
  for (int i = 0; i < 64; ++i) {
    left[i] = static_cast<std::int8_t>(i);
    right[i] = 2;
  }
  for (std::int64_t round = 0; round < rounds; ++round) {
    for (std::int32_t& sum : sums) {
      asm volatile("" : : "r"(left), "r"(right) : "memory");  // or the sum would be computed once for all
      std::int32_t dot = 0;
      for (int i = 0; i < 64; ++i) dot += left[i] * right[i];
      sum += dot & 0xff;
    }
  }
  std::int32_t result = 0;
  for (const std::int32_t sum : sums) result ^= sum;
  return result;
}

#endif

std::int32_t dot_pair_rounds(std::int64_t rounds) {
  Vec16i sums[kPeakSums];
  for (Vec16i& sum : sums) sum = broadcast_i32(0);
  const Vec16i right = broadcast_i32(0x00020001);
  Vec16i left = broadcast_i32(0x00010003);
  for (std::int64_t round = 0; round < rounds; ++round) {
    RECKON_UNROLL
    for (int k = 0; k < kPeakSums; ++k) {
#if !defined(RECKON_SIMD_AVX512)
      asm volatile("" : "+m"(left));  // or the product would be computed once for all
#endif
      add_dot_pairs(sums[k], left, right);
    }
  }
  Vec16i total = broadcast_i32(0);
  for (const Vec16i& sum : sums) total = total ^ sum;
  return reduce_add(total & broadcast_i32(0xff));
}

}  // namespace

extern const PeakTable peak_table;
const PeakTable peak_table = {fma_rounds, fma64_rounds, dot_rounds, dot_pair_rounds};

}  // namespace reckon::kernels::cpu::RECKON_SIMD_NS
