#pragma once
// The built-in engine as a Model.

#include <memory>
#include <string>

#include "harness/model.h"

namespace reckon::harness {

/// Loads a model into the engine; `model_args` as engine/engine_options.h reads them.
std::unique_ptr<Model> make_engine_model(const std::string& model_path, const std::string& model_args,
                                         const std::string& device);

}  // namespace reckon::harness
