#pragma once
// Operations on rows of activations.

#include <cstdint>

#include "kernels/cuda/pointers.h"
#include "kernels/cuda/stream.h"
#include "kernels/cuda/weight_view.h"
#include "kernels/tensor.h"

namespace reckon::kernels::RECKON_CUDA_NS {

/// Rows of rank 2 or 3: row r lies at r / inner * outer_stride + r % inner * inner_stride.
template <class T>
struct RowsOf {
  Global<T> data = nullptr;
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::int64_t inner = 1;
  std::int64_t outer_stride = 0;
  std::int64_t inner_stride = 0;

  RECKON_HOST_DEVICE Global<T> row(std::int64_t r) const {
    return data + (r / inner * outer_stride + r % inner * inner_stride);
  }
};

void rms_norm(const Stream& stream, const RowsOf<float>& output, const RowsOf<const float>& input,
              Global<const float> gain, float epsilon);
void add(const Stream& stream, const RowsOf<float>& output, const RowsOf<const float>& left,
         const RowsOf<const float>& right);
/// output = activation(gate) * up; `gelu`: its tanh form, else SiLU.
void activate(const Stream& stream, const RowsOf<float>& output, const RowsOf<const float>& gate,
              const RowsOf<const float>& up, bool gelu);

/// Elements of four bytes between two tensors of one shape.
struct StridedCopy {
  Global<std::int32_t> to = nullptr;
  Global<const std::int32_t> from = nullptr;
  std::int64_t shape[kMaxRank] = {1, 1, 1, 1};
  std::int64_t to_strides[kMaxRank] = {};
  std::int64_t from_strides[kMaxRank] = {};
};
void copy(const Stream& stream, const StridedCopy& copy);

void gather_rows(const Stream& stream, const RowsOf<float>& output, const RowsOf<const float>& input,
                 Global<const std::int32_t> rows, std::int64_t rows_stride, Global<int> faults);
void mark_non_finite(const Stream& stream, Global<std::int32_t> first_bad, std::int64_t stride,
                     const RowsOf<const float>& input, std::int32_t tag);
/// Rows ids[i] of a table, as floats.
void embed(const Stream& stream, const RowsOf<float>& output, const WeightView& table,
           Global<const std::int32_t> ids, Global<int> faults);

}  // namespace reckon::kernels::RECKON_CUDA_NS
