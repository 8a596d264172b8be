#pragma once
// Where things lie inside one page of the KV cache.
//
// A page holds page_tokens positions of every group, layer and head, page by page in memory:
//   page -> group -> layer -> head -> { keys [key_dim][page_tokens], values [page_tokens][value_stride] }
// Keys are transposed so that attention scores 16 positions in one vector without a horizontal sum; values
// are rows, because P V runs along the value dimension. Latent pages (MLA) hold rows only,
//   page -> group -> layer -> { rows [page_tokens][key_stride] },
// since both forms of MLA read them as inputs of a product. Rows are padded with zeros to 16 elements.

#include <cstdint>
#include <vector>

#include "kernels/kv_cache.h"

namespace reckon::kernels {

struct KvGroupLayout {
  std::uint64_t offset_bytes = 0;        ///< of the group inside the page
  std::uint64_t layer_bytes = 0;         ///< of one layer
  std::uint64_t head_bytes = 0;          ///< of one head
  std::uint64_t value_offset_bytes = 0;  ///< of the values inside a head
  std::int64_t row_stride = 0;  ///< elements between rows of values (of the latent for KvLayout::latent)
};

struct KvPageLayout {
  std::vector<KvGroupLayout> groups;
  std::uint64_t page_bytes = 0;
};

/// Errors: an element type that a cache cannot have, page_tokens that do not divide kKeyCutPositions,
/// dimensions out of range; the group is named by its number.
KvPageLayout kv_page_layout(const KvCacheSpec& spec);

}  // namespace reckon::kernels
