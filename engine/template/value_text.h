#pragma once
// Values as text: Python's str() and repr(), and json.dumps.

#include <string>
#include <string_view>

#include "engine/template/value.h"

namespace reckon::engine::jinja {

std::string to_text(const Value& value);  ///< str(): what {{ value }} prints; "" for undefined
std::string to_repr(const Value& value);  ///< repr(): how it looks inside a printed list
std::string quoted(std::string_view text);

/// Python's repr of a float: the shortest digits that read back as the same number.
std::string real_text(double number);

struct JsonStyle {
  bool ensure_ascii = false;
  bool sort_keys = false;
  std::optional<std::string> indent;  ///< one level; absent: one line
  std::string item_separator = ", ";
  std::string key_separator = ": ";
};

/// json.dumps. Failure: a value that JSON cannot hold (undefined, function).
std::string to_json(const Value& value, const JsonStyle& style);

}  // namespace reckon::engine::jinja
