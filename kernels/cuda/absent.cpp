// What stands in for the CUDA back end in a build without it.
#include "base/error.h"
#include "kernels/backend.h"

namespace reckon::kernels {

bool cuda_backend_built() { return false; }

std::unique_ptr<Backend> make_cuda_backend(const BackendOptions&) {
  fail_evaluation(
      "--device cuda: this program was built without the CUDA back end; `cmake --preset cuda` builds it "
      "where a CUDA "
      "toolkit is installed");
}

}  // namespace reckon::kernels
