#pragma once
// How the element types of the KV cache become floats, as template parameters of the attention loops.

#include "kernels/cpu/simd/vec16.h"

namespace reckon::kernels::cpu::RECKON_SIMD_NS {
namespace {

constexpr int kLineBytes = 64;  ///< of a cache line

struct LoadF32 {
  using Element = float;
  RECKON_INLINE static Vec16 at(const float* p) { return load(p); }
};
struct LoadF16 {
  using Element = std::uint16_t;
  RECKON_INLINE static Vec16 at(const std::uint16_t* p) { return load_f16(p); }
};
struct LoadBf16 {
  using Element = std::uint16_t;
  RECKON_INLINE static Vec16 at(const std::uint16_t* p) { return load_bf16(p); }
};

}  // namespace
}  // namespace reckon::kernels::cpu::RECKON_SIMD_NS
