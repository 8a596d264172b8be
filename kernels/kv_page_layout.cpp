#include "kernels/kv_page_layout.h"

#include "base/error.h"

namespace reckon::kernels {
namespace {

constexpr std::int64_t kRowAlignment = 16;     // elements: one vector
constexpr std::uint64_t kBlockAlignment = 64;  // bytes: one cache line
constexpr std::int32_t kMaxExtent = 1 << 20;

std::uint64_t round_up(std::uint64_t value, std::uint64_t step) { return (value + step - 1) / step * step; }

void check_extent(std::size_t group, const char* field, std::int32_t value, std::int32_t low) {
  if (value < low || value > kMaxExtent)
    fail_input("KV cache group {}: {} = {} is not in [{}, {}]", group, field, value, low, kMaxExtent);
}

KvGroupLayout lay_out(const KvGroupSpec& spec, std::size_t group, std::int32_t page_tokens) {
  check_extent(group, "layers", spec.layers, 1);
  check_extent(group, "kv_heads", spec.kv_heads, 1);
  check_extent(group, "key_dim", spec.key_dim, 1);
  const bool latent = spec.layout == KvLayout::latent;
  check_extent(group, "value_dim", spec.value_dim, latent ? 0 : 1);
  if (latent && (spec.kv_heads != 1 || spec.value_dim != 0))
    fail_input(
        "KV cache group {}: a latent group has one head and no values, not kv_heads = {}, value_dim = {}",
        group, spec.kv_heads, spec.value_dim);
  if (spec.layout == KvLayout::window) check_extent(group, "window", spec.window, 1);
  if (spec.type != DataType::f32 && spec.type != DataType::f16 && spec.type != DataType::bf16)
    fail_input("KV cache group {}: elements of type {} are not supported; use f32, f16 or bf16", group,
               type_info(spec.type).name);
  const auto element = static_cast<std::uint64_t>(type_info(spec.type).block_bytes);
  const auto tokens = static_cast<std::uint64_t>(page_tokens);
  const auto padded = [](std::int32_t dim) {
    return static_cast<std::int64_t>(round_up(static_cast<std::uint64_t>(dim), kRowAlignment));
  };
  KvGroupLayout layout;
  if (latent) {
    layout.row_stride = padded(spec.key_dim);
    layout.head_bytes =
        round_up(tokens * static_cast<std::uint64_t>(layout.row_stride) * element, kBlockAlignment);
  } else {
    layout.row_stride = padded(spec.value_dim);
    layout.value_offset_bytes =
        round_up(tokens * static_cast<std::uint64_t>(spec.key_dim) * element, kBlockAlignment);
    layout.head_bytes =
        layout.value_offset_bytes +
        round_up(tokens * static_cast<std::uint64_t>(layout.row_stride) * element, kBlockAlignment);
  }
  layout.layer_bytes = layout.head_bytes * static_cast<std::uint64_t>(spec.kv_heads);
  return layout;
}

}  // namespace

KvPageLayout kv_page_layout(const KvCacheSpec& spec) {
  if (spec.page_tokens < 1 || kKeyCutPositions % spec.page_tokens != 0)
    fail_input("KV cache: {} tokens a page; the pages must divide {} positions evenly", spec.page_tokens,
               kKeyCutPositions);
  if (spec.groups.empty()) fail_input("KV cache: no group of layers");
  KvPageLayout layout;
  for (std::size_t i = 0; i < spec.groups.size(); ++i) {
    KvGroupLayout group = lay_out(spec.groups[i], i, spec.page_tokens);
    group.offset_bytes = layout.page_bytes;
    const auto layers = static_cast<std::uint64_t>(spec.groups[i].layers);
    if (group.layer_bytes > (std::uint64_t{1} << 46) / layers)
      fail_input("KV cache group {}: {} layers of {} bytes a page are too large", i, layers,
                 group.layer_bytes);
    layout.page_bytes += group.layer_bytes * layers;
    layout.groups.push_back(group);
  }
  return layout;
}

std::uint64_t kv_page_bytes(const KvCacheSpec& spec) { return kv_page_layout(spec).page_bytes; }

}  // namespace reckon::kernels
