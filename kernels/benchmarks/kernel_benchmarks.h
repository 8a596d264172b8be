#pragma once
// Times the kernels at the shapes of a model, beside what this machine reaches in the same minute.
//
// Cases run under Google Benchmark (measure.h), each after its result was held against that of another
// instruction path, bit for bit. Weights and caches are held in enough copies that a pass over them cannot be
// served by the last-level cache, as in a real step; limits are measured first, by loops that do nothing
// else.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "kernels/backend.h"

namespace reckon::kernels {

/// One matrix of the model. Equal shapes and types are timed once.
struct LinearShape {
  std::string name;  ///< "q_proj"; for people
  DataType type = DataType::f32;
  std::int64_t rows = 0;     ///< outputs
  std::int64_t columns = 0;  ///< inputs
};

struct GroupedAttentionShape {
  std::int32_t heads = 0;
  std::int32_t kv_heads = 0;
  std::int32_t key_dim = 0;
  std::int32_t value_dim = 0;
};

struct BenchmarkShapes {
  std::int64_t hidden = 0;                         ///< of rms_norm
  std::int64_t vocabulary = 0;                     ///< of sampling; 0: not timed
  std::vector<LinearShape> linears;                ///< timed at each of token_counts
  std::optional<GroupedAttentionShape> attention;  ///< MHA, GQA, MQA
  std::optional<MlaSpec> latent_attention;         ///< MLA, both forms
  std::optional<RouterSpec> router;                ///< and, with expert_intermediate, the grouped experts
  DataType expert_type = DataType::f32;
  std::int64_t expert_intermediate = 0;
  std::int32_t rotary_dim = 0;  ///< 0: rope is not timed
  DataType kv_type = DataType::f16;
  std::vector<std::int32_t> token_counts = {1, 16, 512};
  std::int32_t context = 512;  ///< positions before the decoded token; prompt of the prefill
};

/// Data of this size in all cannot be served by the last-level cache of a CPU.
constexpr double kColdBytes = 96e6;

struct BenchmarkOptions {
  BackendOptions backend;
  double seconds_per_repetition = 0.1;
  int repetitions = 1;
  int most_repetitions = 1;  ///< more than `repetitions` where the noise is large
  bool cold_and_warm =
      false;  ///< both, or only what counts: cold, and warm of data that a model has in caches
  /// Called before each case with its name and the share of cases done; may be empty.
  std::function<void(const std::string& name, double done)> progress;
};

struct MachineLimits {
  double read_bytes_per_second = 0;  ///< all threads streaming through memory
  double write_bytes_per_second = 0;
  double copy_bytes_per_second = 0;  ///< reads and writes counted
  double fp64_flops_per_second = 0;  ///< two for each multiply-add
  double fma_flops_per_second = 0;   ///< float32, two for each fused multiply-add
  double int8_ops_per_second = 0;    ///< two for each product and sum of the byte dot product in use
  double int16_ops_per_second = 0;   ///< the same of 16-bit numbers
};

struct KernelTiming {
  std::string name;    ///< "linear q4_1"
  std::string shape;   ///< "576x1536, 1 token"
  double seconds = 0;  ///< of one call, the median over the repetitions
  std::vector<double> repetition_seconds;
  std::vector<double> other_seconds;  ///< warm where `repetition_seconds` are cold, cold where they are warm
  bool warm = false;                  ///< the repetitions that count are warm
  double spread = 0;                  ///< of the repetitions: (largest - least) / median
  std::optional<double> noise;        ///< of the median (measure.h); nothing with fewer than six repetitions
  bool noisy = false;
  bool checked = false;             ///< its result was that of another instruction path
  double processors_of_others = 0;  ///< processors that others kept busy meanwhile, on average
  double bytes = 0;                 ///< that one call has to read and write
  double flops = 0;                 ///< products and sums of one call
  std::string bound;  ///< "memory", "compute": the limit that is nearer; "cache": data that never left it
  std::optional<double> share_of_limit;  ///< not for "cache"
};

struct KernelReport {
  DeviceInfo device;
  double processors_of_others = 0;  ///< processors that others kept busy meanwhile, on average
  MachineLimits limits;
  std::vector<KernelTiming> kernels;
};

/// Errors: evaluation error in a build without Google Benchmark (RECKON_BENCHMARKS=OFF); shapes that no model
/// has.
KernelReport run_kernel_benchmarks(const BenchmarkShapes& shapes, const BenchmarkOptions& options = {});

/// The CUDA back end's operations on the card here, at DeepSeek-V3's and Llama 3.1's shapes, by the card's
/// own events (kernels/cuda/benchmarks). `commit` of the program goes into the JSON. Errors: those of
/// make_cuda_backend().
struct CudaKernelReport {
  std::string table;  ///< for people
  std::string json;   ///< timings: in the layout of Google Benchmark
};
/// What a card can do at most by its maker's figures; 0: not known.
struct CataloguePeaks {
  std::string card;  ///< "" : the catalogue does not have it
  double memory_bytes_per_second = 0;
  double fp64_flops = 0, bf16_flops = 0, fp8_flops = 0, int8_ops = 0;
  double link_bytes_per_second = 0;  ///< one way, to other cards
};
struct CudaBenchmarkOptions {
  std::string commit;
  int repetitions = 9;
  std::function<void(const std::string& name)> progress;
  std::function<CataloguePeaks(const std::string& device)>
      catalogue;                          ///< by the name that the driver reports
  std::optional<BenchmarkShapes> shapes;  ///< a model's own in place of the published models'
};
CudaKernelReport time_cuda_kernels(const CudaBenchmarkOptions& options);

/// Which card this is, by what was cut from it (kernels/cuda/benchmarks/identify.h): text or JSON. Errors:
/// those of make_cuda_backend().
CudaKernelReport identify_cuda_card();

/// The content of kernels.json (docs/run_directory.md), and the same timings in the layout of Google
/// Benchmark. `commit`: of this program.
std::string kernel_report_json(const KernelReport& report, const std::string& commit);

/// Limits of this machine with that many threads (0: all).
MachineLimits measure_limits(std::int32_t threads);

}  // namespace reckon::kernels
