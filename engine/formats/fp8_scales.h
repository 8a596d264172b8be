#pragma once
// Block scales of FP8 weights: the tensor "X.weight_scale_inv" beside "X.weight", multiplied in.

#include "base/files.h"
#include "engine/model/model_source.h"

namespace reckon::engine {

/// Attaches the scales in `record` ([ceil(rows / block_rows), ceil(columns / block_columns)], F32, BF16 or
/// F8_E8M0) to an FP8 tensor. Errors: another shape or type; a scale that is negative, infinite or NaN.
void attach_fp8_scales(kernels::StoredTensor& tensor, const TensorRecord& record,
                       const std::shared_ptr<const MappedFile>& file, std::int32_t block_rows,
                       std::int32_t block_columns);

}  // namespace reckon::engine
