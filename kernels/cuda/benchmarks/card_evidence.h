#pragma once

#include "kernels/cuda/benchmarks/identify.h"
#include "kernels/cuda/pointers.h"

namespace reckon::kernels::RECKON_CUDA_NS {

/// Measures the first visible device. `steps`: multiply-adds of a chain. Errors: those of Runtime.
cuda::CardEvidence gather_card_evidence(int steps = 20000);

}  // namespace reckon::kernels::RECKON_CUDA_NS
