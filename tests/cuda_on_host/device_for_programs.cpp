// `--device cuda` of a test program is the execution model, whether or not the build has the back end for
// cards: this file stands in the place of make_backend.cpp and absent.cpp.
#include "base/error.h"
#include "kernels/cuda/backend.h"

namespace reckon::kernels {

bool cuda_backend_built() { return true; }

std::unique_ptr<Backend> make_cuda_backend(const BackendOptions& options) {
  return std::make_unique<cuda_on_host::CudaBackend>(options);
}

std::vector<std::shared_ptr<Communicator>> make_cuda_communicators(std::int32_t) {
  fail_evaluation("the execution model is one device; communicator=threads shares it");
}

}  // namespace reckon::kernels
