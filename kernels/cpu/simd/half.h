#pragma once
// IEEE binary16 by integer arithmetic: the bits that F16C gives, on any processor.

#include <cstdint>

#include "kernels/cpu/simd/inline.h"

namespace reckon::kernels::cpu {
namespace {

RECKON_INLINE float half_to_float(std::uint16_t h) {
  const std::uint32_t sign = static_cast<std::uint32_t>(h & 0x8000U) << 16U;
  const std::uint32_t magnitude = h & 0x7fffU;
  std::uint32_t raw;
  if (magnitude >= 0x7c00U) {  // infinity, NaN (made quiet)
    raw = sign | 0x7f800000U | (magnitude & 0x3ffU) << 13U | (magnitude > 0x7c00U ? 0x400000U : 0U);
  } else if (magnitude >= 0x400U) {
    raw = sign | ((magnitude << 13U) + 0x38000000U);
  } else {  // subnormal: an integer times 2^-24, exact in float
    const float value = static_cast<float>(magnitude) * 5.9604644775390625e-8F;
    __builtin_memcpy(&raw, &value, sizeof raw);
    raw |= sign;
  }
  float value;
  __builtin_memcpy(&value, &raw, sizeof value);
  return value;
}

/// Rounds to nearest even.
RECKON_INLINE std::uint16_t float_to_half(float value) {
  std::uint32_t raw;
  __builtin_memcpy(&raw, &value, sizeof raw);
  const std::uint32_t sign = (raw >> 16U) & 0x8000U;
  const std::uint32_t magnitude = raw & 0x7fffffffU;
  std::uint32_t result;
  if (magnitude > 0x7f800000U) {
    result = 0x7e00U | ((magnitude >> 13U) & 0x3ffU);
  } else if (magnitude >= 0x477ff000U) {  // rounds to 65536 or more
    result = 0x7c00U;
  } else if (magnitude >= 0x38800000U) {
    result = (magnitude - 0x38000000U + 0xfffU + ((magnitude >> 13U) & 1U)) >> 13U;
  } else {  // subnormal: adding 0.5 aligns the mantissa so that float addition itself rounds
    float size;
    __builtin_memcpy(&size, &magnitude, sizeof size);
    size += 0.5F;
    __builtin_memcpy(&result, &size, sizeof result);
    result -= 0x3f000000U;
  }
  return static_cast<std::uint16_t>(sign | result);
}

}  // namespace
}  // namespace reckon::kernels::cpu
