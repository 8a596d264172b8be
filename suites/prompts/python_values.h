#pragma once
// Values as Python writes them: templates of suite files were written for it.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace reckon::suites {

/// The text of a value as Python's str() prints it: True, None, 3, 0.5, ['a', 1].
std::string python_text(const json::Value& value);

/// A Python (or JSON) list of texts and numbers; nullopt when `text` is none.
std::optional<std::vector<std::string>> parse_python_list(std::string_view text);

}  // namespace reckon::suites
