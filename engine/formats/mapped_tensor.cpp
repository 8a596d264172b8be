#include "engine/formats/mapped_tensor.h"

#include <cstring>

#include <fmt/ranges.h>

#include "base/error.h"

namespace reckon::engine {
namespace {

std::vector<std::int64_t> wanted_shape(const TensorRequest& request) {
  std::vector<std::int64_t> shape;
  if (request.slice >= 0) shape.push_back(request.slices);
  if (request.rows > 1 || request.role == TensorRole::linear || request.role == TensorRole::precise_linear ||
      request.role == TensorRole::embedding) {
    shape.push_back(request.rows);
  }
  shape.push_back(request.columns);
  return shape;
}

std::uintptr_t alignment_of(kernels::DataType type) {
  switch (type) {
    case kernels::DataType::f32:
    case kernels::DataType::i32:
      return 4;
    case kernels::DataType::f16:
    case kernels::DataType::bf16:
      return 2;
    default:
      return 1;
  }
}

}  // namespace

std::string shape_text(const std::vector<std::int64_t>& shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

kernels::StoredTensor described_tensor(const std::string& name, kernels::DataType type, std::int64_t rows,
                                       std::int64_t columns) {
  kernels::StoredTensor tensor;
  tensor.name = name;
  tensor.type = type;
  tensor.rows = rows;
  tensor.columns = columns;
  return tensor;
}

kernels::StoredTensor mapped_tensor(const TensorRecord& record, const TensorRequest& request,
                                    const std::shared_ptr<const MappedFile>& file) {
  const std::vector<std::int64_t> wanted = wanted_shape(request);
  if (record.shape != wanted) {
    fail_input(
        "{}: tensor '{}' has shape {}, but the config asks for {}; weights and config do not belong together",
        file->path(), record.name, shape_text(record.shape), shape_text(wanted));
  }
  if (!record.type || *record.type == kernels::DataType::u8 || *record.type == kernels::DataType::i32) {
    fail_input(
        "{}: tensor '{}' is of type {}, from which no weights are read (read are F32, F16, BF16, F8_E4M3, "
        "Q4_0, "
        "Q4_1, Q5_0, Q5_1, Q8_0, Q4_K, Q5_K, Q6_K)",
        file->path(), record.name, record.type_name);
  }
  kernels::StoredTensor tensor = described_tensor(record.name, *record.type, request.rows, request.columns);
  const std::uint64_t bytes = kernels::bytes_of(*record.type, request.rows * request.columns);
  const std::uint64_t offset =
      record.offset + (request.slice > 0 ? static_cast<std::uint64_t>(request.slice) * bytes : 0);
  if (offset + bytes > file->bytes().size()) {
    fail_input("{}: tensor '{}' ends at byte {}, after the end of the file", file->path(), record.name,
               offset + bytes);
  }
  tensor.data = file->bytes().subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(bytes));
  if (reinterpret_cast<std::uintptr_t>(tensor.data.data()) % alignment_of(*record.type) == 0) {
    tensor.file = file;
    return tensor;
  }
  auto copy = std::make_shared<std::vector<std::byte>>(tensor.data.begin(), tensor.data.end());
  tensor.data = *copy;
  tensor.owner = copy;
  return tensor;
}

}  // namespace reckon::engine
