#include "base/error.h"
#include "kernels/cuda/grid_limits.h"

namespace reckon::kernels::RECKON_CUDA_NS {

void check_grid(const char* operation, std::int64_t x, std::int64_t y, std::int64_t z) {
  if (x > INT32_MAX || y > 65535 || z > 65535)
    fail_evaluation("{}: {} x {} x {} blocks are more than a device takes at once", operation, x, y, z);
}

}  // namespace reckon::kernels::RECKON_CUDA_NS
