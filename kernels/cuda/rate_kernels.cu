#include "kernels/cuda/rate_kernels.h"

#include "kernels/cuda/launch.h"
#include "kernels/cuda/ptx_hopper.h"

namespace reckon::kernels::RECKON_CUDA_NS {
namespace {

constexpr int kChains = 8;  // independent of each other: enough to hide an operation's latency
constexpr int kRateThreads = 256;

template <class Number>
struct MultiplyAdd {
  static constexpr int kThreads = kRateThreads;
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

/// Elements of either sign between 0.5 and 1, as random as data is.
template <MmaType type>
RECKON_DEVICE std::uint32_t random_elements(std::uint32_t seed) {
  std::uint32_t bits = seed * 0x9e3779b9U;
  bits = (bits ^ bits >> 15U) * 0x85ebca6bU;
  bits = bits ^ bits >> 13U;
  if constexpr (type == MmaType::bf16) return (bits & 0x807f807fU) | 0x3f003f00U;
  if constexpr (type == MmaType::tf32) return (bits & 0x807fe000U) | 0x3f000000U;
  if constexpr (type == MmaType::f16) return (bits & 0x83ff83ffU) | 0x38003800U;
  return (bits & 0x87878787U) | 0x30303030U;
}

template <MmaType type>
struct MultiplyFragments {
  static constexpr int kThreads = kRateThreads;
  RateRun a;

  RECKON_DEVICE void operator()() const {
    const auto seed = static_cast<std::uint32_t>(thread_index()) * 8U;
    std::uint32_t rows[4];
    RECKON_UNROLLED
    for (int i = 0; i < 4; ++i) rows[i] = random_elements<type>(seed + static_cast<std::uint32_t>(i));
    const std::uint32_t low = random_elements<type>(seed + 4U);
    const std::uint32_t high = random_elements<type>(seed + 5U);
    float sums[kChains][4] = {};
    for (int i = 0; i < a.steps; ++i) {
      RECKON_UNROLLED
      for (int c = 0; c < kChains; ++c) multiply_matrices<type>(sums[c], rows, low, high);
    }
    float total = 0.0F;
    RECKON_UNROLLED
    for (int c = 0; c < kChains; ++c) total = total + sums[c][0] + sums[c][1] + sums[c][2] + sums[c][3];
    if (total != total) a.result[block_x()] = total;  // finite numbers have finite sums
  }
};

/// Each warp group of a block multiplies lines of its own with lines of all.
template <MmaType type>
struct MultiplyByGroups {
  static constexpr int kThreads = kRateThreads;
  static constexpr int kColumns = 128;
  static constexpr int kLines = kRateThreads / kGroupThreads * kGroupRows + kColumns;
  static constexpr int kSharedBytes = kLines * kLineBytes;
  static constexpr int kProducts = kLineBytes / kProductBytes;
  RateRun a;

  RECKON_DEVICE void operator()() const {
    const Shared<std::uint32_t> words = shared_at<std::uint32_t>(0, kSharedBytes / 4);
    for (int i = thread_index(); i < kSharedBytes / 4; i += kThreads)
      words[i] = random_elements<type>(static_cast<std::uint32_t>(i));
    fence_for_products();
    sync_block();
    const std::uint64_t rows =
        operand_of(words + thread_index() / kGroupThreads * kGroupRows * (kLineBytes / 4));
    const std::uint64_t columns = operand_of(words + (kLines - kColumns) * (kLineBytes / 4));
    float sums[kColumns / 2] = {};
    for (int i = 0; i < a.steps; ++i) {
      begin_products();
      RECKON_UNROLLED
      for (int step = 0; step < kProducts; ++step)
        queue_product<type, kColumns>(sums, operand_step(rows, step), operand_step(columns, step), true);
      commit_products();
      wait_products<0>(sums);
    }
    float total = 0.0F;
    RECKON_UNROLLED
    for (const float sum : sums) total = total + sum;
    if (total != total) a.result[block_x()] = total;  // finite numbers have finite sums
  }
};

template <MmaType type>
void run_group_rate(const Stream& stream, const RateRun& run) {
  using Kernel = MultiplyByGroups<type>;
  launch(stream, "wgmma rate", Kernel{run}, {run.blocks}, Kernel::kSharedBytes);
}

struct MultiplyDoubles {
  static constexpr int kThreads = kRateThreads;
  RateRun a;

  RECKON_DEVICE void operator()() const {
    const double left = 0.5 + 0.001 * thread_index();
    const double right = 0.9 - 0.001 * thread_index();
    double sums[kChains][2] = {};
    for (int i = 0; i < a.steps; ++i) {
      RECKON_UNROLLED
      for (int c = 0; c < kChains; ++c) multiply_doubles(sums[c], left, right);
    }
    double total = 0.0;
    RECKON_UNROLLED
    for (int c = 0; c < kChains; ++c) total = total + sums[c][0] + sums[c][1];
    if (total != total) a.result[block_x()] = static_cast<float>(total);
  }
};

struct MultiplyIntegers {
  static constexpr int kThreads = kRateThreads;
  RateRun a;

