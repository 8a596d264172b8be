#pragma once
// Whether the code in this program runs on the current device.

namespace reckon::kernels::cuda {

bool device_code_runs();

}  // namespace reckon::kernels::cuda
