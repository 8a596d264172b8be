#pragma once
// Times the operations of the CUDA back end on a card, by its events.
//
// Method: random data; two unmeasured calls; then at least nine repetitions of one call each, caches swept
// before each ("cold"), and as many of several calls in a row ("warm"); more of them while the cold ones
// spread by over 5 %. The card's state is read around each repetition.

#include <functional>
#include <string>
#include <vector>

#include "kernels/cuda/benchmarks/device_state.h"
#include "kernels/cuda/pointers.h"

namespace reckon::kernels::RECKON_CUDA_NS {

struct DeviceBenchmarkOptions {
  int repetitions = 9;
  int most_repetitions = 30;
  int warm_calls = 10;
  std::uint64_t swept_bytes = std::uint64_t{256} << 20;  ///< more than any level-2 cache
  /// Tiny shapes, for trying the benchmarks themselves out.
  bool tiny = false;
  std::function<void(const std::string& name)> progress;
};

struct DeviceTiming {
  std::string name;   ///< "linear bf16"
  std::string shape;  ///< "4096x14336, 16 tokens"
  double bytes = 0;   ///< that a call has to read and write
  double flops = 0;   ///< products and sums of a call
  std::vector<double> cold_seconds;
  std::vector<double> warm_seconds;
  bool noisy = false;      ///< the cold ones still spread by over 5 %
  bool throttled = false;  ///< the card's clocks were held down during some repetition
};

struct DeviceBenchmarkReport {
  std::string device, path;
  std::vector<DeviceTiming> timings;
  double copy_bytes_per_second = 0;  ///< of a copy on the device, reads and writes counted: what memory gives
  std::optional<cuda::DeviceState> before, after;
};

DeviceBenchmarkReport run_device_benchmarks(const DeviceBenchmarkOptions& options = {});

/// One line a case: microseconds cold and warm, GB/s, TFLOP/s, share of the copy's bandwidth.
std::string device_benchmark_table(const DeviceBenchmarkReport& report);
/// The layout of Google Benchmark's JSON, which its compare.py reads, with the fields above beside it.
std::string device_benchmark_json(const DeviceBenchmarkReport& report);

}  // namespace reckon::kernels::RECKON_CUDA_NS
