#include "engine/formats/fp8_scales.h"

#include <cmath>
#include <cstring>

#include "base/error.h"
#include "engine/formats/float_types.h"
#include "engine/formats/mapped_tensor.h"

namespace reckon::engine {
namespace {

struct Scales {
  std::vector<float> values;
  std::shared_ptr<const void> data_owner;
};

float read_scale(const std::string& type, const std::byte* data, std::size_t index) {
  if (type == "F32") {
    float value = 0.0F;
    std::memcpy(&value, data + index * 4, 4);
    return value;
  }
  if (type == "BF16") {
    std::uint16_t bits = 0;
    std::memcpy(&bits, data + index * 2, 2);
    return from_bf16(bits);
  }
  const auto exponent = std::to_integer<int>(data[index]);  // F8_E8M0: 2^(e - 127), 255 is NaN
  return exponent == 255 ? std::nanf("") : std::ldexp(1.0F, exponent - 127);
}

}  // namespace

void attach_fp8_scales(kernels::StoredTensor& tensor, const TensorRecord& record,
                       const std::shared_ptr<const MappedFile>& file, std::int32_t block_rows,
                       std::int32_t block_columns) {
  const std::vector<std::int64_t> wanted{(tensor.rows + block_rows - 1) / block_rows,
                                         (tensor.columns + block_columns - 1) / block_columns};
  if (record.shape != wanted) {
    fail_input("{}: tensor '{}' has shape {}, but '{}' in blocks of {} x {} needs {}", file->path(),
               record.name, shape_text(record.shape), tensor.name, block_rows, block_columns,
               shape_text(wanted));
  }
  if (record.type_name != "F32" && record.type_name != "BF16" && record.type_name != "F8_E8M0") {
    fail_input("{}: tensor '{}' is of type {}; scales should be F32, BF16 or F8_E8M0", file->path(),
               record.name, record.type_name);
  }
  auto scales = std::make_shared<Scales>();
  scales->data_owner = tensor.owner;
  scales->values.resize(static_cast<std::size_t>(wanted[0] * wanted[1]));
  const std::byte* data = file->bytes().data() + record.offset;
  for (std::size_t i = 0; i < scales->values.size(); ++i) {
    const float scale = read_scale(record.type_name, data, i);
    if (!std::isfinite(scale) || scale < 0.0F) {
      fail_input("{}: tensor '{}': scale {} is {}; scales should be finite and not negative", file->path(),
                 record.name, i, scale);
    }
    scales->values[i] = scale;
  }
  tensor.scales = scales->values;
  tensor.scale_block_rows = block_rows;
  tensor.scale_block_columns = block_columns;
  tensor.owner = scales;
}

}  // namespace reckon::engine
