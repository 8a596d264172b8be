#pragma once
// The queue that kernels and copies go into, in order.

#include "kernels/cuda/pointers.h"

namespace reckon::kernels::RECKON_CUDA_NS {

struct Stream {
  void* handle = nullptr;  ///< cudaStream_t
};

}  // namespace reckon::kernels::RECKON_CUDA_NS
