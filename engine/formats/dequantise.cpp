#include "engine/formats/dequantise.h"

#include <cstring>

#include "base/error.h"
#include "engine/formats/float_types.h"
#include "kernels/stored_block.h"

namespace reckon::engine {
namespace {

using kernels::DataType;

std::uint16_t half_at(const std::byte* data, std::size_t index) {
  std::uint16_t bits = 0;
  std::memcpy(&bits, data + index * 2, 2);
  return bits;
}

float plain_value(const kernels::StoredTensor& tensor, std::size_t index) {
  const std::byte* data = tensor.data.data();
  switch (tensor.type) {
    case DataType::f32: {
      float value = 0.0F;
      std::memcpy(&value, data + index * 4, 4);
      return value;
    }
    case DataType::f16:
      return from_f16(half_at(data, index));
    case DataType::bf16:
      return from_bf16(half_at(data, index));
    case DataType::fp8_e4m3: {
      const auto columns = static_cast<std::size_t>(tensor.columns);
      const auto block_columns = static_cast<std::size_t>(tensor.scale_block_columns);
      const std::size_t block_row = index / columns / static_cast<std::size_t>(tensor.scale_block_rows);
      const std::size_t row_blocks = (columns + block_columns - 1) / block_columns;
      const float scale = tensor.scales[block_row * row_blocks + index % columns / block_columns];
      return scale * from_fp8_e4m3(std::to_integer<std::uint8_t>(data[index]));
    }
    default:
      fail_input("tensor '{}': type {} holds no weights", tensor.name, kernels::type_info(tensor.type).name);
  }
}

}  // namespace

std::vector<float> dequantise(const kernels::StoredTensor& tensor) {
  const auto elements = static_cast<std::size_t>(tensor.rows * tensor.columns);
  std::vector<float> values(elements);
  if (!kernels::is_quantised(tensor.type)) {
    for (std::size_t i = 0; i < elements; ++i) values[i] = plain_value(tensor, i);
    return values;
  }
  const kernels::TypeInfo& info = kernels::type_info(tensor.type);
  const auto block = static_cast<std::size_t>(info.block_elements);
  for (std::size_t i = 0; i < elements / block; ++i) {
    kernels::dequantise_block(tensor.type,
                              tensor.data.data() + i * static_cast<std::size_t>(info.block_bytes),
                              values.data() + i * block);
  }
  return values;
}

}  // namespace reckon::engine
