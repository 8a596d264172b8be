#include "kernels/cpu/kv_store.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "base/error.h"

namespace reckon::kernels::cpu {
namespace {

/// New tokens of one sequence that fall into one page.
struct PageRun {
  std::int32_t page = 0;
  std::int32_t first_slot = 0;
  std::int32_t first_token = 0;
  std::int32_t count = 0;
};

std::vector<PageRun> page_runs(const RaggedBatch& batch, std::int32_t page_tokens) {
  std::vector<PageRun> runs;
  for (const SequenceSlice& slice : batch.sequences) {
    for (std::int32_t done = 0; done < slice.token_count;) {
      const std::int32_t position = slice.first_position + done;
      const std::int32_t slot = position % page_tokens;
      const std::int32_t count = std::min(page_tokens - slot, slice.token_count - done);
      runs.push_back({slice.pages[static_cast<std::size_t>(position / page_tokens)], slot,
                      slice.first_token + done, count});
      done += count;
    }
  }
  return runs;
}

/// Elements of a [count][dim] block, in the cache's type, to columns [first, first + count) of
/// [dim][page_tokens].
template <typename T>
void put_columns(std::byte* to, const std::byte* rows, std::int64_t row_stride, std::int64_t first,
                 std::int64_t count, std::int64_t dim, std::int64_t page_tokens) {
  auto* columns = reinterpret_cast<T*>(to) + first;
  const auto* elements = reinterpret_cast<const T*>(rows);
  for (std::int64_t d = 0; d < dim; ++d) {
    for (std::int64_t i = 0; i < count; ++i) columns[d * page_tokens + i] = elements[i * row_stride + d];
  }
}

}  // namespace

KvStore::KvStore(const KvCacheSpec& spec) : spec_(spec), layout_(kv_page_layout(spec)) {
  if (spec.pages < 1) fail_input("KV cache: {} pages", spec.pages);
  const auto pages = static_cast<std::uint64_t>(spec.pages);
  if (layout_.page_bytes > (std::uint64_t{1} << 46) / pages)
    fail_evaluation("KV cache: {} pages of {} bytes are more than any memory", pages, layout_.page_bytes);
  bytes_ = AlignedBytes(layout_.page_bytes * pages);
}

Element KvStore::element(std::int32_t index) const {
  const DataType type = group(index).type;
  return type == DataType::f16 ? Element::f16 : type == DataType::bf16 ? Element::bf16 : Element::f32;
}

std::byte* KvStore::keys(const KvLayer& layer, std::int32_t page, std::int32_t head) const {
  const KvGroupLayout& place = layout(layer.group);
  return bytes_.data() + static_cast<std::uint64_t>(page) * layout_.page_bytes + place.offset_bytes +
         static_cast<std::uint64_t>(layer.layer) * place.layer_bytes +
         static_cast<std::uint64_t>(head) * place.head_bytes;
}

void KvStore::copy_page(std::int32_t to, std::int32_t from) {
  for (const std::int32_t page : {to, from}) {
    if (page < 0 || page >= spec_.pages)
      fail_input("copy_kv_page: page {} of a cache of {} pages", page, spec_.pages);
  }
  if (to == from) return;
  std::memcpy(bytes_.data() + static_cast<std::uint64_t>(to) * layout_.page_bytes,
              bytes_.data() + static_cast<std::uint64_t>(from) * layout_.page_bytes, layout_.page_bytes);
}

void KvStore::write(const KvLayer& layer, const RaggedBatch& batch, const View<float>& keys_in,
                    const View<float>& values_in, const OpTable& ops, ThreadPool& pool) {
  const KvGroupSpec& group_spec = group(layer.group);
  const KvGroupLayout& place = layout(layer.group);
  const Element type = element(layer.group);
  const bool latent = group_spec.layout == KvLayout::latent;
  const auto size = static_cast<std::int64_t>(type == Element::f32 ? sizeof(float) : sizeof(std::uint16_t));
  const std::int64_t dim = group_spec.key_dim;
  const std::vector<PageRun> runs = page_runs(batch, spec_.page_tokens);
  const std::int64_t scratch = dim * spec_.page_tokens * size;
  if (!latent) converted_.reserve(static_cast<std::uint64_t>(scratch * pool.size()));

  pool.parallel_for(static_cast<std::int64_t>(runs.size()), [&](std::int64_t item, int thread) {
    const PageRun& run = runs[static_cast<std::size_t>(item)];
    for (std::int32_t head = 0; head < group_spec.kv_heads; ++head) {
      std::byte* key_block = keys(layer, run.page, head);
      std::byte* converted = latent ? key_block + run.first_slot * place.row_stride * size
                                    : converted_.data() + thread * scratch;
      const std::int64_t row_stride = latent ? place.row_stride : dim;
      for (std::int64_t i = 0; i < run.count; ++i) {
        const float* key =
            keys_in.data + (run.first_token + i) * keys_in.stride(0) + head * keys_in.stride(1);
        ops.store(converted + i * row_stride * size, key, dim, type);
      }
      if (latent) continue;
      const std::int64_t first = run.first_slot;
      if (type == Element::f32)
        put_columns<float>(key_block, converted, dim, first, run.count, dim, spec_.page_tokens);
      else
        put_columns<std::uint16_t>(key_block, converted, dim, first, run.count, dim, spec_.page_tokens);
      std::byte* value_block = key_block + place.value_offset_bytes;
      for (std::int64_t i = 0; i < run.count; ++i) {
        const float* value =
            values_in.data + (run.first_token + i) * values_in.stride(0) + head * values_in.stride(1);
        ops.store(value_block + (first + i) * place.row_stride * size, value, group_spec.value_dim, type);
      }
    }
  });
}

}  // namespace reckon::kernels::cpu
