#include "tests/gpu/tested_backend.h"

#include <algorithm>

#include "base/error.h"
#include "kernels/cuda/backend.h"
#include "tests/cuda_on_host/runtime.h"

namespace reckon::kernels::test {

std::unique_ptr<Backend> make_tested_backend(const BackendOptions& options) {
  return std::make_unique<RECKON_CUDA_NS::CudaBackend>(options);
}

bool on_a_card() { return false; }

void use_fp8_device(bool wanted) { reckon::cuda_on_host::set_compute_capability(wanted ? 9 : 8, 0); }

bool multiplies_fp8() {
  const DeviceInfo device = make_tested_backend({})->device();
  return std::find(device.features.begin(), device.features.end(), "fp8 tensor cores") !=
         device.features.end();
}

bool has_warp_groups() {
  BackendOptions options;
  options.warp_groups = true;
  try {
    make_tested_backend(options);
  } catch (const Error&) {
    return false;
  }
  return true;
}

const std::string& why_no_device() {
  static const std::string nothing;
  return nothing;
}

}  // namespace reckon::kernels::test
