#include "kernels/tensor.h"

#include "base/error.h"
#include "kernels/shapes.h"

namespace reckon::kernels {
namespace {

void set_dense_strides(Tensor& tensor) {
  std::int64_t stride = 1;
  for (int i = tensor.rank - 1; i >= 0; --i) {
    tensor.strides[static_cast<std::size_t>(i)] = stride;
    stride *= tensor.dim(i);
  }
}

void set_shape(Tensor& tensor, std::initializer_list<std::int64_t> shape, const char* operation) {
  if (shape.size() > static_cast<std::size_t>(kMaxRank))
    fail_input("{}: rank {} is over the {} that a tensor may have", operation, shape.size(), kMaxRank);
  tensor.rank = static_cast<int>(shape.size());
  std::size_t i = 0;
  for (const std::int64_t extent : shape) {
    if (extent < 0) fail_input("{}: negative extent {} in dimension {}", operation, extent, i);
    tensor.shape[i++] = extent;
  }
  set_dense_strides(tensor);
}

}  // namespace

const TypeInfo& type_info(DataType type) {
  // Block sizes of the GGUF types: ggml-common.h of llama.cpp (block_q4_0 ... block_q6_K).
  static constexpr TypeInfo kTypes[] = {
      {"f32", 1, 4},      {"f16", 1, 2},      {"bf16", 1, 2},     {"i32", 1, 4},      {"u8", 1, 1},
      {"fp8_e4m3", 1, 1}, {"q4_0", 32, 18},   {"q4_1", 32, 20},   {"q5_0", 32, 22},   {"q5_1", 32, 24},
      {"q8_0", 32, 34},   {"q4_k", 256, 144}, {"q5_k", 256, 176}, {"q6_k", 256, 210},
  };
  return kTypes[static_cast<std::size_t>(type)];
}

std::uint64_t bytes_of(DataType type, std::int64_t elements) {
  const TypeInfo& info = type_info(type);
  if (elements < 0 || elements % info.block_elements != 0)
    fail_input("{} elements of type {} are not whole blocks of {}", elements, info.name, info.block_elements);
  return static_cast<std::uint64_t>(elements / info.block_elements) *
         static_cast<std::uint64_t>(info.block_bytes);
}

bool is_dense(const Tensor& tensor) {
  std::int64_t stride = 1;
  for (int i = tensor.rank - 1; i >= 0; --i) {
    if (tensor.dim(i) > 1 && tensor.stride(i) != stride) return false;
    stride *= tensor.dim(i);
  }
  return true;
}

Tensor dense(BufferHandle buffer, DataType type, std::initializer_list<std::int64_t> shape,
             std::uint64_t offset_bytes) {
  Tensor tensor;
  tensor.buffer = buffer;
  tensor.offset_bytes = offset_bytes;
  tensor.type = type;
  set_shape(tensor, shape, "dense");
  return tensor;
}

Tensor narrow(const Tensor& tensor, int axis, std::int64_t begin, std::int64_t count) {
  if (axis < 0 || axis >= tensor.rank) fail_input("narrow: axis {} of tensor {}", axis, shape_text(tensor));
  if (is_quantised(tensor.type))
    fail_input("narrow: a tensor of blocks ({}) has no views", type_info(tensor.type).name);
  if (begin < 0 || count < 0 || begin > tensor.dim(axis) - count)
    fail_input("narrow: elements [{}, {}) of axis {} of tensor {}", begin, begin + count, axis,
               shape_text(tensor));
  Tensor view = tensor;
  view.shape[static_cast<std::size_t>(axis)] = count;
  view.offset_bytes += static_cast<std::uint64_t>(begin * tensor.stride(axis)) *
                       static_cast<std::uint64_t>(type_info(tensor.type).block_bytes);
  return view;
}

Tensor reshape(const Tensor& tensor, std::initializer_list<std::int64_t> shape) {
  if (!is_dense(tensor)) fail_input("reshape: tensor {} is a strided view, not dense", shape_text(tensor));
  Tensor result = tensor;
  set_shape(result, shape, "reshape");
  if (result.elements() != tensor.elements())
    fail_input("reshape: {} to {} changes the number of elements", shape_text(tensor), shape_text(result));
  return result;
}

Tensor split_last(const Tensor& tensor, std::int64_t inner) {
  if (tensor.rank < 1 || tensor.rank >= kMaxRank)
    fail_input("split_last: tensor {} has no room for another dimension", shape_text(tensor));
  const auto last = static_cast<std::size_t>(tensor.rank - 1);
  if (inner <= 0 || tensor.shape[last] % inner != 0)
    fail_input("split_last: the last dimension of {} is no multiple of {}", shape_text(tensor), inner);
  Tensor result = tensor;
  result.rank = tensor.rank + 1;
  result.shape[last] = tensor.shape[last] / inner;
  result.shape[last + 1] = inner;
  result.strides[last] = tensor.strides[last] * inner;
  result.strides[last + 1] = tensor.strides[last];
  return result;
}

}  // namespace reckon::kernels
