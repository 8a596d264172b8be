#include <algorithm>

#include "base/error.h"
#include "base/nearest.h"
#include "suites/config/task_config_parts.h"

namespace reckon::suites {

ConfigReader::ConfigReader(const SuiteFile& file, std::string path) : file_(file), path_(std::move(path)) {
  if (path_.empty()) {
    object_ = &file.root();
    return;
  }
  const auto member = file.root().FindMember(path_.c_str());
  if (member == file.root().MemberEnd() || member->value.IsNull()) {
    return;
  }
  if (!member->value.IsObject()) {
    fail_input("{}: '{}' must be a mapping", file.where(path_), path_);
  }
  object_ = &member->value;
}

std::string ConfigReader::where(const std::string& key) const {
  return fmt::format("{}: '{}'", file_.where(path_.empty() ? key : path_ + "." + key), key);
}

const json::Value* ConfigReader::find(const char* key) const {
  if (object_ == nullptr) {
    return nullptr;
  }
  const auto member = object_->FindMember(key);
  return member == object_->MemberEnd() || member->value.IsNull() ? nullptr : &member->value;
}

std::string ConfigReader::text(const char* key, const std::string& fallback) const {
  const json::Value* value = find(key);
  if (value == nullptr) {
    return fallback;
  }
  if (!value->IsString()) {
    fail_input("{} must be text", where(key));
  }
  return {value->GetString(), value->GetStringLength()};
}

std::int64_t ConfigReader::integer(const char* key, std::int64_t low, std::int64_t high,
                                   std::int64_t fallback) const {
  const json::Value* value = find(key);
  if (value == nullptr) {
    return fallback;
  }
  if (!value->IsInt64() || value->GetInt64() < low || value->GetInt64() > high) {
    fail_input("{} must be an integer from {} to {}", where(key), low, high);
  }
  return value->GetInt64();
}

std::optional<double> ConfigReader::number(const char* key, double low, double high) const {
  const json::Value* value = find(key);
  if (value == nullptr) {
    return std::nullopt;
  }
  if (!value->IsNumber() || !(value->GetDouble() >= low && value->GetDouble() <= high)) {
    fail_input("{} must be a number from {} to {}", where(key), low, high);
  }
  return value->GetDouble();
}

std::optional<bool> ConfigReader::boolean(const char* key) const {
  const json::Value* value = find(key);
  if (value == nullptr) {
    return std::nullopt;
  }
  if (!value->IsBool()) {
    fail_input("{} must be true or false", where(key));
  }
  return value->GetBool();
}

std::vector<std::string> ConfigReader::strings(const char* key) const {
  const json::Value* value = find(key);
  if (value == nullptr) {
    return {};
  }
  if (value->IsString()) {
    return {text(key, "")};
  }
  std::vector<std::string> result;
  if (value->IsArray()) {
    for (const json::Value& item : value->GetArray()) {
      if (item.IsString()) {
        result.emplace_back(item.GetString(), item.GetStringLength());
      }
    }
  }
  if (!value->IsArray() || result.size() != value->Size()) {
    fail_input("{} must be text or a list of texts", where(key));
  }
  return result;
}

std::optional<DocTemplate> ConfigReader::doc_template(const char* key) const {
  const json::Value* value = find(key);
  if (value == nullptr || (value->IsString() && value->GetStringLength() == 0)) {
    return std::nullopt;
  }
  if (const std::optional<FunctionName> name = function(key)) {
    const ValueFunction* function = find_value_function(*name);
    if (function == nullptr) {
      fail_input("{}: the built-in '{}' gives no text of a row", where(key), name->text());
    }
    return DocTemplate(*function, where(key));
  }
  DocTemplate made(*value, where(key));
  if (std::string_view(key).starts_with("doc_to_")) made.take_words_as_fields();
  return made;
}

std::optional<FunctionName> ConfigReader::function(const char* key) const {
  const json::Value* value = find(key);
  if (value == nullptr || !is_function(*value)) {
    return std::nullopt;
  }
  return function(*value, path_.empty() ? key : path_ + "." + key);
}

FunctionName ConfigReader::function(const json::Value& value, const std::string& value_path) const {
  const auto task = file_.root().FindMember("task");
  const bool named = task != file_.root().MemberEnd() && task->value.IsString();
  return resolve_function(value, fmt::format("{}: '{}'", file_.where(value_path), value_path),
                          file_.file_of(value_path), named ? task->value.GetString() : "");
}

void ConfigReader::check_keys(const std::vector<std::string>& known) const {
  if (object_ == nullptr) {
    return;
  }
  for (const auto& member : object_->GetObject()) {
    const std::string key(member.name.GetString(), member.name.GetStringLength());
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      fail_input("{} is no key of `{}`{}", where(key), path_, did_you_mean(key, known));
    }
  }
}

}  // namespace reckon::suites
