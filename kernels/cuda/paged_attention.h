#pragma once
// Attention over paged keys and values of 16 bits on tensor cores.
//
// Queries and weights are rounded to the cache's type; scores, sums and values are float32. Keys are taken in
// groups at fixed multiples from position 0, each with the online softmax of Milakov and Gimelshein (arXiv
// 1805.02867); a group of which a row sees nothing leaves its sums as they are, bit for bit. So a row's
// result depends on its position and role alone: prompt tokens go through all keys in groups of 32, generated
// ones through each cut of kKeyCutPositions in four interleaved series of 16, which are then joined in order.

#include "kernels/cuda/attention_kernels.h"

namespace reckon::kernels::RECKON_CUDA_NS {

constexpr int kMostPagedKeyDims = 128;
constexpr int kMostPagedValueDims = 128;
/// Tokens of a tile of attend_prompt() and attend_prompt_cuts().
constexpr int kPromptTileTokens = 64;

/// Whether a cache and shape can be attended to here.
bool fits_paged_attention(const KvPlace& place, std::int32_t key_dim, std::int32_t value_dim);

/// All keys of prompt tokens, straight to the output; tiles of kPromptTileTokens. Cuts are not looked at.
void attend_prompt(const Stream& stream, const Attention& attention);

/// The cuts of this call, as attend() leaves them for join_cuts(); tiles of kQueryTileTokens.
void attend_generated(const Stream& stream, const Attention& attention);

/// Prompt tokens over the cuts of this call, for join_cuts(); tiles of kPromptTileTokens.
void attend_prompt_cuts(const Stream& stream, const Attention& attention);

}  // namespace reckon::kernels::RECKON_CUDA_NS
