#pragma once
// A Hugging Face folder as a model: config.json, safetensors with or without index, tokenizer and generation
// files.

#include <memory>
#include <string>

#include "engine/model/model_source.h"

namespace reckon::engine {

std::unique_ptr<ModelSource> open_hugging_face(const std::string& folder, const OpenOptions& options);

}  // namespace reckon::engine
