#pragma once
// A weight in device memory, and its elements as floats.

#include <cstdint>

#include "kernels/cuda/pointers.h"
#include "kernels/tensor.h"

namespace reckon::kernels::RECKON_CUDA_NS {

/// Rows as they are stored in a file, one after the other.
struct WeightView {
  Global<const std::uint8_t> data = nullptr;
  Global<const float> scales = nullptr;  ///< FP8 only: [.., scales_per_row]
  DataType type = DataType::f32;
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::int64_t row_bytes = 0;
  std::int32_t scale_block_rows = 0;
  std::int32_t scale_block_columns = 0;
  std::int64_t scales_per_row = 0;
};

}  // namespace reckon::kernels::RECKON_CUDA_NS
