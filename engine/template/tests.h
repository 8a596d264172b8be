#pragma once
// Jinja's tests: what stands behind `is`.

#include <string_view>

#include "engine/template/value.h"

namespace reckon::engine::jinja {

using Test = bool (*)(Interpreter&, const Value& value, Arguments&);

/// nullptr: there is none of that name.
Test find_test(std::string_view name);

}  // namespace reckon::engine::jinja
