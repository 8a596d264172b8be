#pragma once
// Python's operators.

#include <string_view>

#include "engine/template/value.h"

namespace reckon::engine::jinja {

/// + - * / // % **. Failures: types that do not go together, division by zero, results out of range or too
/// long.
Value arithmetic(std::string_view operation, const Value& left, const Value& right);
Value negated(const Value& value);

/// == != < > <= >= in, not in.
bool compare(std::string_view operation, const Value& left, const Value& right);
/// `item` in `container`.
bool contains(const Value& container, const Value& item);

/// "%s and %d" % values: `values` is a tuple, a dict (for %(name)s) or one value.
std::string format_percent(std::string_view format, const Value& values);

}  // namespace reckon::engine::jinja
