#pragma once
// What kernels find wrong with their inputs. A kernel cannot throw: it notes the first fault, does nothing
// for that row, and the back end's wait() throws.

#include "kernels/cuda/pointers.h"

namespace reckon::kernels::RECKON_CUDA_NS {

enum class Fault : int { none = 0, token_id = 1, row_index = 2, expert_index = 3, capacity = 4 };

/// [0] the Fault, [1] the value that was out of range.
constexpr int kFaultWords = 2;

}  // namespace reckon::kernels::RECKON_CUDA_NS
