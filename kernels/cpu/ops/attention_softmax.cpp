// Softmax within a cut of 256 keys, and the joining of cuts.
#include "kernels/cpu/ops/path_ops.h"
#include "kernels/cpu/simd/math.h"

namespace reckon::kernels::cpu::RECKON_SIMD_NS {

void softmax_cut(float* scores, std::int64_t begin, std::int64_t end, float* maximum, float* sum) {
  const Vec16 lowest = broadcast(-__builtin_inff());
  const std::int64_t first = begin / kLanes * kLanes;
  for (std::int64_t i = first; i < begin; ++i) scores[i] = -__builtin_inff();
  for (std::int64_t i = end; i % kLanes != 0; ++i) scores[i] = -__builtin_inff();
  Vec16 largest = lowest;
  for (std::int64_t i = first; i < end; i += kLanes) largest = max(load(scores + i), largest);
  const float top = reduce_max(largest);
  const Vec16 shift = broadcast(top);
  Vec16 total = zero();
  for (std::int64_t i = first; i < end; i += kLanes) {
    const Vec16 weight = exp(load(scores + i) - shift);
    store(scores + i, weight);
    total = total + weight;
  }
  *maximum = top;
  *sum = reduce_add(total);
}

void merge_cut(float* out, float* maximum, float* sum, const float* cut_out, float cut_maximum, float cut_sum,
               std::int64_t width) {
  const float top = *maximum > cut_maximum ? *maximum : cut_maximum;
  const Vec16 old_factor = exp(broadcast(*maximum - top));
  const Vec16 cut_factor = exp(broadcast(cut_maximum - top));
  for (std::int64_t i = 0; i < width; i += kLanes)
    store(out + i, fma(load(out + i), old_factor, load(cut_out + i) * cut_factor));
  store_partial(sum, fma(broadcast(*sum), old_factor, broadcast(cut_sum) * cut_factor), 1);
  *maximum = top;
}

}  // namespace reckon::kernels::cpu::RECKON_SIMD_NS
