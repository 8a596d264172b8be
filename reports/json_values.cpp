#include "reports/json_values.h"

#include <cmath>

#include "base/error.h"

namespace reckon::reports {

void set(json::Value& object, const char* key, json::Value value, json::Allocator& allocator) {
  object.AddMember(json::Value(key, allocator), value, allocator);
}

void set(json::Value& object, const char* key, const std::string& text, json::Allocator& allocator) {
  set(object, key, json::string(text, allocator), allocator);
}

json::Value optional_number(const std::optional<double>& number) {
  // JSON has no infinity; what is not finite is not known.
  return number && std::isfinite(*number) ? json::Value(*number) : json::Value();
}

json::Value interval_value(const std::optional<Interval>& interval, json::Allocator& allocator) {
  if (!interval) return json::Value();
  json::Value pair(rapidjson::kArrayType);
  pair.PushBack(interval->low, allocator).PushBack(interval->high, allocator);
  return pair;
}

json::Value string_list(const std::vector<std::string>& strings, json::Allocator& allocator) {
  json::Value list(rapidjson::kArrayType);
  for (const std::string& text : strings) list.PushBack(json::string(text, allocator), allocator);
  return list;
}

void require_schema(const json::ObjectReader& file, std::int64_t version) {
  const std::int64_t schema = file.get_int("schema", 0, 1 << 30);
  if (schema != version) {
    fail_input("{}: field 'schema' is {}; this program reads {}", file.where(), schema, version);
  }
}

}  // namespace reckon::reports
