#pragma once
// Small builders that every emitter of JSON here uses: absent values become null, never 0.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "reports/summary.h"

namespace reckon::reports {

json::Value optional_number(const std::optional<double>& number);
json::Value interval_value(const std::optional<Interval>& interval, json::Allocator& allocator);
json::Value string_list(const std::vector<std::string>& strings, json::Allocator& allocator);
void set(json::Value& object, const char* key, json::Value value, json::Allocator& allocator);
void set(json::Value& object, const char* key, const std::string& text, json::Allocator& allocator);

/// Errors: a data file whose 'schema' is not `version`.
void require_schema(const json::ObjectReader& file, std::int64_t version);

}  // namespace reckon::reports
