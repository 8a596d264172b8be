#pragma once
// exp, log, sin, cos and the activation functions for kernels: operation by operation those of
// kernels/cpu/simd/math.h, so that both back ends give the same bits.
// Polynomials: S. Moshier, Cephes 2.8, single/expf.c, logf.c, sinf.c.

#include "kernels/cuda/device.h"

namespace reckon::kernels::RECKON_CUDA_NS {

RECKON_DEVICE float infinity() { return from_bits(0x7f800000U); }
RECKON_DEVICE float not_a_number() { return from_bits(0x7fc00000U); }
RECKON_DEVICE float larger(float a, float b) { return a > b ? a : b; }
RECKON_DEVICE float absolute(float x) { return from_bits(bits_of(x) & 0x7fffffffU); }
RECKON_DEVICE bool is_finite(float x) { return absolute(x) < infinity(); }

/// 2^n for n in [-126, 127].
RECKON_DEVICE float power_of_two(int n) { return from_bits(static_cast<std::uint32_t>(n + 127) << 23U); }

RECKON_DEVICE float exponential(float x) {
  const float low = x > -104.0F ? x : -104.0F;
  const float clamped = low < 89.0F ? low : 89.0F;
  const float n = round_even(clamped * 1.44269504F);
  const float r = fused(-n, -2.12194440e-4F, fused(-n, 0.693359375F, clamped));
  float p = 1.9875691500e-4F;
  p = fused(p, r, 1.3981999507e-3F);
  p = fused(p, r, 8.3334519073e-3F);
  p = fused(p, r, 4.1665795894e-2F);
  p = fused(p, r, 1.6666665459e-1F);
  p = fused(p, r, 5.0000001201e-1F);
  p = fused(p, r * r, r) + 1.0F;
  const int whole = to_int(n);
  const int half = whole >> 1;
  const float result = (p * power_of_two(half)) * power_of_two(whole - half);
  return x != x ? x : result;
}

RECKON_DEVICE float logarithm(float x) {
  const bool tiny = x < 1.17549435e-38F;
  const auto raw = static_cast<std::int32_t>(bits_of(tiny ? x * 8388608.0F : x));
  constexpr std::int32_t kRootHalf = 0x3f3504f3;
  const auto offset =
      static_cast<std::int32_t>(static_cast<std::uint32_t>(raw) - static_cast<std::uint32_t>(kRootHalf));
  const std::int32_t exponent = offset >> 23;
  const float z = from_bits(static_cast<std::uint32_t>((offset & 0x7fffff) + kRootHalf)) - 1.0F;
  const auto e = static_cast<float>(exponent - (tiny ? 23 : 0));
  const float square = z * z;
  float p = 7.0376836292e-2F;
  p = fused(p, z, -1.1514610310e-1F);
  p = fused(p, z, 1.1676998740e-1F);
  p = fused(p, z, -1.2420140846e-1F);
  p = fused(p, z, 1.4249322787e-1F);
  p = fused(p, z, -1.6668057665e-1F);
  p = fused(p, z, 2.0000714765e-1F);
  p = fused(p, z, -2.4999993993e-1F);
  p = fused(p, z, 3.3333331174e-1F);
  p = p * (z * square);
  p = fused(e, -2.12194440e-4F, p);
  p = fused(-square, 0.5F, p);
  const float result = fused(e, 0.693359375F, z + p);
  if (x == infinity()) return x;
  if (x < 0.0F || x != x) return not_a_number();
  return x == 0.0F ? -infinity() : result;
}

struct SinCos {
  float sin, cos;
};

RECKON_DEVICE SinCos sin_cos(float x) {
  const float n = round_even(x * 0.636619772F);
  float r = fused(-n, 1.57079637050628662109375F, x);
  r = fused(-n, -4.37113882867379e-8F, r);
  r = fused(-n, -1.71512451e-15F, r);
  const float square = r * r;
  float s = -1.9515295891e-4F;
  s = fused(s, square, 8.3321608736e-3F);
  s = fused(s, square, -1.6666654611e-1F);
  s = fused(s * square, r, r);
  float c = 2.443315711809948e-5F;
  c = fused(c, square, -1.388731625493765e-3F);
  c = fused(c, square, 4.166664568298827e-2F);
  c = fused(c, square * square, fused(-square, 0.5F, 1.0F));
  const auto quadrant = static_cast<std::uint32_t>(to_int(n));
  const bool swap = (quadrant & 1U) != 0;
  const std::uint32_t sin_sign = (quadrant & 2U) << 30U;
  const std::uint32_t cos_sign = ((quadrant + 1U) & 2U) << 30U;
  return {from_bits(bits_of(swap ? c : s) ^ sin_sign), from_bits(bits_of(swap ? s : c) ^ cos_sign)};
}

RECKON_DEVICE float sigmoid(float x) { return 1.0F / (1.0F + exponential(-x)); }
RECKON_DEVICE float silu(float x) { return x / (1.0F + exponential(-x)); }
RECKON_DEVICE float gelu_tanh(float x) {
  const float inner = fused(x * x * x, 0.044715F, x);
  return x / (1.0F + exponential(inner * -1.5957691216F));
}

/// Sum over 16 neighbouring lanes, lane i first with lane i + 8, then + 4, + 2, + 1; every lane gets it.
RECKON_DEVICE float sum_of_16(float value) {
  for (int step = 8; step > 0; step /= 2) value = value + shuffle_xor(value, step);
  return value;
}
RECKON_DEVICE float largest_of_16(float value) {
  for (int step = 8; step > 0; step /= 2) value = larger(value, shuffle_xor(value, step));
  return value;
}

}  // namespace reckon::kernels::RECKON_CUDA_NS
