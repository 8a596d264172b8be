#include "kernels/cuda/rate_kernels.h"

#include "kernels/cuda/launch.h"

namespace reckon::kernels::RECKON_CUDA_NS {
namespace {

constexpr int kChains = 8;  // independent of each other: enough to hide an operation's latency

template <class Number>
struct MultiplyAdd {
  static constexpr int kThreads = 256;
  RateRun a;

  RECKON_DEVICE void operator()() const {
    Number sums[kChains];
    RECKON_UNROLLED
    for (int c = 0; c < kChains; ++c) sums[c] = static_cast<Number>(thread_index() + c);
    const auto factor = static_cast<Number>(0.999F);
    for (int i = 0; i < a.steps; ++i) {
      RECKON_UNROLLED
      for (int c = 0; c < kChains; ++c) sums[c] = fused(sums[c], factor, sums[c]);
    }
    Number total = 0;
    RECKON_UNROLLED
    for (int c = 0; c < kChains; ++c) total = total + sums[c];
    // No thread reaches this value; the compiler does not know.
    if (total == static_cast<Number>(-1.0F)) a.result[block_x()] = static_cast<float>(total);
  }
};

}  // namespace

double rate_run_operations(const RateRun& run) {
  return 2.0 * kChains * run.steps * static_cast<double>(run.blocks) * MultiplyAdd<float>::kThreads;
}

void run_rate(const Stream& stream, const RateRun& run) {
  if (run.doubles)
    launch(stream, "FP64 rate", MultiplyAdd<double>{run}, {run.blocks});
  else
    launch(stream, "FP32 rate", MultiplyAdd<float>{run}, {run.blocks});
}

}  // namespace reckon::kernels::RECKON_CUDA_NS
