#pragma once
// What heads go through between their projection and attention: an RMS norm, rotation, and the way into the
// KV cache, each of them or all in one pass. The arithmetic is that of kernels/cpu/ops, bit for bit.

#include <cstdint>

#include "kernels/cuda/attention_kernels.h"
#include "kernels/cuda/stream.h"

namespace reckon::kernels::RECKON_CUDA_NS {

struct HeadWork {
  HeadRows<float> heads;  ///< [tokens, head_count, dim]
  std::int64_t tokens = 0;
  std::int32_t head_count = 0, dim = 0;
  Global<const std::int32_t> positions = nullptr;  ///< [tokens]
  // Norm of elements [0, norm_dim); without a gain none.
  Global<const float> gain = nullptr;
  std::int32_t norm_dim = 0;
  float epsilon = 0.0F;
  // Rotation of elements [rope_first, rope_first + 2 * half).
  std::int32_t rope_first = 0;
  std::int32_t half = 0;  ///< pairs; 0: no rotation
  bool adjacent = false;
  float magnitude = 1.0F;
  Global<const float> inverse_frequencies = nullptr;  ///< [half]
};
/// In place.
void prepare_heads(const Stream& stream, const char* operation, const HeadWork& work);

/// Where the heads go as keys, and the values beside them.
struct KvWrite {
  KvPlace place;
  PageTable table;
  bool latent = false;
  HeadRows<const float> values;  ///< [tokens, head_count, value_dim]; latent: none
  std::int32_t value_dim = 0;
  Global<const std::int32_t> sequences = nullptr;  ///< [tokens]
};
/// Leaves `work.heads` as they are.
void store_heads(const Stream& stream, const char* operation, const HeadWork& work, const KvWrite& write);

}  // namespace reckon::kernels::RECKON_CUDA_NS
