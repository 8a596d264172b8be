#pragma once
// Shape checks whose messages name the operation and the shapes.

#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>

#include "kernels/tensor.h"

namespace reckon::kernels {

/// "[3, 576]"
std::string shape_text(const Tensor& tensor);

/// Throws an input error "rms_norm: output [3, 8] and gain [9] do not fit" unless `fits`.
void check_shapes(bool fits, const char* operation,
                  std::initializer_list<std::pair<const char*, const Tensor*>> tensors);

/// Bytes of a tensor that must be dense; `role` names it in the error.
std::uint64_t dense_bytes(const Tensor& tensor, const char* role);

/// The last dimension must be contiguous (or of extent 1).
void check_contiguous(const Tensor& tensor, const char* role);

}  // namespace reckon::kernels
