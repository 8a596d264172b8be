#pragma once
// A stored tensor as float32 numbers, for the few that are rearranged while a model is loaded.

#include <vector>

#include "kernels/weights.h"

namespace reckon::engine {

/// [rows * columns], row-major; FP8 with its scales multiplied in.
std::vector<float> dequantise(const kernels::StoredTensor& tensor);

}  // namespace reckon::engine
