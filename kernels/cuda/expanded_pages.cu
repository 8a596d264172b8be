#include "kernels/cuda/expanded_pages.h"

#include "kernels/cuda/launch.h"
#include "kernels/cuda/paged_attention.h"
#include "kernels/cuda/ptx.h"

namespace reckon::kernels::RECKON_CUDA_NS {
namespace {

/// A block makes one page of one head. Keys pass through shared memory to be transposed.
template <MmaType type>
struct PageExpanded {
  static constexpr int kThreads = 128;
  Attention a;
  std::int64_t positions;

  RECKON_DEVICE void operator()() const {
    const int tokens = a.place.page_tokens;
    const std::int64_t first = std::int64_t{block_x()} * tokens;
    const int head = block_y();
    const int count = positions - first < tokens ? static_cast<int>(positions - first) : tokens;
    const int pitch = a.key_dim + 1;  // against bank conflicts
    const Shared<float> keys = shared_at<float>(0, tokens * pitch);
    const Global<std::uint8_t> page =
        a.place.cache + static_cast<std::int64_t>(static_cast<std::uint64_t>(block_x()) * a.place.page_bytes +
                                                  static_cast<std::uint64_t>(head) * a.place.head_bytes);
    const Global<std::uint16_t> to_values =
        pointer_cast<std::uint16_t>(page + static_cast<std::int64_t>(a.place.value_offset));
    const std::int64_t width = a.nope_dim + a.value_dim;
    for (int slot = 0; slot < count; ++slot) {
      const Global<const float> expanded = a.expanded + ((first + slot) * a.heads + head) * width;
      const Global<const float> rotated = a.latent_rows + ((first + slot) * a.latent_stride + a.latent_dim);
      for (int d = thread_index(); d < a.key_dim; d += kThreads)
        keys[slot * pitch + d] =
            d < a.nope_dim ? static_cast<float>(expanded[d]) : static_cast<float>(rotated[d - a.nope_dim]);
      for (int c = thread_index(); c < a.value_dim; c += kThreads)
        to_values[slot * a.place.row_stride + c] = rounded<type>(expanded[a.nope_dim + c]);
    }
    sync_block();
    const Global<std::uint16_t> to_keys = pointer_cast<std::uint16_t>(page);
    for (int i = thread_index(); i < a.key_dim * tokens; i += kThreads) {
      const int slot = i % tokens;
      if (slot < count) to_keys[i] = rounded<type>(keys[slot * pitch + i / tokens]);
    }
  }
};

template <MmaType type>
void start_paging(const Stream& stream, const Attention& attention, std::int64_t positions) {
  const int tokens = attention.place.page_tokens;
  launch(stream, "mla_attention (pages of keys)", PageExpanded<type>{attention, positions},
         {blocks_for(positions, tokens), attention.heads}, tokens * (attention.key_dim + 1) * 4);
}

}  // namespace

KvPlace expanded_pages(const Attention& attention) {
  constexpr std::int32_t kPageTokens = 32;
  KvPlace pages;
  pages.type = attention.place.type;
  pages.page_tokens = kPageTokens;
  pages.row_stride = (attention.value_dim + 7) / 8 * 8;
  pages.value_offset = static_cast<std::uint64_t>((attention.key_dim + 7) / 8 * 8) * kPageTokens * 2;
  pages.head_bytes = pages.value_offset + static_cast<std::uint64_t>(pages.row_stride) * kPageTokens * 2;
  pages.page_bytes = pages.head_bytes * static_cast<std::uint64_t>(attention.heads);
  pages.first_page = std::int64_t{attention.first_cut} * (kKeyCutPositions / kPageTokens);
  return pages;
}

bool fits_expanded_attention(const KvPlace& place, std::int32_t key_dim, std::int32_t value_dim) {
  return (place.type == DataType::f16 || place.type == DataType::bf16) && key_dim <= kMostExpandedKeyDims &&
         value_dim <= kMostPagedValueDims;
}

void page_expanded(const Stream& stream, const Attention& attention, std::int64_t positions) {
  if (attention.place.type == DataType::f16)
    start_paging<MmaType::f16>(stream, attention, positions);
  else
    start_paging<MmaType::bf16>(stream, attention, positions);
}

}  // namespace reckon::kernels::RECKON_CUDA_NS
