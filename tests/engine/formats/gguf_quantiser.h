#pragma once
// Random weights as GGUF blocks: each block by its largest or smallest values, as plainly as it goes.

#include <span>
#include <string>
#include <vector>

#include "kernels/tensor.h"

namespace reckon::test {

/// The blocks of `type` (F32: the floats themselves) that come nearest to `values`, which are whole blocks.
std::string quantised(kernels::DataType type, std::span<const float> values);

/// The values that such blocks stand for.
std::vector<float> dequantised(kernels::DataType type, const std::string& blocks);

}  // namespace reckon::test
