#pragma once
// kv_b_proj in both of its uses: as a product (expanded form) and per head in f32 (absorbed form).

#include <cstdint>
#include <memory>

#include "kernels/backend.h"
#include "kernels/cpu/linear/linear.h"
#include "kernels/cpu/memory.h"
#include "kernels/cpu/ops/op_table.h"

namespace reckon::kernels::cpu {

struct MlaWeight {
  MlaSpec spec;
  std::unique_ptr<LinearWeight> expand;  ///< [heads * (nope_dim + value_dim), latent_dim]
  std::int64_t latent_width = 0;         ///< latent_dim padded to 16
  std::int64_t value_width = 0;          ///< value_dim padded to 16
  AlignedBytes keys;                     ///< f32 [heads][nope_dim][latent_width]
  AlignedBytes values;                   ///< f32 [heads][latent_dim][value_width], transposed

  const float* head_keys(std::int64_t head) const {
    return keys.floats() + head * spec.nope_dim * latent_width;
  }
  const float* head_values(std::int64_t head) const {
    return values.floats() + head * spec.latent_dim * value_width;
  }
};

/// Errors: dimensions that are not positive, or a matrix of another shape than they say.
void check_mla_weight(const StoredTensor& kv_b, const MlaSpec& spec);

/// Errors: see check_mla_weight().
std::unique_ptr<MlaWeight> make_mla_weight(const StoredTensor& kv_b, const MlaSpec& spec,
                                           const LinearOptions& options, ThreadPool& pool);

}  // namespace reckon::kernels::cpu
