#pragma once
// Times the operations of the CUDA back end on a card, by its events.
//
// Method: measure.h's, with random data, the result of one call held against the CPU's first, caches swept
// before each cold call, and the card's state read around each repetition.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "kernels/benchmarks/kernel_benchmarks.h"
#include "kernels/benchmarks/measure.h"
#include "kernels/cuda/benchmarks/device_state.h"
#include "kernels/cuda/runtime.h"
#include "kernels/tensor.h"

namespace reckon::kernels::RECKON_CUDA_NS {

struct DeviceBenchmarkOptions {
  int repetitions = 9;
  int most_repetitions = kMostRepetitions;
  int warm_calls = 10;
  std::uint64_t swept_bytes = std::uint64_t{256} << 20;  ///< more than any level-2 cache
  /// Tiny shapes, for trying the benchmarks themselves out.
  bool tiny = false;
  std::function<void(const std::string& name)> progress;
  /// Seconds of NVIDIA's library for the same product, cold; nothing where it has none. May be empty.
  using LibraryProduct = std::function<std::optional<double>(DataType type, std::int64_t rows,
                                                             std::int64_t columns, std::int64_t tokens)>;
  LibraryProduct library;
  /// The maker's figures for a card of that name; may be empty.
  std::function<CataloguePeaks(const std::string& device)> catalogue;
  /// A model's own shapes in place of the published models'.
  std::optional<BenchmarkShapes> shapes;
  std::uint64_t peer_bytes = std::uint64_t{256} << 20;
};

struct DeviceTiming {
  std::string name;   ///< "linear bf16"
  std::string shape;  ///< "4096x14336, 16 tokens"
  double bytes = 0;   ///< that a call has to read and write
  double flops = 0;   ///< products and sums of a call
  std::string peak;   ///< the timing whose rate its products can reach at most; empty: none
  std::vector<double> cold_seconds;
  std::vector<double> warm_seconds;
  std::optional<double>
      difference_to_cpu;               ///< largest, as a share of the largest value; absent: not compared
  std::optional<double> share_of_mma;  ///< of what its instruction reaches in its type (`peak`)
  /// Of what the fastest instruction for that type reaches here, mma or wgmma: what floors are taken against.
  std::optional<double> share_of_peak;
  std::optional<double> share_of_catalogue;  ///< of the maker's bandwidth or rate, whichever is nearer
  std::optional<double> library_seconds;     ///< of cuBLASLt for the same product
  std::optional<double> noise;               ///< of the median of the cold ones (measure.h)
  bool noisy = false;                        ///< over kMostNoise to the end
  std::vector<std::size_t> throttled;        ///< repetitions around which the card's clocks were held down
  std::optional<unsigned> least_sm_mhz;      ///< that was read around a repetition
};

struct DeviceBenchmarkReport {
  std::string device, path, driver;
  std::vector<DeviceTiming> timings;
  double copy_bytes_per_second = 0;  ///< of a copy on the device, reads and writes counted: what memory gives
  std::optional<cuda::DeviceState> before, after;
  CataloguePeaks catalogue;
  PeerCopy peer;                   ///< to the next card of this machine, one way
  std::optional<unsigned> others;  ///< processes beside this one, most of before and after; absent: not known
};

/// What a kernel has to reach on an H200 (docs/cuda.md), and what it did.
struct Floor {
  std::string what;
  double wanted = 0;
  std::optional<double> reached;  ///< absent: not timed here
  bool holds() const { return reached && *reached >= wanted; }
};
std::vector<Floor> floors_of(const DeviceBenchmarkReport& report);
std::string floors_text(const std::vector<Floor>& floors);

DeviceBenchmarkReport run_device_benchmarks(const DeviceBenchmarkOptions& options = {});

/// One line a case: microseconds cold and warm, GB/s, TFLOP/s, share of the copy's bandwidth.
std::string device_benchmark_table(const DeviceBenchmarkReport& report);
/// The layout of Google Benchmark's JSON, which its compare.py reads, with the fields above beside it.
/// `commit`: of this program.
std::string device_benchmark_json(const DeviceBenchmarkReport& report, const std::string& commit);

}  // namespace reckon::kernels::RECKON_CUDA_NS
