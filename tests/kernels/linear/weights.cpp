#include "tests/kernels/linear/weights.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "kernels/cpu/simd/half.h"
#include "kernels/stored_block.h"

namespace reckon::kernels::cpu::test {
namespace {

std::uint16_t small_half(std::mt19937& random, float scale) {
  return float_to_half(std::uniform_real_distribution<float>(-scale, scale)(random));
}

void fill_blocks(DataType type, std::mt19937& random, std::vector<std::byte>& data) {
  const BlockShape& shape = block_shape(type);
  for (std::size_t at = 0; at < data.size(); at += static_cast<std::size_t>(shape.bytes)) {
    BlockParts parts;
    for (std::uint8_t& code : parts.codes)
      code = static_cast<std::uint8_t>(random() & ((1U << shape.bits) - 1U));
    for (std::uint8_t& scale : parts.scales) scale = static_cast<std::uint8_t>(random() & 63U);
    for (std::uint8_t& minimum : parts.minima) minimum = static_cast<std::uint8_t>(random() & 63U);
    for (std::int8_t& scale : parts.scales16) scale = static_cast<std::int8_t>(random());
    const float code_scale = 1.0F / static_cast<float>(1 << (shape.bits - 1));
    parts.d = small_half(random, shape.elements == 256 ? code_scale / 32 : code_scale);
    if (shape.has_minimum) parts.m = small_half(random, shape.elements == 256 ? 1.0F / 32 : 1.0F);
    put_together(type, parts, data.data() + at);
  }
}

double round_to_even(double x) { return std::nearbyint(x); }

double nearest_fp8(double x) {
  double best = 0;
  double distance = INFINITY;
  bool even = false;
  for (int code = 0; code < 256; ++code) {
    const double value = static_cast<double>(fp8_to_float(static_cast<std::uint8_t>(code)));
    if (std::isnan(value)) continue;
    const double d = std::fabs(value - x);
    if (d < distance || (d == distance && (code & 1) == 0 && !even)) {
      best = value;
      distance = d;
      even = (code & 1) == 0;
    }
  }
  return best;
}

}  // namespace

std::unique_ptr<TestWeight> random_weight(DataType type, std::int64_t rows, std::int64_t columns,
                                          unsigned seed, std::int32_t scale_block) {
  std::mt19937 random(seed);
  auto weight = std::make_unique<TestWeight>();
  weight->data.resize(bytes_of(type, columns) * static_cast<std::uint64_t>(rows));
  std::normal_distribution<float> normal;
  const auto elements = static_cast<std::size_t>(rows * columns);
  for (std::size_t i = 0; i < elements && !is_quantised(type); ++i) {
    const float value = normal(random);
    if (type == DataType::f32) {
      std::memcpy(weight->data.data() + i * 4, &value, 4);
    } else if (type == DataType::f16) {
      const std::uint16_t raw = float_to_half(value);
      std::memcpy(weight->data.data() + i * 2, &raw, 2);
    } else if (type == DataType::bf16) {
      std::uint32_t raw;
      std::memcpy(&raw, &value, 4);
      const auto high = static_cast<std::uint16_t>(raw >> 16U);
      std::memcpy(weight->data.data() + i * 2, &high, 2);
    } else {  // FP8: every code but the NaNs
      unsigned code = random() & 0xffU;
      if ((code & 0x7fU) == 0x7fU) code ^= 1U;
      weight->data[i] = static_cast<std::byte>(code);
    }
  }
  if (is_quantised(type)) fill_blocks(type, random, weight->data);
  StoredTensor& stored = weight->stored;
  if (type == DataType::fp8_e4m3) {
    const std::int64_t blocks =
        ((rows + scale_block - 1) / scale_block) * ((columns + scale_block - 1) / scale_block);
    std::uniform_real_distribution<float> scale(0.001F, 0.01F);
    for (std::int64_t i = 0; i < blocks; ++i) weight->scales.push_back(scale(random));
    stored.scales = weight->scales;
    stored.scale_block_rows = scale_block;
    stored.scale_block_columns = scale_block;
  }
  stored.name = std::string("test.") + type_info(type).name;
  stored.type = type;
  stored.rows = rows;
  stored.columns = columns;
  stored.data = weight->data;
  return weight;
}

std::vector<float> random_floats(std::int64_t count, unsigned seed, float scale) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0.0F, scale);
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& value : values) value = normal(random);
  return values;
}

std::vector<double> seen_activations(DataType type, ActivationPrecision precision, const float* row,
                                     std::int64_t columns) {
  std::vector<double> seen(row, row + columns);
  const bool int8 = is_quantised(type);
  if (precision == ActivationPrecision::float32 || (!int8 && type != DataType::fp8_e4m3)) return seen;
  const std::int64_t block = int8 ? 32 : 128;
  for (std::int64_t begin = 0; begin < columns; begin += block) {
    const std::int64_t end = std::min(begin + block, columns);
    float amax = int8 ? 0.0F : 1.0e-4F;
    for (std::int64_t k = begin; k < end; ++k) amax = std::max(amax, std::fabs(row[k]));
    const float scale = amax / (int8 ? 127.0F : 448.0F);
    const float inverse = 127.0F / amax;
    for (std::int64_t k = begin; k < end; ++k) {
      const double code = int8 ? (amax > 0 ? round_to_even(static_cast<double>(row[k] * inverse)) : 0.0)
                               : nearest_fp8(static_cast<double>(row[k] / scale));
      seen[static_cast<std::size_t>(k)] = code * static_cast<double>(scale);
    }
  }
  return seen;
}

Reference reference_product(const LinearWeight& weight, ActivationPrecision precision, const float* input,
                            std::int64_t tokens, std::int64_t stride) {
  const std::int64_t columns = weight.columns();
  std::vector<float> values(static_cast<std::size_t>(weight.rows() * columns));
  weight.dequantise(0, weight.rows(), values.data());
  Reference reference;
  for (std::int64_t t = 0; t < tokens; ++t) {
    const std::vector<double> x = seen_activations(weight.type(), precision, input + t * stride, columns);
    for (std::int64_t r = 0; r < weight.rows(); ++r) {
      double sum = 0;
      double size = 0;
      for (std::int64_t k = 0; k < columns; ++k) {
        const double product = static_cast<double>(values[static_cast<std::size_t>(r * columns + k)]) *
                               x[static_cast<std::size_t>(k)];
        sum += product;
        size += std::fabs(product);
      }
      reference.value.push_back(sum);
      reference.size.push_back(size);
    }
  }
  return reference;
}

}  // namespace reckon::kernels::cpu::test
