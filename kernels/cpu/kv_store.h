#pragma once
// A paged KV cache in memory of this process (layout: kernels/kv_page_layout.h).

#include <cstdint>

#include "base/thread_pool.h"
#include "kernels/batch.h"
#include "kernels/cpu/memory.h"
#include "kernels/cpu/ops/op_table.h"
#include "kernels/kv_cache.h"
#include "kernels/kv_page_layout.h"

namespace reckon::kernels::cpu {

class KvStore {
 public:
  explicit KvStore(const KvCacheSpec& spec);

  const KvCacheSpec& spec() const { return spec_; }
  std::uint64_t bytes() const { return bytes_.size(); }
  const KvGroupSpec& group(std::int32_t group) const { return spec_.groups[static_cast<std::size_t>(group)]; }
  const KvGroupLayout& layout(std::int32_t group) const {
    return layout_.groups[static_cast<std::size_t>(group)];
  }
  Element element(std::int32_t group) const;

  /// Start of the keys (of the rows, for latent groups) of one head.
  std::byte* keys(const KvLayer& layer, std::int32_t page, std::int32_t head) const;
  std::byte* values(const KvLayer& layer, std::int32_t page, std::int32_t head) const {
    return keys(layer, page, head) + layout(layer.group).value_offset_bytes;
  }

  /// Errors: a page that does not exist.
  void copy_page(std::int32_t to, std::int32_t from);
  /// keys [T, G, key_dim], values [T, G, value_dim] (ignored for latent groups), stored at the tokens'
  /// positions.
  void write(const KvLayer& layer, const RaggedBatch& batch, const View<float>& keys,
             const View<float>& values, const OpTable& ops, ThreadPool& pool);

 private:
  KvCacheSpec spec_;
  KvPageLayout layout_;
  AlignedBytes bytes_;
  AlignedBytes converted_;  ///< per thread: new keys of one page in the type of the cache
};

}  // namespace reckon::kernels::cpu
