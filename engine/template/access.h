#pragma once
// What `value.name`, `value[key]`, `value[a:b]` and `value.method(...)` give.

#include <string_view>

#include "engine/template/value.h"

namespace reckon::engine::jinja {

using Method = Value (*)(Interpreter&, const Value& self, Arguments&);

/// The method of a str, list or dict; nullptr: it has none of that name.
Method find_method(const Value& self, std::string_view name);

/// A method first, then a dict's member; else undefined. Failure: `owner` is undefined.
Value attribute_of(const Value& owner, std::string_view name);
/// A member first, then a method; else undefined. Failure: `owner` is undefined.
Value item_of(const Value& owner, const Value& key);
/// Python's slices; bounds are integers or None.
Value slice_of(const Value& owner, const Value& start, const Value& stop, const Value& step);

}  // namespace reckon::engine::jinja
