#include "engine/architectures/config_keys.h"

#include <cmath>

#include "base/error.h"

namespace reckon::engine {

ConfigKeys::ConfigKeys(const json::Value& object, std::string where)
    : reader_(object, std::move(where)), object_(&object) {
  std::set<std::string_view> seen;
  for (const auto& member : object.GetObject()) {
    const std::string_view name(member.name.GetString(), member.name.GetStringLength());
    if (!seen.insert(name).second) fail_input("{}: field '{}' stands twice", reader_.where(), name);
  }
}

bool ConfigKeys::stands(const char* key) const { return object_->HasMember(key); }

std::int32_t ConfigKeys::get_count(const char* key, std::int32_t low, std::int32_t high) {
  known_.insert(key);
  return static_cast<std::int32_t>(reader_.get_int(key, low, high));
}

std::int32_t ConfigKeys::get_count(const char* key, std::int32_t low, std::int32_t high,
                                   std::int32_t fallback) {
  known_.insert(key);
  return static_cast<std::int32_t>(reader_.get_int(key, low, high, fallback));
}

std::int64_t ConfigKeys::get_int(const char* key, std::int64_t low, std::int64_t high,
                                 std::int64_t fallback) {
  known_.insert(key);
  return reader_.get_int(key, low, high, fallback);
}

double ConfigKeys::get_number(const char* key, double low, double high) {
  known_.insert(key);
  const double value = reader_.get_number(key);
  if (!std::isfinite(value) || value < low || value > high) {
    fail_input("{}: field '{}' is {}, outside the allowed {} to {}", where(), key, value, low, high);
  }
  return value;
}

double ConfigKeys::get_number(const char* key, double low, double high, double fallback) {
  known_.insert(key);
  return has(key) ? get_number(key, low, high) : fallback;
}

bool ConfigKeys::get_bool(const char* key, bool fallback) {
  known_.insert(key);
  return reader_.get_bool(key, fallback);
}

std::string ConfigKeys::get_string(const char* key) {
  known_.insert(key);
  return reader_.get_string(key);
}

std::string ConfigKeys::get_string(const char* key, std::string_view fallback) {
  known_.insert(key);
  return reader_.get_string(key, fallback);
}

const json::Value* ConfigKeys::get_value(const char* key) {
  known_.insert(key);
  return reader_.find(key);
}

void ConfigKeys::require_bool(const char* key, bool only) {
  if (get_bool(key, only) != only)
    fail_input("{}: {} = {} is not supported, only {}", where(), key, !only, only);
}

void ConfigKeys::require_string(const char* key, std::string_view only, std::string_view fallback) {
  const std::string value = get_string(key, fallback);
  if (value != only) fail_input("{}: {} = '{}' is not supported, only '{}'", where(), key, value, only);
}

void ConfigKeys::require_number(const char* key, double only) {
  const double value = get_number(key, -1e300, 1e300, only);
  if (value != only) fail_input("{}: {} = {} is not supported, only {}", where(), key, value, only);
}

void ConfigKeys::ignore(std::initializer_list<const char*> keys) {
  for (const char* key : keys) known_.insert(key);
}

void ConfigKeys::ignore(const std::vector<std::string>& keys) {
  for (const std::string& key : keys) known_.insert(key);
}

void ConfigKeys::ignore_prefix(std::string_view prefix) { prefixes_.emplace_back(prefix); }

void ConfigKeys::refuse_others(std::string_view remedy) const {
  for (const auto& member : object_->GetObject()) {
    const std::string_view name(member.name.GetString(), member.name.GetStringLength());
    if (member.value.IsNull() || known_.contains(name)) continue;
    bool harmless = false;
    for (const std::string& prefix : prefixes_) harmless = harmless || name.starts_with(prefix);
    if (!harmless) {
      fail_input("{}: field '{}' = {} is not known, and might change the result; {}", where(), name,
                 json::dump(member.value).substr(0, 80), remedy);
    }
  }
}

}  // namespace reckon::engine
