#pragma once
// Tensors as rows, for operations that take them one by one.

#include "base/error.h"
#include "kernels/cpu/linear/linear.h"
#include "kernels/cpu/memory.h"
#include "kernels/shapes.h"

namespace reckon::kernels::cpu {

/// Rows of a [T, N] tensor, or of a [T, A, B] one whose last two dimensions lie together.
template <typename RowsType>
RowsType as_rows(const View<float>& view, const Tensor& tensor, const char* role) {
  const bool flat = view.rank == 3 && (view.dim(1) == 1 || view.stride(1) == view.dim(2));
  if (view.rank != 2 && !flat) fail_input("{}: {} is not a matrix of rows", role, shape_text(tensor));
  check_contiguous(tensor, role);
  RowsType rows;
  rows.data = view.data;
  rows.rows = view.dim(0);
  rows.columns = flat ? view.dim(1) * view.dim(2) : view.dim(1);
  rows.stride = view.stride(0);
  return rows;
}

}  // namespace reckon::kernels::cpu
