#include "kernels/cuda/device_errors.h"

#include <cstdlib>
#include <cstring>

#include "base/error.h"
#include "kernels/cuda/buffers.h"
#include "kernels/cuda/discovery.h"

namespace reckon::kernels::cuda {

std::string Queued::text() const {
  const std::string shapes = recent_shapes();
  const std::string cut = threads == 0 ? ""
                                       : fmt::format("{} x {} x {} blocks of {} threads{}", grid.x, grid.y,
                                                     grid.z, threads, shapes.empty() ? "" : "; ");
  return cut.empty() && shapes.empty() ? last : fmt::format("{} ({}{})", last, cut, shapes);
}

Queued& queued() {
  thread_local Queued own;
  return own;
}

std::string error_text(cudaError_t error) {
  const std::string remedy = remedy_for(cudaGetErrorName(error));
  return fmt::format("{} ({}){}{}", cudaGetErrorString(error), cudaGetErrorName(error),
                     remedy.empty() ? "" : "; ", remedy);
}

bool waits_after_each_launch() {
  static const bool wanted = [] {
    const char* value = std::getenv("RECKON_CUDA_SYNC");
    return value != nullptr && std::strcmp(value, "1") == 0;
  }();
  return wanted;
}

void fail_queued(cudaError_t error) {
  fail_evaluation(
      "the device failed in one of the {} operations since the last results, of which {} was queued last: "
      "{}; "
      "RECKON_CUDA_SYNC=1 names the one",
      queued().count, queued().text(), error_text(error));
}

void check(cudaError_t error, const char* what, std::uint64_t bytes) {
  if (error != cudaSuccess)
    fail_evaluation("{}{}: {}", what, bytes > 0 ? fmt::format(" ({} bytes)", bytes) : "", error_text(error));
}

void note_launch(const Stream& stream, const char* operation, const Grid& grid, int threads, int error) {
  queued() = {operation, grid, threads, queued().count + 1};
  if (error != cudaSuccess)
    fail_evaluation("{}: {}", queued().text(), error_text(static_cast<cudaError_t>(error)));
  if (!waits_after_each_launch()) return;
  const cudaError_t result = cudaStreamSynchronize(static_cast<cudaStream_t>(stream.handle));
  if (result != cudaSuccess) fail_evaluation("{}: {}", queued().text(), error_text(result));
}

}  // namespace reckon::kernels::cuda
