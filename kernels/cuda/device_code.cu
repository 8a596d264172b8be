#include "kernels/cuda/device_code.h"

#include <algorithm>

namespace reckon::kernels::cuda {
namespace {

__global__ void nothing() {}

}  // namespace

std::optional<int> device_code_version() {
  cudaFuncAttributes attributes;
  const bool runs = cudaFuncGetAttributes(&attributes, nothing) == cudaSuccess;
  cudaGetLastError();
  if (!runs) return std::nullopt;
  // Code of a lesser card, or PTX of one that was compiled for this card when the program started.
  return std::min(attributes.ptxVersion, attributes.binaryVersion);
}

}  // namespace reckon::kernels::cuda
