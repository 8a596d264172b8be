#pragma once

#include <cstdint>

#include "kernels/cuda/pointers.h"

namespace reckon::kernels::RECKON_CUDA_NS {

struct Grid {
  std::int64_t x = 1, y = 1, z = 1;
};

/// Throws when a grid is larger than devices take; `operation` and the grid are in the message.
void check_grid(const char* operation, std::int64_t x, std::int64_t y, std::int64_t z);

}  // namespace reckon::kernels::RECKON_CUDA_NS
