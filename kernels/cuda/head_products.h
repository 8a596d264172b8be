#pragma once
// MLA's products by head on tensor cores: into the latent space and out of it.
//
// Inputs and matrices are rounded to the cache's type, sums are float32 over sixteen elements of `inner` at a
// time in ascending order, so that neither the batch nor what else is computed changes a bit.

#include "kernels/cuda/attention_kernels.h"
#include "kernels/cuda/weight_view.h"

namespace reckon::kernels::RECKON_CUDA_NS {

/// A part of each head's rows of kv_b as the matrix [heads][inner][width] of a product by head, with zeros
/// beyond its columns.
struct HeadMatrix {
  WeightView weight;  ///< [heads * head_rows, ..]
  std::int32_t heads = 0, inner = 0, columns = 0;
  std::int64_t width = 0;
  std::int32_t head_rows = 0;
  std::int32_t first_row = 0;  ///< of a head's rows
  bool transposed = false;     ///< the rows are the matrix's columns
};
void make_head_matrix(const Stream& stream, const HeadMatrix& matrix, Global<float> to);
/// In `type` (F16 or BF16), to the nearest, ties to even.
void make_head_matrix(const Stream& stream, const HeadMatrix& matrix, Global<std::uint16_t> to,
                      DataType type);

/// Whether products by this matrix can be computed here; `type` is the cache's.
bool fits_head_tensor_cores(const HeadMatrix& matrix, DataType type);

/// As multiply_heads(), with `matrix` [heads][inner][width] in `type` in place of the product's own.
void multiply_heads_on_tensor_cores(const Stream& stream, const HeadProduct& product,
                                    Global<const std::uint16_t> matrix, DataType type);

}  // namespace reckon::kernels::RECKON_CUDA_NS
