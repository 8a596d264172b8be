#pragma once
// The sum of exponentials of a row of logits, by one block: kernels/cpu/logits.h, bit for bit.

#include "kernels/cuda/logit_kernels.h"
#include "kernels/cuda/math.h"

namespace reckon::kernels::RECKON_CUDA_NS {

/// e^(x - shift) of `row` [columns]: chunks of 1,024, sixteen lanes and a tree in each, then chunk by chunk
/// in double. All threads call; `sums` [chunks] is theirs. The total is thread 0's.
template <int kThreads>
RECKON_DEVICE double sum_exponentials(Global<const float> row, std::int64_t columns, float shift,
                                      Global<float> sums) {
  constexpr int kGroups = kThreads / 16;
  const std::int64_t chunks = LogitRows::chunks_of(columns);
  for (std::int64_t first = 0; first < chunks; first += kGroups) {
    const std::int64_t chunk = first + thread_index() / 16;
    const std::int64_t begin = chunk * LogitRows::kChunk;
    const std::int64_t end = begin + LogitRows::kChunk < columns ? begin + LogitRows::kChunk : columns;
    float sum = 0.0F;
    for (std::int64_t i = begin + thread_index() % 16; i < end; i += 16)
      sum = sum + exponential(row[i] - shift);
    sum = sum_of_16(sum);
    if (chunk < chunks && thread_index() % 16 == 0) sums[chunk] = sum;
  }
  sync_block();
  double total = 0.0;
  if (thread_index() == 0) {
    for (std::int64_t chunk = 0; chunk < chunks; ++chunk) total += static_cast<double>(sums[chunk]);
  }
  return total;
}

}  // namespace reckon::kernels::RECKON_CUDA_NS
