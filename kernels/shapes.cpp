#include "kernels/shapes.h"

#include <initializer_list>
#include <utility>

#include "base/error.h"

namespace reckon::kernels {

std::string shape_text(const Tensor& tensor) {
  std::string text = "[";
  for (int i = 0; i < tensor.rank; ++i) {
    if (i > 0) text += ", ";
    text += std::to_string(tensor.dim(i));
  }
  return text + "]";
}

void check_shapes(bool fits, const char* operation,
                  std::initializer_list<std::pair<const char*, const Tensor*>> tensors) {
  if (fits) return;
  std::string list;
  for (const auto& [name, tensor] : tensors) {
    if (!list.empty()) list += ", ";
    list += std::string(name) + " " + shape_text(*tensor);
  }
  fail_input("{}: {} do not fit together", operation, list);
}

std::uint64_t dense_bytes(const Tensor& tensor, const char* role) {
  if (!is_dense(tensor)) fail_input("{}: {} is a strided view, not dense", role, shape_text(tensor));
  return bytes_of(tensor.type, tensor.elements());
}

void check_contiguous(const Tensor& tensor, const char* role) {
  if (tensor.rank > 0 && tensor.dim(tensor.rank - 1) > 1 && tensor.stride(tensor.rank - 1) != 1)
    fail_input("{}: the last dimension of {} has stride {}, not 1", role, shape_text(tensor),
               tensor.stride(tensor.rank - 1));
}

}  // namespace reckon::kernels
