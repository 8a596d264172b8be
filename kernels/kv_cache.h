#pragma once
// The paged KV cache as the engine sees it: groups of layers, pages by number, nothing of their layout.

#include <cstdint>
#include <vector>

#include "kernels/tensor.h"

namespace reckon::kernels {

enum class KvLayout : std::uint8_t {
  full,    ///< keys and values of every position
  window,  ///< keys and values; attention looks back at most `window` positions
  latent,  ///< MLA: the normed latent and the rotated shared key, side by side
};

/// Layers that store their positions in the same way.
struct KvGroupSpec {
  KvLayout layout = KvLayout::full;
  std::int32_t layers = 0;
  std::int32_t kv_heads = 0;      ///< 1 for latent
  std::int32_t key_dim = 0;       ///< per head; latent: kv_lora_rank + qk_rope_head_dim
  std::int32_t value_dim = 0;     ///< per head; 0 for latent (values are the first kv_lora_rank of the key)
  std::int32_t window = 0;        ///< positions, for KvLayout::window
  DataType type = DataType::f16;  ///< f32, f16 or bf16
};

struct KvCacheSpec {
  std::vector<KvGroupSpec> groups;
  std::int32_t page_tokens = 32;  ///< positions a page holds
  std::int32_t pages = 0;
};

/// Bytes of one page over all groups and layers.
std::uint64_t kv_page_bytes(const KvCacheSpec& spec);

struct KvCacheHandle {
  std::uint32_t id = 0;
};

/// One layer of a cache: group and index inside the group.
struct KvLayer {
  KvCacheHandle cache;
  std::int32_t group = 0;
  std::int32_t layer = 0;
};

/// Attention cuts the keys of a sequence at multiples of this many positions from position 0, and combines
/// the cuts in order. Fixed, because it is part of the arithmetic (the invariance promise). A multiple of
/// every page size.
constexpr std::int32_t kKeyCutPositions = 256;

}  // namespace reckon::kernels
