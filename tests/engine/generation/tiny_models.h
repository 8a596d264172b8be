#pragma once
// Folders with the config of a tiny model whose weights are drawn, not stored (load_format=dummy).

#include <string>
#include <vector>

namespace reckon::engine::test {

/// "llama": grouped queries, llama3 scaling, BF16. "deepseek": latent queries, groups, correction bias, YaRN,
/// float32. "deepseek_fp8": the same in block FP8 with dynamic activations, with sizes that no block divides.
const std::vector<std::string>& tiny_model_names();

/// Writes config.json into a new folder below the tests' temporary one; returns the folder.
std::string write_tiny_model(const std::string& name);

}  // namespace reckon::engine::test
