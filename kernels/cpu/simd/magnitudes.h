#pragma once
// What scales to few bits need to know of the numbers they scale. Kernel code (see vec16.h).

#include "kernels/cpu/simd/vec16.h"

namespace reckon::kernels::cpu::RECKON_SIMD_NS {
namespace {

constexpr float kLargestFinite = 3.40282347e+38F;
/// Numbers all smaller than this count as zero: levels / amax would overflow.
constexpr float kSmallestAmax = 1.0e-30F;

/// Lane by lane: the largest magnitude so far, and whether all were finite (the first then counts).
struct Magnitudes {
  Vec16 largest = zero();
  Mask16 finite = equal(zero(), zero());

  RECKON_INLINE void add(Vec16 values) {
    const Vec16 sizes = abs(values);
    largest = max(sizes, largest);
    finite = finite & less_equal(sizes, broadcast(kLargestFinite));
  }
};

}  // namespace
}  // namespace reckon::kernels::cpu::RECKON_SIMD_NS
