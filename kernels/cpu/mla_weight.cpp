#include "kernels/cpu/mla_weight.h"

#include <algorithm>
#include <vector>

#include "base/error.h"

namespace reckon::kernels::cpu {

void check_mla_weight(const StoredTensor& kv_b, const MlaSpec& spec) {
  constexpr std::int32_t kMaxExtent = 1 << 20;
  for (const std::int32_t extent :
       {spec.heads, spec.nope_dim, spec.rope_dim, spec.value_dim, spec.latent_dim}) {
    if (extent < 1 || extent > kMaxExtent)
      fail_input("{}: MLA of {} heads, nope {}, rope {}, value {}, latent {} is not possible", kv_b.name,
                 spec.heads, spec.nope_dim, spec.rope_dim, spec.value_dim, spec.latent_dim);
  }
  const std::int64_t head_rows = std::int64_t{spec.nope_dim} + spec.value_dim;
  if (kv_b.rows != spec.heads * head_rows || kv_b.columns != spec.latent_dim)
    fail_input("{}: [{}, {}] where {} heads of {} + {} rows over {} columns are needed", kv_b.name, kv_b.rows,
               kv_b.columns, spec.heads, spec.nope_dim, spec.value_dim, spec.latent_dim);
}

std::unique_ptr<MlaWeight> make_mla_weight(const StoredTensor& kv_b, const MlaSpec& spec,
                                           const LinearOptions& options, ThreadPool& pool) {
  check_mla_weight(kv_b, spec);
  const std::int64_t head_rows = std::int64_t{spec.nope_dim} + spec.value_dim;
  auto weight = std::make_unique<MlaWeight>();
  weight->spec = spec;
  weight->expand = LinearWeight::make(kv_b, options, &pool);
  weight->latent_width = pad_lanes(spec.latent_dim);
  weight->value_width = pad_lanes(spec.value_dim);
  const auto heads = static_cast<std::uint64_t>(spec.heads);
  weight->keys =
      AlignedBytes(heads * static_cast<std::uint64_t>(spec.nope_dim * weight->latent_width) * sizeof(float));
  weight->values =
      AlignedBytes(heads * static_cast<std::uint64_t>(spec.latent_dim * weight->value_width) * sizeof(float));
  std::vector<float> rows(static_cast<std::size_t>(head_rows * spec.latent_dim));
  for (std::int64_t head = 0; head < spec.heads; ++head) {
    weight->expand->dequantise(head * head_rows, head_rows, rows.data());
    float* keys = weight->keys.floats() + head * spec.nope_dim * weight->latent_width;
    for (std::int64_t n = 0; n < spec.nope_dim; ++n)
      std::copy_n(rows.data() + n * spec.latent_dim, spec.latent_dim, keys + n * weight->latent_width);
    float* values = weight->values.floats() + head * spec.latent_dim * weight->value_width;
    for (std::int64_t v = 0; v < spec.value_dim; ++v) {
      const float* row = rows.data() + (spec.nope_dim + v) * spec.latent_dim;
      for (std::int64_t l = 0; l < spec.latent_dim; ++l) values[l * weight->value_width + v] = row[l];
    }
  }
  return weight;
}

}  // namespace reckon::kernels::cpu
