// What this machine reaches: memory read, written and copied, multiply-adds in float32 and float64, dot
// products.
#include <algorithm>
#include <chrono>
#include <cstring>

#include "base/thread_pool.h"
#include "kernels/benchmarks/kernel_benchmarks.h"
#include "kernels/benchmarks/peaks.h"
#include "kernels/cpu/memory.h"
#include "kernels/cpu/ops/op_tables.h"
#include "kernels/cpu/simd/dispatch.h"

namespace reckon::kernels {
namespace cpu {
namespace portable {
extern const PeakTable peak_table;
}
namespace avx2 {
extern const PeakTable peak_table;
}
namespace avx512 {
extern const PeakTable peak_table;
}
}  // namespace cpu

namespace {

using Clock = std::chrono::steady_clock;

/// The shortest of a few passes: a limit is what the machine can do, not what its neighbours leave of it.
template <typename Pass>
double shortest_seconds(int passes, const Pass& pass) {
  double best = 1e300;
  for (int i = 0; i < passes; ++i) {
    const auto start = Clock::now();
    pass();
    best = std::min(best, std::chrono::duration<double>(Clock::now() - start).count());
  }
  return best;
}

/// The compiler must take `value` for used.
template <typename T>
void keep(T value) {
  [[maybe_unused]] volatile T kept = value;
}

}  // namespace

MachineLimits measure_limits(std::int32_t threads) {
  const cpu::PeakTable& peaks = cpu::pick<cpu::PeakTable>(cpu::chosen_path(), &cpu::portable::peak_table,
                                                          RECKON_X86_TABLE(cpu::avx2::peak_table),
                                                          RECKON_X86_TABLE(cpu::avx512::peak_table));
  const cpu::OpTable& ops = cpu::op_table(cpu::chosen_path());
  ThreadPool pool(threads > 0 ? threads : available_threads());
  MachineLimits limits;

  constexpr std::int64_t kFloats = std::int64_t{64} << 20;  // 256 MiB: well over any last-level cache here
  constexpr std::int64_t kPart = std::int64_t{1} << 18;     // 1 MiB a piece
  const cpu::AlignedBytes memory(kFloats * sizeof(float));
  pool.parallel_for(kFloats / kPart, [&](std::int64_t part, int) {
    std::fill_n(memory.floats() + part * kPart, kPart, 1.0F);
  });
  const double read_seconds = shortest_seconds(6, [&] {
    pool.parallel_for(kFloats / kPart,
                      [&](std::int64_t part, int) { keep(ops.read(memory.floats() + part * kPart, kPart)); });
  });
  limits.read_bytes_per_second = static_cast<double>(kFloats) * sizeof(float) / read_seconds;

  const cpu::AlignedBytes other(kFloats * sizeof(float));
  const double write_seconds = shortest_seconds(4, [&] {
    pool.parallel_for(kFloats / kPart, [&](std::int64_t part, int) {
      std::memset(other.floats() + part * kPart, 1, kPart * sizeof(float));
    });
  });
  limits.write_bytes_per_second = static_cast<double>(kFloats) * sizeof(float) / write_seconds;
  const double copy_seconds = shortest_seconds(4, [&] {
    pool.parallel_for(kFloats / kPart, [&](std::int64_t part, int) {
      std::memcpy(other.floats() + part * kPart, memory.floats() + part * kPart, kPart * sizeof(float));
    });
  });
  limits.copy_bytes_per_second = 2.0 * static_cast<double>(kFloats) * sizeof(float) / copy_seconds;

  constexpr std::int64_t kRounds = 100'000;
  const int parts = pool.size();
  const double fma_seconds = shortest_seconds(
      20, [&] { pool.parallel_for(parts, [&](std::int64_t, int) { keep(peaks.fma(kRounds)); }); });
  limits.fma_flops_per_second =
      2.0 * 16 * cpu::kPeakSums * static_cast<double>(kRounds) * parts / fma_seconds;
  const double fma64_seconds = shortest_seconds(
      20, [&] { pool.parallel_for(parts, [&](std::int64_t, int) { keep(peaks.fma64(kRounds)); }); });
  limits.fp64_flops_per_second =
      2.0 * 8 * cpu::kPeakSums * static_cast<double>(kRounds) * parts / fma64_seconds;
  const double dot_seconds = shortest_seconds(
      20, [&] { pool.parallel_for(parts, [&](std::int64_t, int) { keep(peaks.dot(kRounds)); }); });
  limits.int8_ops_per_second = 2.0 * 64 * cpu::kPeakSums * static_cast<double>(kRounds) * parts / dot_seconds;
  const double pair_seconds = shortest_seconds(
      20, [&] { pool.parallel_for(parts, [&](std::int64_t, int) { keep(peaks.dot_pairs(kRounds)); }); });
  limits.int16_ops_per_second =
      2.0 * 32 * cpu::kPeakSums * static_cast<double>(kRounds) * parts / pair_seconds;
  return limits;
}

}  // namespace reckon::kernels
