#pragma once
// Chains of fused multiply-adds that do nothing else: the arithmetic rate of a device.

#include "kernels/cuda/stream.h"

namespace reckon::kernels::RECKON_CUDA_NS {

struct RateRun {
  Global<float> result = nullptr;  ///< [blocks]: so that nothing is left out
  std::int64_t blocks = 0;
  int steps = 0;
  bool doubles = false;
};
/// Multiply-adds of one run count two operations each.
double rate_run_operations(const RateRun& run);
void run_rate(const Stream& stream, const RateRun& run);

}  // namespace reckon::kernels::RECKON_CUDA_NS
