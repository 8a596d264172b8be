#pragma once
// From what --model says to a model that answers.

#include <memory>
#include <string>
#include <vector>

#include "harness/command_line.h"
#include "harness/model.h"

namespace reckon::harness {

/// A model that `reckon ls models` prints.
struct KnownModel {
  std::string name;
  std::string path;
  std::string origin;  ///< "shipped" or "fetched"
};
std::vector<KnownModel> known_models();

/// The folder or file of a model: a path that exists, else the name of a shipped or fetched model.
/// Errors: neither, with the nearest known name.
std::string resolve_model_path(const std::string& model);

/// The name that reports print: the last part of the path.
std::string display_name(const std::string& model);

/// Opens `scripted` (model_args: script=FILE) or loads a model into the engine.
std::unique_ptr<Model> open_model(const ModelArguments& arguments);

}  // namespace reckon::harness
