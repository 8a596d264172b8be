#pragma once
// Errors of the CUDA runtime as messages: the operation, its shapes, how it was cut into blocks, and the
// remedy.

#include <cuda_runtime_api.h>

#include <cstdint>
#include <string>

#include "kernels/cuda/grid_limits.h"
#include "kernels/cuda/stream.h"

namespace reckon::kernels::cuda {

/// Operations queued since the last wait, for errors that come to light only there.
struct Queued {
  const char* last = "a copy";
  Grid grid;
  int threads = 0;
  std::int64_t count = 0;

  std::string text() const;
};
Queued& queued();  ///< of this thread, and so of its device

std::string error_text(cudaError_t error);
/// Throws unless it is a success; `what` was being done (with so many bytes; 0: with none).
void check(cudaError_t error, const char* what, std::uint64_t bytes = 0);
/// Throws with what was queued.
[[noreturn]] void fail_queued(cudaError_t error);
/// RECKON_CUDA_SYNC=1.
bool waits_after_each_launch();
void note_launch(const Stream& stream, const char* operation, const Grid& grid, int threads, int error);

}  // namespace reckon::kernels::cuda
