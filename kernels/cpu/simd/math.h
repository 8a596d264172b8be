#pragma once
// exp, log, sin, cos and the activation functions, written once over Vec16 so that every instruction path
// computes the same bits. Polynomials: S. Moshier, Cephes 2.8, single/expf.c, logf.c, sinf.c.

#include "kernels/cpu/simd/vec16.h"

namespace reckon::kernels::cpu::RECKON_SIMD_NS {
namespace {

/// e^x, about 1 ulp; infinity above 88.72, 0 below -103.97, subnormals in between; NaN stays NaN.
RECKON_INLINE Vec16 exp(Vec16 x) {
  const Vec16 clamped = min(max(x, broadcast(-104.0F)), broadcast(89.0F));
  const Vec16 n = round_even(clamped * broadcast(1.44269504F));
  // ln 2 in two parts, the first short enough for n * part to be exact.
  const Vec16 r = fnma(n, broadcast(-2.12194440e-4F), fnma(n, broadcast(0.693359375F), clamped));
  Vec16 p = broadcast(1.9875691500e-4F);
  p = fma(p, r, broadcast(1.3981999507e-3F));
  p = fma(p, r, broadcast(8.3334519073e-3F));
  p = fma(p, r, broadcast(4.1665795894e-2F));
  p = fma(p, r, broadcast(1.6666665459e-1F));
  p = fma(p, r, broadcast(5.0000001201e-1F));
  p = fma(p, r * r, r) + broadcast(1.0F);
  return select(is_nan(x), x, scale_exponent(p, n));
}

/// Natural logarithm, about 1 ulp; log(0) = -infinity, NaN below 0.
RECKON_INLINE Vec16 log(Vec16 x) {
  // Subnormals are lifted by 2^23 first.
  const Mask16 tiny = less(x, broadcast(1.17549435e-38F));
  const Vec16i raw = bits(select(tiny, x * broadcast(8388608.0F), x));
  const Vec16i root_half = broadcast_i32(0x3f3504f3);
  const Vec16i offset = raw - root_half;
  const Vec16i exponent = shift_right<23>(offset);
  const Vec16 z =
      from_bits((offset & broadcast_i32(0x7fffff)) + root_half) - broadcast(1.0F);  // in [-0.293, 0.415)
  const Vec16 e = to_float(exponent - select(tiny, broadcast_i32(23), broadcast_i32(0)));
  const Vec16 square = z * z;
  Vec16 p = broadcast(7.0376836292e-2F);
  p = fma(p, z, broadcast(-1.1514610310e-1F));
  p = fma(p, z, broadcast(1.1676998740e-1F));
  p = fma(p, z, broadcast(-1.2420140846e-1F));
  p = fma(p, z, broadcast(1.4249322787e-1F));
  p = fma(p, z, broadcast(-1.6668057665e-1F));
  p = fma(p, z, broadcast(2.0000714765e-1F));
  p = fma(p, z, broadcast(-2.4999993993e-1F));
  p = fma(p, z, broadcast(3.3333331174e-1F));
  p = p * (z * square);
  p = fma(e, broadcast(-2.12194440e-4F), p);
  p = fnma(square, broadcast(0.5F), p);
  Vec16 result = fma(e, broadcast(0.693359375F), z + p);
  const Vec16 infinity = from_bits(broadcast_i32(0x7f800000));
  const Vec16 not_a_number = from_bits(broadcast_i32(0x7fc00000));
  result = select(equal(x, zero()), -infinity, result);
  result = select(less(x, zero()) | is_nan(x), not_a_number, result);
  return select(equal(x, infinity), infinity, result);
}

struct SinCos {
  Vec16 sin, cos;
};

/// Absolute error below 1.5e-7 for |x| <= 10^6 and 4e-7 for |x| <= 2^21: with fma, x - n * (first part of
/// pi/2) is exact there.
RECKON_INLINE SinCos sin_cos(Vec16 x) {
  const Vec16 n = round_even(x * broadcast(0.636619772F));
  Vec16 r = fnma(n, broadcast(1.57079637050628662109375F), x);
  r = fnma(n, broadcast(-4.37113882867379e-8F), r);
  r = fnma(n, broadcast(-1.71512451e-15F), r);
  const Vec16 square = r * r;
  Vec16 s = broadcast(-1.9515295891e-4F);
  s = fma(s, square, broadcast(8.3321608736e-3F));
  s = fma(s, square, broadcast(-1.6666654611e-1F));
  s = fma(s * square, r, r);
  Vec16 c = broadcast(2.443315711809948e-5F);
  c = fma(c, square, broadcast(-1.388731625493765e-3F));
  c = fma(c, square, broadcast(4.166664568298827e-2F));
  c = fma(c, square * square, fnma(square, broadcast(0.5F), broadcast(1.0F)));
  const Vec16i quadrant = to_int(n);
  const Mask16 swap = equal(quadrant & broadcast_i32(1), broadcast_i32(1));
  const Vec16i sin_sign = shift_left<30>(quadrant & broadcast_i32(2));
  const Vec16i cos_sign = shift_left<30>((quadrant + broadcast_i32(1)) & broadcast_i32(2));
  return {from_bits(bits(select(swap, c, s)) ^ sin_sign), from_bits(bits(select(swap, s, c)) ^ cos_sign)};
}

/// 1 / (1 + e^-x)
RECKON_INLINE Vec16 sigmoid(Vec16 x) {
  const Vec16 one = broadcast(1.0F);
  return one / (one + exp(-x));
}

/// x * sigmoid(x)
RECKON_INLINE Vec16 silu(Vec16 x) { return x / (broadcast(1.0F) + exp(-x)); }

/// 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))), written as x * sigmoid(2 ...)
RECKON_INLINE Vec16 gelu_tanh(Vec16 x) {
  const Vec16 inner = fma(x * x * x, broadcast(0.044715F), x);
  return x / (broadcast(1.0F) + exp(inner * broadcast(-1.5957691216F)));
}

}  // namespace
}  // namespace reckon::kernels::cpu::RECKON_SIMD_NS