  RECKON_DEVICE void operator()() const {
    // Bytes of every value.
    const auto seed = static_cast<std::uint32_t>(thread_index()) * 8U;
    std::uint32_t rows[4];
    RECKON_UNROLLED
    for (int i = 0; i < 4; ++i) rows[i] = (seed + static_cast<std::uint32_t>(i) + 1U) * 0x9e3779b9U;
    const std::uint32_t low = (seed + 5U) * 0x9e3779b9U;
    const std::uint32_t high = (seed + 6U) * 0x9e3779b9U;
    std::int32_t sums[kChains][4] = {};
    for (int i = 0; i < a.steps; ++i) {
      RECKON_UNROLLED
      for (int c = 0; c < kChains; ++c) multiply_integers(sums[c], rows, low, high);
    }
    std::uint32_t all = 0;
    RECKON_UNROLLED
    for (int c = 0; c < kChains; ++c) {
      RECKON_UNROLLED
      for (int i = 0; i < 4; ++i) all = (all ^ static_cast<std::uint32_t>(sums[c][i])) * 0x85ebca6bU;
    }
    // So that nothing is left out; hardly ever true.
    if (all == 0x5bd1e995U) a.result[block_x()] = 1.0F;
  }
};

struct SweepMemory {
  static constexpr int kThreads = kMemoryRunThreads;
  MemoryRun a;

  RECKON_DEVICE void operator()() const {
    const std::int64_t threads = a.blocks * kThreads;
    const std::int64_t first = std::int64_t{block_x()} * kThreads + thread_index();
    if (a.writes) {
      const Global<float> to = pointer_cast<float>(a.memory);
      for (std::int64_t i = first; i < a.bytes / 4; i += threads) to[i] = 1.0F;
      return;
    }
    std::uint32_t all = 0;
    for (std::int64_t i = first; i < a.bytes / 16; i += threads) {
      const Words4 words = load_words4<std::uint8_t>(a.memory + i * 16);
      all = all ^ words.word[0] ^ words.word[1] ^ words.word[2] ^ words.word[3];
    }
    // So that nothing is left out; hardly ever true.
    if (all == 0x5bd1e995U) a.result[first] = 1.0F;
  }
};

bool on_tensor_cores(RateOf of) { return of != RateOf::fp64 && of != RateOf::fp32; }

}  // namespace

double rate_run_operations(const RateRun& run) {
  constexpr double kColumns = 8;
  const double rows = run.of == RateOf::fp64_mma ? 8 : 16;
  const double inner = run.of == RateOf::fp8_e4m3   ? 32
                       : run.of == RateOf::int8     ? 32
                       : run.of == RateOf::tf32     ? 8
                       : run.of == RateOf::fp64_mma ? 4
                                                    : 16;
  if (run.by_warp_groups) {
    using Kernel = MultiplyByGroups<MmaType::bf16>;
    const double products =
        static_cast<double>(run.blocks) * run.steps * Kernel::kProducts * kRateThreads / kGroupThreads;
    return 2.0 * products * kGroupRows * Kernel::kColumns * inner;
  }
  const double each = on_tensor_cores(run.of) ? rows * kColumns * inner / kWarpThreads : 1.0;
  return 2.0 * each * kChains * run.steps * static_cast<double>(run.blocks) * kRateThreads;
}

void run_rate(const Stream& stream, const RateRun& run) {
  if (run.by_warp_groups && run.of == RateOf::bf16) return run_group_rate<MmaType::bf16>(stream, run);
  if (run.by_warp_groups && run.of == RateOf::f16) return run_group_rate<MmaType::f16>(stream, run);
  if (run.by_warp_groups && run.of == RateOf::fp8_e4m3) return run_group_rate<MmaType::e4m3>(stream, run);
  switch (run.of) {
    case RateOf::fp64:
      return launch(stream, "FP64 rate", MultiplyAdd<double>{run}, {run.blocks});
    case RateOf::fp32:
      return launch(stream, "FP32 rate", MultiplyAdd<float>{run}, {run.blocks});
    case RateOf::fp64_mma:
      return launch(stream, "FP64 mma rate", MultiplyDoubles{run}, {run.blocks});
    case RateOf::tf32:
      return launch(stream, "TF32 mma rate", MultiplyFragments<MmaType::tf32>{run}, {run.blocks});
    case RateOf::bf16:
      return launch(stream, "BF16 mma rate", MultiplyFragments<MmaType::bf16>{run}, {run.blocks});
    case RateOf::f16:
      return launch(stream, "F16 mma rate", MultiplyFragments<MmaType::f16>{run}, {run.blocks});
    case RateOf::fp8_e4m3:
      return launch(stream, "FP8 mma rate", MultiplyFragments<MmaType::e4m3>{run}, {run.blocks});
    case RateOf::int8:
      return launch(stream, "INT8 mma rate", MultiplyIntegers{run}, {run.blocks});
  }
}

void run_memory(const Stream& stream, const MemoryRun& run) {
  launch(stream, run.writes ? "memory write" : "memory read", SweepMemory{run}, {run.blocks});
}

}  // namespace reckon::kernels::RECKON_CUDA_NS
