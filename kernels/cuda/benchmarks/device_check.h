#pragma once
// Whether a case computes what it should, before it is timed.

#include <optional>

#include "kernels/cuda/benchmarks/device_cases.h"

namespace reckon::kernels::RECKON_CUDA_NS {

/// Most work of a case that the CPU back end repeats; larger ones bring a smaller problem of the same
/// kernels.
constexpr double kMostCheckedFlops = 4e9;
constexpr double kMostCheckedBytes = 4e8;
bool can_be_repeated(const DeviceCase& item);
/// Of the back end that the case runs on.
BackendOptions options_of(const DeviceCase& item);

/// Largest difference to what the CPU back end makes of the same data (or of the case's smaller problem), as
/// a share of the largest value; absent where nothing can be compared. The call was made once. Errors: more
/// than rounding to 16 bits explains.
std::optional<double> check_case(const DeviceCase& item, const PreparedCall& prepared, Backend& backend);
/// The same for a case of the device alone, by its own comparison.
std::optional<double> check_case(const DeviceCase& item, const PreparedOnDevice& prepared);

}  // namespace reckon::kernels::RECKON_CUDA_NS
