#pragma once
// A scan of every weight of a model's files, for damage that their directories do not show.

#include "engine/model/model_source.h"

namespace reckon::engine {

/// Reads every tensor: NaN or infinite numbers (F32, F16, BF16, F64), NaN codes of FP8, block scales of
/// quantised types and FP8 scales that are not finite (FP8's also negative). Error: each damaged tensor with
/// its file, its first bad element or block, the byte, and how many are bad (at most twenty tensors are
/// named).
void verify_model(const ModelSource& source);

}  // namespace reckon::engine
