#pragma once
// Inverse frequencies of rotary embeddings after scaling. Formulas: transformers modeling_rope_utils.py.

#include <vector>

#include "engine/model/model_config.h"

namespace reckon::engine {

/// [rotary_dim / 2], computed in double and rounded once. `divisors` ([rotary_dim / 2] or empty) divide the
/// unscaled frequencies (GGUF's rope_freqs tensor).
std::vector<float> rope_inverse_frequencies(const RopeConfig& config,
                                            const std::vector<float>& divisors = {});

}  // namespace reckon::engine
