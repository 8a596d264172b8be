#pragma once
// Tiny models whose matrices are GGUF blocks of every type, mixed as published files mix them.

#include <string>
#include <vector>

#include "tests/engine/formats/file_builders.h"

namespace reckon::test {

/// "llama_gguf"; "deepseek_gguf": kv_b whole; "deepseek_split_gguf": kv_b in two parts, as newer converters
/// write it. 157 tokens: no whole number of the panels that rows are repacked in.
const std::vector<std::string>& quantised_model_names();

/// `as_f32`: the same values, dequantised and stored as F32.
GgufBuilder quantised_model(const std::string& name, bool as_f32 = false);

}  // namespace reckon::test
