#include "kernels/cuda/benchmarks/card_evidence.h"

#include <algorithm>

#include "kernels/cuda/rate_kernels.h"
#include "kernels/cuda/runtime.h"

namespace reckon::kernels::RECKON_CUDA_NS {

cuda::CardEvidence gather_card_evidence(int steps) {
  Runtime runtime;
  const DeviceFacts& facts = runtime.facts();
  cuda::CardEvidence evidence;
  evidence.name = facts.name;
  evidence.compute_major = facts.compute_major;
  evidence.compute_minor = facts.compute_minor;
  evidence.multiprocessors = facts.multiprocessors;
  evidence.memory_gb = static_cast<double>(facts.memory_bytes) * 1e-9;
  RateRun run;
  run.blocks = std::int64_t{facts.multiprocessors} * 8;  // as many threads as a multiprocessor keeps
  run.result =
      pointer_cast<float>(runtime.allocate("rates", static_cast<std::uint64_t>(run.blocks) * sizeof(float)));
  const auto rate = [&](RateOf of) {
    run.of = of;
    // FP64 of a card that has little of it takes sixty times as long.
    run.steps = of == RateOf::fp64 ? std::max(1, steps / 20) : steps;
    run_rate(runtime.stream(), run);
    runtime.wait();
    double best = 0;
    for (int i = 0; i < 5; ++i) {
      const double seconds = runtime.time([&] { run_rate(runtime.stream(), run); });
      best = std::max(best, rate_run_operations(run) / seconds);
    }
    return best * 1e-12;
  };
  evidence.fp32_tflops = rate(RateOf::fp32);
  evidence.fp64_tflops = rate(RateOf::fp64);
  const PeerCopy peer = time_peer_copy(std::uint64_t{256} << 20);
  if (peer.bytes_per_second > 0) evidence.peer_gb_per_s = peer.bytes_per_second * 1e-9;
  evidence.no_peer = peer.why_not;
  return evidence;
}

}  // namespace reckon::kernels::RECKON_CUDA_NS
