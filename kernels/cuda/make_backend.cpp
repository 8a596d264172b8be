#include "kernels/cuda/backend.h"

namespace reckon::kernels {

bool cuda_backend_built() { return true; }

std::unique_ptr<Backend> make_cuda_backend(const BackendOptions& options) {
  return std::make_unique<cuda::CudaBackend>(options);
}

}  // namespace reckon::kernels
