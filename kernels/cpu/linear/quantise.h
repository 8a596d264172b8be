#pragma once
// Activations to int8 by 32 channels and to FP8 by 128 channels. Kernel code (see vec16.h).

#include "kernels/cpu/linear/product_table.h"
#include "kernels/cpu/simd/magnitudes.h"
#include "kernels/cpu/simd/stream.h"

namespace reckon::kernels::cpu::RECKON_SIMD_NS {
namespace {

/// A block of 32 channels of a tile of n <= 16 tokens, one token a lane where each token has one value:
/// q = round to even (x * (127 / amax)), d = amax / 127. A NaN or infinity among a token's channels makes its
/// d NaN, and with it every result.
RECKON_INLINE void quantise_int8_block(std::uint8_t* block, int n, const float* x, std::int64_t stride) {
  // Values come into lanes by selection: storing them one by one and loading them together would wait for the
  // stores.
  static constexpr std::int32_t kLaneNumbers[kLanes] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  const Vec16i lane_numbers = load_i32(kLaneNumbers);
  const Vec16 limit = broadcast(kLargestFinite);
  const Vec16i none = broadcast_i32(0);
  Vec16 amax = zero();
  Vec16i finite = none;
  for (int t = 0; t < n; ++t) {
    const Vec16 low = abs(load(x + t * stride));
    const Vec16 high = abs(load(x + t * stride + kLanes));
    const Mask16 lane = equal(lane_numbers, broadcast_i32(t));
    amax = select(lane, broadcast(reduce_max(max(low, high))), amax);
    const bool all_finite = all(less_equal(low, limit) & less_equal(high, limit));
    finite = select(lane, broadcast_i32(all_finite ? 1 : 0), finite);
  }
  const Mask16 is_finite = equal(finite, broadcast_i32(1));
  const Mask16 is_zero = less(amax, broadcast(kSmallestAmax));
  const Vec16 d =
      select(is_finite, select(is_zero, zero(), amax / broadcast(127.0F)), broadcast(__builtin_nanf("")));
  float inverses[kLanes];
  std::int32_t is_finite_at[kLanes];
  store(inverses, select(is_zero | ~is_finite, zero(), broadcast(127.0F) / amax));
  store_i32(is_finite_at, finite);

  Vec16i low_sum = none;
  Vec16i high_sum = none;
  for (int t = 0; t < n; ++t) {
    auto* q = reinterpret_cast<std::int8_t*>(block) + t * kInt8Block;
    const Vec16 scale = broadcast(inverses[t]);
    const bool fits = is_finite_at[t] != 0;
    const Vec16i low = fits ? to_int(load(x + t * stride) * scale) : none;
    const Vec16i high = fits ? to_int(load(x + t * stride + kLanes) * scale) : none;
    store_i8(q, low);
    store_i8(q + kLanes, high);
    const Mask16 lane = equal(lane_numbers, broadcast_i32(t));
    low_sum = select(lane, broadcast_i32(reduce_add(low)), low_sum);
    high_sum = select(lane, broadcast_i32(reduce_add(high)), high_sum);
  }
  const Vec16i sum = low_sum + high_sum;
  const auto put = [&](int field, Vec16 values) {
    store_partial(reinterpret_cast<float*>(block + n * field), values, n);
  };
  put(kInt8Scale, d);
  put(kInt8ScaledSum, d * to_float(sum));
  put(kInt8Minus8, from_bits(sum * broadcast_i32(-8)));
  put(kInt8Minus16, from_bits(sum * broadcast_i32(-16)));
  put(kInt8Minus128, from_bits(sum * broadcast_i32(-128)));
  put(kInt8LowHalf, from_bits(low_sum * broadcast_i32(-32)));
  put(kInt8HighHalf, from_bits(high_sum * broadcast_i32(-32)));
}

void quantise_int8(std::uint8_t* tile, const float* input, std::int64_t stride, int tokens,
                   std::int64_t columns) {
  for (std::int64_t b = 0; b < columns / kInt8Block; ++b)
    quantise_int8_block(tile + b * kInt8BlockBytes * tokens, tokens, input + b * kInt8Block, stride);
}

void quantise_int8_for_others(std::uint8_t* tile, const float* input, std::int64_t stride, int tokens,
                              std::int64_t columns) {
  // So many blocks fill whole lines, whatever the number of tokens.
  constexpr int kBlocks = 16;
  static_assert(kBlocks * kInt8BlockBytes % 64 == 0);
  alignas(64) std::uint8_t own[kBlocks * kInt8BlockBytes * kMaxTileTokens];
  const std::int64_t blocks = columns / kInt8Block;
  for (std::int64_t first = 0; first < blocks; first += kBlocks) {
    const std::int64_t count = blocks - first < kBlocks ? blocks - first : kBlocks;
    for (std::int64_t b = 0; b < count; ++b)
      quantise_int8_block(own + b * kInt8BlockBytes * tokens, tokens, input + (first + b) * kInt8Block,
                          stride);
    stream_lines(tile + first * kInt8BlockBytes * tokens, own, (count * kInt8BlockBytes * tokens + 63) / 64);
  }
  stream_done();
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
