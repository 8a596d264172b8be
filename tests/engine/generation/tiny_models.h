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

/// A llama of 300 tokens with a tokenizer of bytes (ids 0-255 in the order of their letters), the special
/// tokens
/// <|im_start|> and <|im_end|> (which ends a reply), the tokens <think> and </think>, and a chat template
/// that opens a trace when enable_thinking is true.
std::string write_tiny_chat_model();

}  // namespace reckon::engine::test
