#pragma once
// One GGUF file, or all parts of a split one, as a model.

#include <memory>
#include <string>

#include "engine/model/model_source.h"

namespace reckon::engine {

std::unique_ptr<ModelSource> open_gguf(const std::string& path, const OpenOptions& options);

}  // namespace reckon::engine
