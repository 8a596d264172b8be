#pragma once
// Sixteen float lanes, the same on every instruction path.
//
// Kernel sources are compiled once per path (reckon_simd_sources in CMake); exactly one of
// RECKON_SIMD_PORTABLE, RECKON_SIMD_AVX2 and RECKON_SIMD_AVX512 is defined, and everything lies in the path's
// own namespace, reckon::kernels::cpu::RECKON_SIMD_NS. Every operation gives the same bits on every path
// (payloads of NaNs aside).
//
// A kernel source must not instantiate inline functions or templates from outside its namespace (std::max,
// std::vector, kernels/tensor.h ...): the linker keeps one copy of such a function, and it might be the one
// that only newer processors run. Use raw pointers and the code here; export a table of function pointers.

#include <cstddef>
#include <cstdint>

#if defined(RECKON_SIMD_AVX512)
#define RECKON_SIMD_NS avx512
#include "kernels/cpu/simd/vec16_avx512.inc"
#elif defined(RECKON_SIMD_AVX2)
#define RECKON_SIMD_NS avx2
#include "kernels/cpu/simd/vec16_avx2.inc"
#elif defined(RECKON_SIMD_PORTABLE)
#define RECKON_SIMD_NS portable
#include "kernels/cpu/simd/vec16_portable.inc"
#else
#error "compile kernel sources with reckon_simd_sources()"
#endif

// What every path's file provides (p: any alignment):
//   Vec16   zero(), broadcast(x), load(p), store(p, v), load_partial(p, n) [rest 0], store_partial(p, v, n)
//           a + b, a - b, a * b, a / b, -a, fma(a, b, c) = a * b + c rounded once, fnma(a, b, c) = c - a * b
//           max(a, b) = a > b ? a : b, min(a, b) = a < b ? a : b, abs(a), sqrt(a), round_even(a)
//           scale_exponent(a, n) = a * 2^n, rounded once, for whole n in [-252, 254] and a of about 1
//           less(a, b), less_equal(a, b), equal(a, b) -> Mask16 (false for NaN); is_nan(a)
//           select(mask, if_true, if_false); any(mask), all(mask); mask & mask, mask | mask, ~mask
//           reduce_add(v): fixed tree, lane i + lane i+8, then +4, +2, +1; reduce_max(v): max() in the same
//           tree load_f16(p), store_f16(p, v), load_f16_partial(p, n), store_f16_partial(p, v, n)
//   Vec16i  broadcast_i32(x), load_i32(p), store_i32(p, v), a + b, a - b, a * b, a & b, a | b, a ^ b,
//           shift_left<n>(v), shift_right<n>(v) [arithmetic], shift_right_logical<n>(v), equal(a, b), less(a,
//           b), select(mask, a, b), load_i8(p), load_u8(p), load_u16(p), store_u16(p, v) [low halves],
//           store_i8(p, v) [low bytes], reduce_add(v) [must fit]
//           add_dot_pairs(sum, a, b): sum += low half of a * low half of b + high half of a * high half of b,
//           signed 16-bit halves [must fit]
//   to_float(Vec16i), to_int(Vec16) [nearest even; what does not fit gives INT32_MIN], bits(Vec16),
//   from_bits(Vec16i)

namespace reckon::kernels::cpu::RECKON_SIMD_NS {
namespace {

constexpr int kLanes = 16;

#if !defined(RECKON_SIMD_AVX512)
RECKON_INLINE Vec16 scale_exponent(Vec16 a, Vec16 n) {
  // In two steps: n reaches beyond what one exponent field holds, and only the last step may round.
  const Vec16i whole = to_int(n);
  const Vec16i half = shift_right<1>(whole);
  const Vec16 first = from_bits(shift_left<23>(half + broadcast_i32(127)));
  const Vec16 second = from_bits(shift_left<23>(whole - half + broadcast_i32(127)));
  return a * first * second;
}
#endif

RECKON_INLINE Vec16 load_bf16(const std::uint16_t* p) { return from_bits(shift_left<16>(load_u16(p))); }

RECKON_INLINE Vec16 load_bf16_partial(const std::uint16_t* p, int n) {
  std::uint16_t lanes[kLanes] = {};
  for (int i = 0; i < n; ++i) lanes[i] = p[i];
  return load_bf16(lanes);
}

/// The high halves after rounding to nearest even; NaN stays NaN.
RECKON_INLINE Vec16i round_bf16(Vec16 v) {
  const Vec16i raw = bits(v);
  const Vec16i odd = shift_right_logical<16>(raw) & broadcast_i32(1);
  const Vec16i rounded = shift_right_logical<16>(raw + odd + broadcast_i32(0x7fff));
  const Vec16i quiet = shift_right_logical<16>(raw) | broadcast_i32(0x40);
  return select(is_nan(v), quiet, rounded);
}

RECKON_INLINE void store_bf16(std::uint16_t* p, Vec16 v) { store_u16(p, round_bf16(v)); }

RECKON_INLINE void store_bf16_partial(std::uint16_t* p, Vec16 v, int n) {
  std::uint16_t lanes[kLanes];
  store_bf16(lanes, v);
  for (int i = 0; i < n; ++i) p[i] = lanes[i];
}

}  // namespace
}  // namespace reckon::kernels::cpu::RECKON_SIMD_NS
