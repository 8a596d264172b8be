#pragma once
// MLA's products by head on tensor cores: into the latent space and out of it.
//
// Inputs and matrices are rounded to the cache's type, sums are float32 over sixteen elements of `inner` at a
// time in ascending order, so that neither the batch nor what else is computed changes a bit.

#include "kernels/cuda/attention_kernels.h"

namespace reckon::kernels::RECKON_CUDA_NS {

/// Whether a product can be computed here; `type` is the cache's.
bool fits_head_tensor_cores(const HeadProduct& product, DataType type);

/// `to` [count] = `from` in `type` (F16 or BF16), to the nearest, ties to even.
void round_matrix(const Stream& stream, Global<std::uint16_t> to, Global<const float> from,
                  std::int64_t count, DataType type);

/// As multiply_heads(), with `matrix` [heads][inner][width] in `type` in place of the product's own.
void multiply_heads_on_tensor_cores(const Stream& stream, const HeadProduct& product,
                                    Global<const std::uint16_t> matrix, DataType type);

}  // namespace reckon::kernels::RECKON_CUDA_NS
