#pragma once
// run.json: everything that could change a result (docs/run_directory.md).

#include <string>

#include "base/json.h"
#include "harness/run_settings.h"

namespace reckon::harness {

/// `model_identity` is a JSON object (Model::identity_json()).
json::Document make_manifest(const RunSettings& settings, const std::string& model_identity);

/// The machine as a JSON object: name, system, processor, memory.
std::string host_json();

}  // namespace reckon::harness
