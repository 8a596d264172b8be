#include "tests/gpu/tested_backend.h"

#include "base/error.h"
#include "kernels/cuda/backend.h"

namespace reckon::kernels::test {

std::unique_ptr<Backend> make_tested_backend(const BackendOptions& options) {
  return make_cuda_backend(options);
}

void limit_cuts(Backend& backend, std::int64_t floats) {
  dynamic_cast<cuda::CudaBackend&>(backend).limit_cuts(floats);
}

bool on_a_card() { return true; }

void use_fp8_device(bool) {}

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
