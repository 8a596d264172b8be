#include "suites/config/option_reader.h"

#include <algorithm>

#include <fmt/ranges.h>

#include "base/error.h"
#include "base/nearest.h"

namespace reckon::suites {

OptionReader::OptionReader(const json::Value& options, std::string where,
                           const std::vector<std::string>& known)
    : options_(&options), where_(std::move(where)) {
  if (options.IsNull()) {
    return;
  }
  if (!options.IsObject()) {
    fail_input("{}: options must be a mapping of names to values", where_);
  }
  for (const auto& member : options.GetObject()) {
    const std::string name(member.name.GetString(), member.name.GetStringLength());
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      fail_input("{}: unknown option '{}'{}; known: {}", where_, name, did_you_mean(name, known),
                 known.empty() ? "none" : fmt::format("{}", fmt::join(known, ", ")));
    }
  }
}

const json::Value* OptionReader::find(const char* name) const {
  if (!options_->IsObject()) {
    return nullptr;
  }
  const auto member = options_->FindMember(name);
  return member == options_->MemberEnd() || member->value.IsNull() ? nullptr : &member->value;
}

bool OptionReader::get_bool(const char* name, bool fallback) const {
  const json::Value* value = find(name);
  if (value == nullptr) {
    return fallback;
  }
  if (!value->IsBool()) {
    fail_input("{}: '{}' must be true or false", where_, name);
  }
  return value->GetBool();
}

std::int64_t OptionReader::get_int(const char* name, std::int64_t low, std::int64_t high,
                                   std::int64_t fallback) const {
  const json::Value* value = find(name);
  if (value == nullptr) {
    return fallback;
  }
  if (!value->IsInt64() || value->GetInt64() < low || value->GetInt64() > high) {
    fail_input("{}: '{}' must be an integer from {} to {}", where_, name, low, high);
  }
  return value->GetInt64();
}

std::string OptionReader::get_string(const char* name, const std::string& fallback) const {
  const json::Value* value = find(name);
  if (value == nullptr) {
    return fallback;
  }
  if (!value->IsString()) {
    fail_input("{}: '{}' must be text", where_, name);
  }
  return {value->GetString(), value->GetStringLength()};
}

std::string OptionReader::require_string(const char* name) const {
  if (find(name) == nullptr) {
    fail_input("{}: '{}' is missing", where_, name);
  }
  return get_string(name, "");
}

std::string OptionReader::get_choice(const char* name, const std::vector<std::string>& allowed,
                                     const std::string& fallback) const {
  const std::string value = get_string(name, fallback);
  if (std::find(allowed.begin(), allowed.end(), value) == allowed.end()) {
    fail_input("{}: '{}' is '{}', but must be one of {}", where_, name, value, fmt::join(allowed, ", "));
  }
  return value;
}

std::vector<std::string> OptionReader::get_strings(const char* name) const {
  std::vector<std::string> result;
  const json::Value* value = find(name);
  if (value == nullptr) {
    return result;
  }
  if (value->IsString()) {
    return {get_string(name, "")};
  }
  if (!value->IsArray()) {
    fail_input("{}: '{}' must be a list of texts", where_, name);
  }
  for (const json::Value& item : value->GetArray()) {
    if (!item.IsString()) {
      fail_input("{}: '{}' must be a list of texts", where_, name);
    }
    result.emplace_back(item.GetString(), item.GetStringLength());
  }
  return result;
}

}  // namespace reckon::suites
