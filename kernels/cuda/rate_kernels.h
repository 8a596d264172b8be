#pragma once
// Kernels that do one thing only: what a device reaches in arithmetic and at its memory.

#include "kernels/cuda/stream.h"

namespace reckon::kernels::RECKON_CUDA_NS {

/// What a run multiplies and adds: fused multiply-adds in chains, or mma on tensor cores with float32 sums
/// (fp64_mma: with float64 ones, int8: with 32-bit integers).
enum class RateOf : std::uint8_t { fp64, fp32, fp64_mma, tf32, bf16, f16, fp8_e4m3, int8 };

struct RateRun {
  Global<float> result = nullptr;  ///< [blocks]: so that nothing is left out
  std::int64_t blocks = 0;
  int steps = 0;
  RateOf of = RateOf::fp32;
  bool by_warp_groups = false;  ///< bf16, f16 and fp8_e4m3: by wgmma, on compute capability 9.0
};
/// Products and sums of one run, counted apart.
double rate_run_operations(const RateRun& run);
/// fp8_e4m3 needs compute capability 8.9.
void run_rate(const Stream& stream, const RateRun& run);

constexpr int kMemoryRunThreads = 256;
/// Every byte of `memory` is read, or written, once.
struct MemoryRun {
  Global<std::uint8_t> memory = nullptr;
  std::int64_t bytes = 0;          ///< a multiple of 16
  Global<float> result = nullptr;  ///< [blocks * kMemoryRunThreads]
  std::int64_t blocks = 0;
  bool writes = false;
};
void run_memory(const Stream& stream, const MemoryRun& run);

}  // namespace reckon::kernels::RECKON_CUDA_NS
