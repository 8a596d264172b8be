#pragma once
// Activations to int8 by 32 channels and to FP8 by 128 channels. Kernel code (see vec16.h).

#include "kernels/cpu/linear/product_table.h"
#include "kernels/cpu/simd/vec16.h"

namespace reckon::kernels::cpu::RECKON_SIMD_NS {
namespace {

constexpr float kLargestFinite = 3.40282347e+38F;
/// Channels all smaller than this count as zero: 127 / amax would overflow.
constexpr float kSmallestAmax = 1.0e-30F;

template <typename T>
RECKON_INLINE void put(std::uint8_t* to, T value) {
  __builtin_memcpy(to, &value, sizeof value);
}

/// 32 channels of one token: q = round to even (x * (127 / amax)), d = amax / 127. A NaN or infinity among
/// them makes d NaN, and with it every result.
RECKON_INLINE void quantise_int8_block(std::uint8_t* block, int token, int tokens, const float* x) {
  const Vec16 low = load(x);
  const Vec16 high = load(x + kLanes);
  const Vec16 largest = max(abs(low), abs(high));
  const Vec16 limit = broadcast(kLargestFinite);
  const bool finite = all(less_equal(abs(low), limit) & less_equal(abs(high), limit));
  const float amax = reduce_max(largest);
  float d = amax / 127.0F;
  float inverse = 127.0F / amax;
  if (!finite) {
    d = __builtin_nanf("");
    inverse = 0.0F;
  } else if (amax < kSmallestAmax) {
    d = 0.0F;
    inverse = 0.0F;
  }
  const Vec16 scale = broadcast(inverse);
  const Vec16i first = finite ? to_int(low * scale) : broadcast_i32(0);
  const Vec16i last = finite ? to_int(high * scale) : broadcast_i32(0);
  auto* q = reinterpret_cast<std::int8_t*>(block) + token * kInt8Block;
  store_i8(q, first);
  store_i8(q + kLanes, last);
  const std::int32_t low_sum = reduce_add(first);
  const std::int32_t high_sum = reduce_add(last);
  const std::int32_t sum = low_sum + high_sum;
  const auto field = [&](int at) { return block + tokens * at + token * 4; };
  put(field(kInt8Scale), d);
  put(field(kInt8ScaledSum), d * static_cast<float>(sum));
  put(field(kInt8Minus8), -8 * sum);
  put(field(kInt8Minus16), -16 * sum);
  put(field(kInt8Minus128), -128 * sum);
  put(field(kInt8LowHalf), -32 * low_sum);
  put(field(kInt8HighHalf), -32 * high_sum);
}

void quantise_int8(std::uint8_t* tile, const float* input, std::int64_t stride, int tokens,
                   std::int64_t columns) {
  for (int t = 0; t < tokens; ++t) {
    for (std::int64_t b = 0; b < columns / kInt8Block; ++b)
      quantise_int8_block(tile + b * kInt8BlockBytes * tokens, t, tokens,
                          input + t * stride + b * kInt8Block);
  }
}

/// To the nearest FP8 E4M3 value, ties to even; |y| <= 448 beforehand (but for rounding). NaN stays NaN.
RECKON_INLINE Vec16 round_fp8(Vec16 y) {
  // Normal numbers keep 3 bits of mantissa; below 2^-6 the spacing is 2^-9.
  const Vec16i raw = bits(y);
  const Vec16i odd = shift_right_logical<20>(raw) & broadcast_i32(1);
  const Vec16 normal = from_bits((raw + odd + broadcast_i32(0x7ffff)) & broadcast_i32(~0xfffff));
  const Vec16 small = round_even(y * broadcast(512.0F)) * broadcast(0.001953125F);
  const Vec16 rounded = select(less(abs(y), broadcast(0.015625F)), small, normal);
  return select(is_nan(y), y, rounded);
}

/// The smallest power of two that is not below `scale`, a positive normal number.
RECKON_INLINE float power_of_two_above(float scale) {
  const auto raw = __builtin_bit_cast(std::uint32_t, scale);
  return raw < 0x7f800000U ? __builtin_bit_cast(float, (raw + 0x7fffffU) & ~0x7fffffU) : scale;
}

/// DeepSeek-V3 inference/kernel.py, act_quant: scale = amax / 448 by 128 channels, amax at least 1e-4; with
/// scale_fmt ue8m0 (V3.1) rounded up to a power of two.
void quantise_fp8(float* out, float* scales, const float* input, std::int64_t columns, bool power_of_two) {
  for (std::int64_t begin = 0, b = 0; begin < columns; begin += kFp8Block, ++b) {
    const std::int64_t end = begin + kFp8Block < columns ? begin + kFp8Block : columns;
    const auto lanes_at = [&](std::int64_t k) {
      return k + kLanes <= end ? load(input + k) : load_partial(input + k, static_cast<int>(end - k));
    };
    Vec16 largest = broadcast(1.0e-4F);
    for (std::int64_t k = begin; k < end; k += kLanes) largest = max(largest, abs(lanes_at(k)));
    const float plain_scale = reduce_max(largest) / 448.0F;
    const float scale = power_of_two ? power_of_two_above(plain_scale) : plain_scale;
    scales[b] = scale;
    for (std::int64_t k = begin; k < end; k += kLanes)
      store(out + k, round_fp8(lanes_at(k) / broadcast(scale)) * broadcast(256.0F));
  }
}

}  // namespace
}  // namespace reckon::kernels::cpu::RECKON_SIMD_NS
