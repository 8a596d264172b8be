#pragma once
// Template source to its tree.

#include <memory>
#include <string>
#include <string_view>

#include "engine/template/syntax.h"

namespace reckon::engine::jinja {

/// SyntaxFailure with the line: wrong syntax, an unknown tag, nested too deeply.
Body parse(std::string_view source);

}  // namespace reckon::engine::jinja
