#pragma once
// The code in this program that runs on the current device.

#include <optional>

namespace reckon::kernels::cuda {

/// The compute capability that it was compiled for (80 is 8.0); none: there is no such code.
std::optional<int> device_code_version();

}  // namespace reckon::kernels::cuda
