#pragma once
// What the tensors of the operations along a sequence have to be, the same on every back end. `group` is the
// cache group of the layer, `tokens` the rows of the step.

#include <cstdint>

#include "kernels/backend.h"

namespace reckon::kernels {

/// Errors of all: shapes that do not fit the group or each other, a last dimension that is not contiguous, a
/// group of the other kind.
void check_write_kv(const Tensor& keys, const Tensor& values, std::int64_t tokens, const KvGroupSpec& group);
void check_attention(const Tensor& output, const Tensor& queries, std::int64_t tokens,
                     const KvGroupSpec& group);
void check_mla_attention(const Tensor& output, const Tensor& queries, std::int64_t tokens,
                         const KvGroupSpec& group, const MlaSpec& spec);

}  // namespace reckon::kernels
