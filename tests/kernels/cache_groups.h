#pragma once
// Cache groups of the attention tests.

#include <cstdint>

#include "kernels/backend.h"

namespace reckon::kernels::test {

struct AttentionShape {
  std::int32_t heads = 1;
  std::int32_t kv_heads = 1;
  std::int32_t key_dim = 64;
  std::int32_t value_dim = 64;
  std::int32_t window = 0;
  DataType type = DataType::f16;
  std::int32_t page_tokens = 32;
};

inline KvGroupSpec cache_group(const AttentionShape& shape, std::int32_t layers) {
  KvGroupSpec group;
  group.layout = shape.window > 0 ? KvLayout::window : KvLayout::full;
  group.layers = layers;
  group.kv_heads = shape.kv_heads;
  group.key_dim = shape.key_dim;
  group.value_dim = shape.value_dim;
  group.window = shape.window;
  group.type = shape.type;
  return group;
}

/// One layer of latent attention.
inline KvGroupSpec latent_cache_group(const MlaSpec& spec, DataType type) {
  KvGroupSpec group;
  group.layout = KvLayout::latent;
  group.layers = 1;
  group.kv_heads = 1;
  group.key_dim = spec.latent_dim + spec.rope_dim;
  group.type = type;
  return group;
}

}  // namespace reckon::kernels::test
