#include "engine/formats/chat_files.h"

#include <filesystem>
#include <limits>

#include "base/error.h"
#include "base/files.h"

namespace reckon::engine {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxTextBytes = std::size_t{16} << 20;
constexpr std::int64_t kMaxToken = std::numeric_limits<std::int32_t>::max();

TokenId token_of(const json::Value& value, const std::string& where, const char* key) {
  if (!value.IsInt() || value.GetInt() < 0) {
    fail_input("{}: field '{}' should be a token id or an array of them, found {}", where, key,
               json::dump(value));
  }
  return value.GetInt();
}

std::vector<TokenId> read_tokens(const json::ObjectReader& reader, const char* key) {
  const json::Value* value = reader.find(key);
  std::vector<TokenId> tokens;
  if (value == nullptr) return tokens;
  if (!value->IsArray()) return {token_of(*value, reader.where(), key)};
  for (const json::Value& item : value->GetArray()) tokens.push_back(token_of(item, reader.where(), key));
  return tokens;
}

std::optional<double> read_number(const json::ObjectReader& reader, const char* key) {
  if (!reader.has(key)) return std::nullopt;
  return reader.get_number(key);
}

void read_generation(const json::ObjectReader& reader, GenerationDefaults& generation) {
  generation.eos_tokens = read_tokens(reader, "eos_token_id");
  const std::vector<TokenId> bos = read_tokens(reader, "bos_token_id");
  const std::vector<TokenId> pad = read_tokens(reader, "pad_token_id");
  if (!bos.empty()) generation.bos_token = bos.front();
  if (!pad.empty()) generation.pad_token = pad.front();
  generation.temperature = read_number(reader, "temperature");
  generation.top_p = read_number(reader, "top_p");
  generation.min_p = read_number(reader, "min_p");
  generation.repetition_penalty = read_number(reader, "repetition_penalty");
  if (reader.has("top_k"))
    generation.top_k = static_cast<std::int32_t>(reader.get_int("top_k", 0, kMaxToken));
  if (reader.has("do_sample")) generation.do_sample = reader.get_bool("do_sample");
}

// A string, or an array of {name, template}.
void read_templates(const json::Value& value, const std::string& where,
                    std::map<std::string, std::string>& templates) {
  if (value.IsString()) {
    templates["default"] = std::string(value.GetString(), value.GetStringLength());
    return;
  }
  if (!value.IsArray()) fail_input("{}: field 'chat_template' should be a string or an array", where);
  for (const json::Value& item : value.GetArray()) {
    const json::ObjectReader entry(item, where + ": chat_template");
    templates[entry.get_string("name")] = entry.get_string("template");
  }
}

}  // namespace

ChatFiles read_chat_files(const std::string& folder, const json::Value& config) {
  ChatFiles result;
  const auto found = [&](const char* name) -> std::string {
    const std::string path = (fs::path(folder) / name).string();
    if (!fs::is_regular_file(path)) return "";
    result.files.push_back(path);
    return path;
  };

  result.tokenizer_json = found("tokenizer.json");
  result.tokenizer_config = found("tokenizer_config.json");
  if (!result.tokenizer_config.empty()) {
    const json::Document document =
        json::parse(read_file(result.tokenizer_config, kMaxTextBytes), result.tokenizer_config);
    const json::ObjectReader reader(document, result.tokenizer_config);
    if (const json::Value* value = reader.find("chat_template")) {
      read_templates(*value, result.tokenizer_config, result.templates);
    }
  }
  if (const std::string path = found("chat_template.json"); !path.empty()) {
    const json::Document document = json::parse(read_file(path, kMaxTextBytes), path);
    const json::ObjectReader reader(document, path);
    if (const json::Value* value = reader.find("chat_template"))
      read_templates(*value, path, result.templates);
  }
  if (const std::string path = found("chat_template.jinja"); !path.empty()) {
    result.templates["default"] = read_file(path, kMaxTextBytes);
  }

  const std::string where = (fs::path(folder) / "config.json").string();
  const json::ObjectReader config_reader(config, where);
  if (const std::string path = found("generation_config.json"); !path.empty()) {
    const json::Document document = json::parse(read_file(path, kMaxTextBytes), path);
    read_generation(json::ObjectReader(document, path), result.generation);
  }
  if (result.generation.eos_tokens.empty())
    result.generation.eos_tokens = read_tokens(config_reader, "eos_token_id");
  if (!result.generation.bos_token) {
    const std::vector<TokenId> bos = read_tokens(config_reader, "bos_token_id");
    if (!bos.empty()) result.generation.bos_token = bos.front();
  }
  return result;
}

}  // namespace reckon::engine
