#pragma once
// The files of a Hugging Face folder that say how to talk to the model: tokenizer, chat templates,
// generation.

#include <map>
#include <string>
#include <vector>

#include "base/json.h"
#include "engine/model/model_source.h"

namespace reckon::engine {

struct ChatFiles {
  std::string tokenizer_json, tokenizer_config;  ///< paths or ""
  std::map<std::string, std::string> templates;  ///< "default" and others by name
  GenerationDefaults generation;
  std::vector<std::string> files;  ///< every file that was found
};

/// Token ids that generation_config.json lacks are taken from `config` (config.json).
ChatFiles read_chat_files(const std::string& folder, const json::Value& config);

}  // namespace reckon::engine
