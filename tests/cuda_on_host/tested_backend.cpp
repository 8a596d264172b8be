#include "tests/gpu/tested_backend.h"

#include "kernels/cuda/backend.h"
#include "tests/cuda_on_host/runtime.h"

namespace reckon::kernels::test {

std::unique_ptr<Backend> make_tested_backend(const BackendOptions& options) {
  return std::make_unique<RECKON_CUDA_NS::CudaBackend>(options);
}

void limit_cuts(Backend& backend, std::int64_t floats) {
  dynamic_cast<RECKON_CUDA_NS::CudaBackend&>(backend).limit_cuts(floats);
}

bool on_a_card() { return false; }

void use_fp8_device(bool wanted) { reckon::cuda_on_host::set_compute_capability(wanted ? 9 : 8, 0); }

const std::string& why_no_device() {
  static const std::string nothing;
  return nothing;
}

}  // namespace reckon::kernels::test
