#include "tests/engine/formats/gguf_quantiser.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "kernels/cpu/simd/half.h"
#include "kernels/stored_block.h"

namespace reckon::test {
namespace {

using kernels::BlockParts;
using kernels::BlockShape;
using kernels::DataType;

// d is rounded to f16 first: codes are then those of the scale that is stored.
float rounded_to_half(float value, std::uint16_t& half) {
  half = kernels::cpu::float_to_half(value);
  return kernels::cpu::half_to_float(half);
}

std::uint8_t nearest_code(float steps, int bits) {
  return static_cast<std::uint8_t>(
      std::clamp(std::nearbyint(steps), 0.0F, static_cast<float>((1 << bits) - 1)));
}

float largest_magnitude(std::span<const float> values) {
  float largest = 0.0F;
  for (const float value : values) largest = std::max(largest, std::fabs(value));
  return largest;
}

void put_codes(std::span<const float> values, float step, float zero, int bits, std::uint8_t* codes) {
  for (std::size_t i = 0; i < values.size(); ++i)
    codes[i] = step == 0.0F ? 0 : nearest_code((values[i] - zero) / step, bits);
}

// value = d * (code - offset): Q4_0, Q5_0, Q8_0
void quantise_symmetric(const BlockShape& shape, std::span<const float> values, BlockParts& parts) {
  const auto offset = static_cast<float>(shape.offset);
  const float d = rounded_to_half(largest_magnitude(values) / (offset - 1.0F), parts.d);
  put_codes(values, d, -offset * d, shape.bits, parts.codes.data());
}

// value = d * code + m: Q4_1, Q5_1
void quantise_with_minimum(const BlockShape& shape, std::span<const float> values, BlockParts& parts) {
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  const float d = rounded_to_half((*high - *low) / static_cast<float>((1 << shape.bits) - 1), parts.d);
  const float m = rounded_to_half(*low, parts.m);
  put_codes(values, d, m, shape.bits, parts.codes.data());
}

// value = d * scale * code - m * minimum, a scale and a minimum for each 32: Q4_K, Q5_K
void quantise_k(const BlockShape& shape, std::span<const float> values, BlockParts& parts) {
  float steps[8], depths[8];
  for (std::size_t s = 0; s < 8; ++s) {
    const auto part = values.subspan(s * 32, 32);
    const auto [low, high] = std::minmax_element(part.begin(), part.end());
    depths[s] = std::max(0.0F, -*low);
    steps[s] = std::max(0.0F, *high + depths[s]) / static_cast<float>((1 << shape.bits) - 1);
  }
  const float d = rounded_to_half(*std::max_element(steps, steps + 8) / 63.0F, parts.d);
  const float m = rounded_to_half(*std::max_element(depths, depths + 8) / 63.0F, parts.m);
  for (std::size_t s = 0; s < 8; ++s) {
    parts.scales[s] = d == 0.0F ? 0 : nearest_code(steps[s] / d, 6);
    parts.minima[s] = m == 0.0F ? 0 : nearest_code(depths[s] / m, 6);
    put_codes(values.subspan(s * 32, 32), d * static_cast<float>(parts.scales[s]),
              -m * static_cast<float>(parts.minima[s]), shape.bits, parts.codes.data() + s * 32);
  }
}

// value = d * scale * (code - 32), a signed scale for each 16: Q6_K
void quantise_q6_k(const BlockShape& shape, std::span<const float> values, BlockParts& parts) {
  const auto offset = static_cast<float>(shape.offset);
  const float d = rounded_to_half(largest_magnitude(values) / (offset - 1.0F) / 127.0F, parts.d);
  for (std::size_t s = 0; s < 16; ++s) {
    const auto part = values.subspan(s * 16, 16);
    const float step = largest_magnitude(part) / (offset - 1.0F);
    parts.scales16[s] = static_cast<std::int8_t>(d == 0.0F ? 0 : nearest_code(step / d, 7));
    const float scale = d * static_cast<float>(parts.scales16[s]);
    put_codes(part, scale, -offset * scale, shape.bits, parts.codes.data() + s * 16);
  }
}

void quantise_block(DataType type, std::span<const float> values, std::byte* block) {
  const BlockShape& shape = kernels::block_shape(type);
  BlockParts parts;
  if (type == DataType::q6_k) {
    quantise_q6_k(shape, values, parts);
  } else if (shape.elements == 256) {
    quantise_k(shape, values, parts);
  } else if (shape.has_minimum) {
    quantise_with_minimum(shape, values, parts);
  } else {
    quantise_symmetric(shape, values, parts);
  }
  kernels::put_together(type, parts, block);
}

}  // namespace

std::string quantised(DataType type, std::span<const float> values) {
  if (type == DataType::f32) return {reinterpret_cast<const char*>(values.data()), values.size_bytes()};
  const BlockShape& shape = kernels::block_shape(type);
  const auto elements = static_cast<std::size_t>(shape.elements);
  const auto bytes = static_cast<std::size_t>(shape.bytes);
  std::string blocks(values.size() / elements * bytes, '\0');
  for (std::size_t i = 0; i < values.size() / elements; ++i)
    quantise_block(type, values.subspan(i * elements, elements),
                   reinterpret_cast<std::byte*>(blocks.data() + i * bytes));
  return blocks;
}

std::vector<float> dequantised(DataType type, const std::string& blocks) {
  std::vector<float> values;
  if (type == DataType::f32) {
    values.resize(blocks.size() / sizeof(float));
    std::memcpy(values.data(), blocks.data(), blocks.size());
    return values;
  }
  const BlockShape& shape = kernels::block_shape(type);
  const auto elements = static_cast<std::size_t>(shape.elements);
  const auto bytes = static_cast<std::size_t>(shape.bytes);
  values.resize(blocks.size() / bytes * elements);
  for (std::size_t i = 0; i < blocks.size() / bytes; ++i)
    kernels::dequantise_block(type, reinterpret_cast<const std::byte*>(blocks.data() + i * bytes),
                              values.data() + i * elements);
  return values;
}

}  // namespace reckon::test
