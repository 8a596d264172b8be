#pragma once
// The queue that kernels and copies go into, in order.

#include "kernels/cuda/pointers.h"

namespace reckon::kernels::RECKON_CUDA_NS {

class CommandList;

struct Stream {
  void* handle = nullptr;       ///< cudaStream_t
  CommandList* list = nullptr;  ///< with one, kernels are written down there instead of started
};

}  // namespace reckon::kernels::RECKON_CUDA_NS
