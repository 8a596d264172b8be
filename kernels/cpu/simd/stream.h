#pragma once
// Stores around the caches. Kernel code (see vec16.h).
//
// A line that another core has read is taken back from it before it can be written again, and stores wait for
// that in order, one line after the other: between cores that share no cache, 0.1 to 0.2 microseconds each.
// Whole lines stored around the caches are waited for once, all together.

#include "kernels/cpu/simd/vec16.h"

namespace reckon::kernels::cpu::RECKON_SIMD_NS {
namespace {

/// Copies whole lines of 64 bytes; both addresses on a border of 64. Other threads may be told of them after
/// stream_done().
RECKON_INLINE void stream_lines(std::uint8_t* to, const std::uint8_t* from, std::int64_t lines) {
#if defined(RECKON_SIMD_AVX512)
  for (std::int64_t i = 0; i < lines; ++i)
    _mm512_stream_si512(reinterpret_cast<__m512i*>(to + 64 * i), _mm512_load_si512(from + 64 * i));
#elif defined(RECKON_SIMD_AVX2)
  for (std::int64_t i = 0; i < 2 * lines; ++i)
    _mm256_stream_si256(reinterpret_cast<__m256i*>(to + 32 * i),
                        _mm256_load_si256(reinterpret_cast<const __m256i*>(from + 32 * i)));
#else
  for (std::int64_t i = 0; i < 64 * lines; ++i) to[i] = from[i];
#endif
}

/// What was streamed is seen before anything that this thread stores from now on.
RECKON_INLINE void stream_done() {
#if defined(RECKON_SIMD_AVX512) || defined(RECKON_SIMD_AVX2)
  _mm_sfence();
#endif
}

}  // namespace
}  // namespace reckon::kernels::cpu::RECKON_SIMD_NS
