#pragma once
// MLA's absorbed attention on tensor cores: generated tokens over latent rows of 16 bits.
//
// A block takes sixteen heads of one token, and cuts of kKeyCutPositions keys 32 keys at a time. It leaves
// maximum, sum and weighted values of one cut as attend() does, and join_cuts() adds the cuts up; or it walks
// over all cuts of its row and joins them itself, in the same order and with the same bits, and nothing of a
// cut goes through memory. Scores and sums are float32, queries and weights are rounded to the cache's type.
// How the keys are divided depends on their positions alone, so batch and context of others change no bit.

#include "kernels/cuda/attention_kernels.h"

namespace reckon::kernels::RECKON_CUDA_NS {

constexpr int kMostLatentDims = 576;    ///< of a row: 512 + 64 in DeepSeek's models
constexpr int kMostLatentValues = 512;  ///< of its first elements, the values

/// Whether a cache and shape can be attended to here.
bool fits_latent_decode(const KvPlace& place, std::int32_t key_dim, std::int32_t value_dim);

/// The cuts of this call; `attention` as for attend() with KeySource::latent, its tiles hold generated
/// tokens.
void attend_latent(const Stream& stream, const Attention& attention);
/// All cuts of each row, to the output.
void attend_latent_rows(const Stream& stream, const Attention& attention);

/// Blocks that share the heads of a token, and those that a multiprocessor runs at a time.
std::int64_t latent_chunks(std::int32_t heads);
constexpr int kLatentBlocksAtOnce = 2;

}  // namespace reckon::kernels::RECKON_CUDA_NS
