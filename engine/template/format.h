#pragma once
// Python's two ways of formatting texts, and the bounds that keep their results small.

#include <string>
#include <string_view>

#include "engine/template/value.h"

namespace reckon::engine::jinja {

/// "{} {0} {name:>8.2f}".format(...). Failures: an index or name that was not given, an unknown format.
std::string format_braces(std::string_view format, const Arguments& arguments);

/// A value under a format like ">8.2f" (empty: str()).
std::string format_value(const Value& value, std::string_view format);

/// Counts what replacing `from` by `to` in `text` can make.
void check_replacement(std::string_view text, std::string_view from, std::string_view to);

}  // namespace reckon::engine::jinja
