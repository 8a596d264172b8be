#include "tests/gpu/tested_backend.h"

#include <algorithm>

#include "base/error.h"

namespace reckon::kernels::test {

std::unique_ptr<Backend> make_tested_backend(const BackendOptions& options) {
  return make_cuda_backend(options);
}

bool on_a_card() { return true; }

void use_fp8_device(bool) {}

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
  static const std::string reason = [] {
    try {
      make_cuda_backend();
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  }();
  return reason;
}

}  // namespace reckon::kernels::test
