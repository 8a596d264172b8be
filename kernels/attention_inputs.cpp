#include "kernels/attention_inputs.h"

#include "base/error.h"
#include "kernels/shapes.h"

namespace reckon::kernels {
namespace {

bool is_rows(const Tensor& tensor, std::int64_t tokens, std::int64_t heads, std::int64_t dim) {
  return tensor.rank == 3 && tensor.dim(0) == tokens && tensor.dim(1) == heads && tensor.dim(2) == dim;
}

}  // namespace

void check_write_kv(const Tensor& keys, const Tensor& values, std::int64_t tokens, const KvGroupSpec& group) {
  const bool latent = group.layout == KvLayout::latent;
  check_shapes(is_rows(keys, tokens, group.kv_heads, group.key_dim) &&
                   (latent || is_rows(values, tokens, group.kv_heads, group.value_dim)),
               "write_kv", {{"keys", &keys}, {"values", &values}});
  check_contiguous(keys, "write_kv keys");
  if (!latent) check_contiguous(values, "write_kv values");
}

void check_attention(const Tensor& output, const Tensor& queries, std::int64_t tokens,
                     const KvGroupSpec& group) {
  if (group.layout == KvLayout::latent)
    fail_input("attention: the layer's group is latent (use mla_attention)");
  const std::int64_t heads = queries.rank == 3 ? queries.dim(1) : 0;
  check_shapes(heads > 0 && heads % group.kv_heads == 0 && is_rows(queries, tokens, heads, group.key_dim) &&
                   is_rows(output, tokens, heads, group.value_dim),
               "attention", {{"output", &output}, {"queries", &queries}});
  check_contiguous(queries, "attention queries");
  check_contiguous(output, "attention output");
}

void check_mla_attention(const Tensor& output, const Tensor& queries, std::int64_t tokens,
                         const KvGroupSpec& group, const MlaSpec& spec) {
  if (group.layout != KvLayout::latent) fail_input("mla_attention: the layer's group is not latent");
  check_shapes(is_rows(queries, tokens, spec.heads, std::int64_t{spec.nope_dim} + spec.rope_dim) &&
                   is_rows(output, tokens, spec.heads, spec.value_dim),
               "mla_attention", {{"output", &output}, {"queries", &queries}});
  if (group.key_dim != spec.latent_dim + spec.rope_dim)
    fail_input("mla_attention: latent rows of {} in the cache, {} + {} of the weight", group.key_dim,
               spec.latent_dim, spec.rope_dim);
  check_contiguous(queries, "mla_attention queries");
  check_contiguous(output, "mla_attention output");
}

}  // namespace reckon::kernels
