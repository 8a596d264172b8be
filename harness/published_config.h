#pragma once
// The config.json that estimates stand on: of a folder as it is, of a GGUF file made again from its header.

#include <string>

#include "engine/model/model_config.h"

namespace reckon::harness {

/// The text of a model's config.json, for a folder or a GGUF file; empty where there is none and none can be
/// made. Errors: a config.json that is no JSON, a damaged GGUF header.
std::string published_config(const std::string& model_path);

/// Sizes in the key names of the Llama and DeepSeek-V3 families; empty for other shapes.
std::string config_json_of(const engine::ModelConfig& config);

}  // namespace reckon::harness
