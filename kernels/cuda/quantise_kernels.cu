// Activations in the integers and FP8 codes that products take.
#include "kernels/cuda/product_kernels.h"

#include "kernels/cuda/launch.h"
#include "kernels/cuda/math.h"

namespace reckon::kernels::RECKON_CUDA_NS {
namespace {

/// int8 by 32 channels: q = round to even (x * (127 / amax)), d = amax / 127. A NaN or infinity among them
/// makes d NaN, and with it every result.
struct QuantiseInt8 {
  static constexpr int kThreads = 128;
  static constexpr int kWarps = kThreads / kWarpThreads;
  Activations a;

  RECKON_DEVICE void operator()() const {
    const std::int64_t token = block_x();
    const std::int64_t b = std::int64_t{block_y()} * kWarps + thread_index() / kWarpThreads;
    if (b >= a.scales_per_row) return;  // whole warps
    const std::int64_t column = b * kInt8Block + lane();
    const float x = a.floats.row(token)[column];
    const bool finite = ballot(!is_finite(x)) == 0;
    float amax = absolute(x);
    for (int step = 16; step > 0; step /= 2) amax = larger(amax, shuffle_xor(amax, step));
    float d = amax / 127.0F;
    float inverse = 127.0F / amax;
    if (!finite) {
      d = not_a_number();
      inverse = 0.0F;
    } else if (amax < 1.0e-30F) {
      d = 0.0F;
      inverse = 0.0F;
    }
    const int q = finite ? to_int(x * inverse) : 0;
    int sum = q;
    for (int step = 16; step > 0; step /= 2) sum += shuffle_xor(sum, step);
    a.int8[token * a.floats.columns + column] = static_cast<std::int8_t>(q);
    if (lane() != 0) return;
    a.scales[token * a.scales_per_row + b] = d;
    a.scaled_sums[token * a.scales_per_row + b] = d * static_cast<float>(sum);
  }
};

/// To the nearest FP8 E4M3 code, ties to even; |y| <= 448 but for rounding. NaN stays NaN.
RECKON_DEVICE std::uint8_t fp8_code(float y) {
  const std::uint32_t sign = bits_of(y) >> 24U & 0x80U;
  const float size = absolute(y);
  if (y != y) return static_cast<std::uint8_t>(sign | 0x7fU);
  if (size < 0.015625F)
    return static_cast<std::uint8_t>(sign | static_cast<std::uint32_t>(to_int(size * 512.0F)));
  const std::uint32_t raw = bits_of(size);
  const std::uint32_t rounded = raw + (raw >> 20U & 1U) + 0x7ffffU;
  return static_cast<std::uint8_t>(sign | ((rounded >> 20U) - (120U << 3U)));
}

/// DeepSeek-V3 inference/kernel.py, act_quant: scale = amax / 448 by 128 channels, amax at least 1e-4.
struct QuantiseFp8 {
  static constexpr int kThreads = 128;
  static constexpr int kGroups = kThreads / 16;
  Activations a;

  RECKON_DEVICE void operator()() const {
    const std::int64_t token = block_x();
    const std::int64_t b = std::int64_t{block_y()} * kGroups + thread_index() / 16;
    const bool exists = b < a.scales_per_row;
    const std::int64_t begin = (exists ? b : 0) * kFp8Block;
    const std::int64_t end = begin + kFp8Block < a.floats.columns ? begin + kFp8Block : a.floats.columns;
    const Global<const float> in = a.floats.row(token);
    float amax = 1.0e-4F;
    for (std::int64_t k = begin + thread_index() % 16; k < end; k += 16) amax = larger(amax, absolute(in[k]));
    float scale = largest_of_16(amax) / 448.0F;
    const std::uint32_t raw = bits_of(scale);
    if (a.power_of_two && raw < 0x7f800000U) scale = from_bits((raw + 0x7fffffU) & ~0x7fffffU);
    if (!exists) return;
    for (std::int64_t k = begin + thread_index() % 16; k < end; k += 16)
      a.fp8[token * a.floats.columns + k] = fp8_code(in[k] / scale);
    if (thread_index() % 16 == 0) a.scales[token * a.scales_per_row + b] = scale;
  }
};

}  // namespace

void quantise_int8(const Stream& stream, const Activations& activations) {
  launch(stream, "quantise_int8", QuantiseInt8{activations},
         {activations.floats.rows, blocks_for(activations.scales_per_row, QuantiseInt8::kWarps)});
}

void quantise_fp8(const Stream& stream, const Activations& activations) {
  launch(stream, "quantise_fp8", QuantiseFp8{activations},
         {activations.floats.rows, blocks_for(activations.scales_per_row, QuantiseFp8::kGroups)});
}

}  // namespace reckon::kernels::RECKON_CUDA_NS
