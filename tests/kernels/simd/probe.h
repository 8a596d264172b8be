#pragma once
// Every operation of vec16.h and math.h over arrays, compiled once per path, so that tests compare their
// bits.

#include <cstdint>

namespace reckon::kernels::cpu {

using UnaryProbe = void (*)(float* out, const float* in, int n);  ///< n a multiple of 16

struct SimdProbe {
  UnaryProbe negate, abs, sqrt, round_even, to_int_and_back, through_f16, through_bf16;
  UnaryProbe exp, log, sin, cos, sigmoid, silu, gelu_tanh;
  void (*fma)(float* out, const float* a, const float* b, const float* c, int n);
  void (*fnma)(float* out, const float* a, const float* b, const float* c, int n);
  void (*arithmetic)(float* out, const float* a, const float* b,
                     int n);  ///< out [n * 9]: + - * / max min < <= ==
  void (*integers)(std::int32_t* out, const std::int32_t* a, const std::int32_t* b, int n);  ///< out [n * 11]
  void (*add_dot_pairs)(std::int32_t* sums, const std::int32_t* a, const std::int32_t* b, int n);
  float (*reduce_add)(const float* lanes);
  float (*reduce_max)(const float* lanes);
  void (*store_f16)(std::uint16_t* out, const float* in, int n);
  void (*store_bf16)(std::uint16_t* out, const float* in, int n);
  void (*load_f16)(float* out, const std::uint16_t* in, int n);
  void (*load_bf16)(float* out, const std::uint16_t* in, int n);
  void (*load_i8)(std::int32_t* out, const std::int8_t* in, int n);
  void (*load_u8)(std::int32_t* out, const std::uint8_t* in, int n);
  void (*copy_partial)(float* out, const float* in, int n);                       ///< n in [0, 16]
  void (*copy_partial_f16)(std::uint16_t* out, const std::uint16_t* in, int n);   ///< n in [0, 16]
  void (*copy_partial_bf16)(std::uint16_t* out, const std::uint16_t* in, int n);  ///< n in [0, 16]
};

namespace portable {
extern const SimdProbe simd_probe;
}
namespace avx2 {
extern const SimdProbe simd_probe;
}
namespace avx512 {
extern const SimdProbe simd_probe;
}

}  // namespace reckon::kernels::cpu
