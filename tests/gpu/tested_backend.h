#pragma once
// The CUDA back end under test: on a card, or on the execution model of tests/cuda_on_host.

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

#include "kernels/backend.h"

namespace reckon::kernels::test {

/// Whole programs are linked twice; each link says which one it tests.
std::unique_ptr<Backend> make_tested_backend(const BackendOptions& options);

/// See CudaBackend::limit_cuts().
void limit_cuts(Backend& backend, std::int64_t floats);

/// How much a test may ask for: the execution model is some thousand times slower than a card.
bool on_a_card();

/// Whether the tested device says so of itself (DeviceInfo::features).
inline bool has_feature(std::string_view name) {
  const DeviceInfo device = make_tested_backend({})->device();
  return std::find(device.features.begin(), device.features.end(), name) != device.features.end();
}
/// Whether it multiplies FP8 on tensor cores.
inline bool multiplies_fp8() { return has_feature("fp8 tensor cores"); }
/// Whether it has products of warp groups (tensor_cores=wgmma).
inline bool has_warp_groups() { return has_feature("wgmma"); }
/// On the execution model: back ends made from now on have a device that does so, or one that does not.
void use_fp8_device(bool wanted);

/// Why there is nothing to test on; "" where there is.
const std::string& why_no_device();

}  // namespace reckon::kernels::test
