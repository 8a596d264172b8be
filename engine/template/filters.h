#pragma once
// Jinja's filters.

#include <string>
#include <string_view>

#include "engine/template/value.h"

namespace reckon::engine::jinja {

using Filter = Value (*)(Interpreter&, const Value& input, Arguments&);

/// nullptr: there is none of that name.
Filter find_filter(std::string_view name);
Filter find_text_filter(std::string_view name);
Filter find_sequence_filter(std::string_view name);

/// The value at a dotted path ("function.name", "0.role") or integer index inside `item`.
Value at_path(const Value& item, const Value& path);

}  // namespace reckon::engine::jinja
