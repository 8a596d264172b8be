#pragma once
// MLA's expanded form on tensor cores: keys and values computed from the latent rows become pages of the
// cache's type, which attend_prompt_cuts() reads.

#include "kernels/cuda/attention_kernels.h"

namespace reckon::kernels::RECKON_CUDA_NS {

constexpr int kMostExpandedKeyDims = 192;  ///< 128 + 64 in DeepSeek's models

/// Whether the expanded form can be attended to here; `place` is the latent cache's.
bool fits_expanded_attention(const KvPlace& place, std::int32_t key_dim, std::int32_t value_dim);

/// How the positions from attention.first_cut on lie in pages without a table; the memory is the caller's to
/// give.
KvPlace expanded_pages(const Attention& attention);

/// Fills attention.place, which expanded_pages() laid out, from `expanded` and `latent_rows`.
void page_expanded(const Stream& stream, const Attention& attention, std::int64_t positions);

}  // namespace reckon::kernels::RECKON_CUDA_NS
