// What stands in for the CUDA back end in a build without it.
#include "base/error.h"
#include "kernels/backend.h"

namespace reckon::kernels {

bool cuda_backend_built() { return false; }

namespace {
constexpr const char* kAbsent =
    "--device cuda: this program was built without the CUDA back end; `cmake --preset cuda` builds it where "
    "a "
    "CUDA toolkit is installed";
}

std::unique_ptr<Backend> make_cuda_backend(const BackendOptions&) { fail_evaluation("{}", kAbsent); }

std::vector<std::shared_ptr<Communicator>> make_cuda_communicators(std::int32_t) {
  fail_evaluation("{}", kAbsent);
}

}  // namespace reckon::kernels
