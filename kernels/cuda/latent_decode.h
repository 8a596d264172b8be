#pragma once
// MLA's absorbed attention on tensor cores: generated tokens over latent rows of 16 bits.
//
// A block takes sixteen heads of one token and one cut of kKeyCutPositions keys, 32 keys at a time, and
// leaves maximum, sum and weighted values as attend() does; join_cuts() adds the cuts up. Scores and sums are
// float32, queries and weights are rounded to the cache's type. How the keys are divided depends on their
// positions alone, so batch and context of others change no bit.

#include "kernels/cuda/attention_kernels.h"

namespace reckon::kernels::RECKON_CUDA_NS {

constexpr int kMostLatentDims = 576;    ///< of a row: 512 + 64 in DeepSeek's models
constexpr int kMostLatentValues = 512;  ///< of its first elements, the values

/// Whether a cache and shape can be attended to here.
bool fits_latent_decode(const KvPlace& place, std::int32_t key_dim, std::int32_t value_dim);

/// The cuts of this call; `attention` as for attend() with KeySource::latent, its tiles hold generated
/// tokens.
void attend_latent(const Stream& stream, const Attention& attention);

}  // namespace reckon::kernels::RECKON_CUDA_NS
