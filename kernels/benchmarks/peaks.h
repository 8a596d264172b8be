#pragma once
// Loops that reach for one limit of the machine each.

#include <cstdint>

namespace reckon::kernels::cpu {

struct PeakTable {
  /// `rounds` times kPeakSums independent fused multiply-adds of 16 lanes.
  float (*fma)(std::int64_t rounds);
  /// The same of 8 lanes of float64; a multiplication and an addition on the portable path.
  double (*fma64)(std::int64_t rounds);
  /// The same of byte dot products: 64 products of a byte pair and their sums in each.
  std::int32_t (*dot)(std::int64_t rounds);
  /// The same of 16-bit dot products: 32 products of a pair of halves and their sums in each.
  std::int32_t (*dot_pairs)(std::int64_t rounds);
};

constexpr std::int64_t kPeakSums = 12;

}  // namespace reckon::kernels::cpu
