#include "kernels/cuda/device_code.h"

namespace reckon::kernels::cuda {
namespace {

__global__ void nothing() {}

}  // namespace

bool device_code_runs() {
  cudaFuncAttributes attributes;
  const bool runs = cudaFuncGetAttributes(&attributes, nothing) == cudaSuccess;
  cudaGetLastError();
  return runs;
}

}  // namespace reckon::kernels::cuda
