#include "base/error.h"
#include "kernels/cuda/backend.h"
#include "kernels/cuda/dense_library.h"
#include "kernels/cuda/discovery.h"
#include "kernels/cuda/nccl_communicator.h"

namespace reckon::kernels {

bool cuda_backend_built() { return true; }

std::unique_ptr<Backend> make_cuda_backend(const BackendOptions& options) {
  auto backend = std::make_unique<cuda::CudaBackend>(options);
  if (options.dense_library) backend->use_dense_library(cuda::make_dense_library());
  return backend;
}

std::vector<std::shared_ptr<Communicator>> make_cuda_communicators(std::int32_t ranks) {
  const int devices = cuda::visible_devices();
  if (ranks > devices)
    fail_evaluation(
        "{} ranks need as many devices, and {} {} visible (`nvidia-smi -L`, CUDA_VISIBLE_DEVICES); ask for "
        "fewer "
        "ranks, or let them share devices with --model_args communicator=threads (slow: for tests)",
        ranks, devices, devices == 1 ? "is" : "are");
  std::vector<std::string> names;
  names.reserve(static_cast<std::size_t>(ranks));
  for (int device = 0; device < ranks; ++device) names.push_back(cuda::device_name(device));
  if (const auto unequal = cuda::unequal_devices(names)) fail_evaluation("{}", *unequal);
  return cuda::make_nccl_communicators(ranks);
}

}  // namespace reckon::kernels
