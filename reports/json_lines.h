#pragma once
// Files of JSON lines that a process may have been killed while writing.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "base/json.h"

namespace reckon::reports {

/// Calls `visit(object, line number from 1)` for each whole line of `path`. Returns how many torn lines there
/// were: a last line without its newline was not written in full and does not count (0 or 1). An error in a
/// whole line names file and line.
std::size_t for_each_json_line(
    const std::string& path,
    const std::function<void(const json::ObjectReader& line, std::size_t number)>& visit);

/// Lines of `path`, a torn one counted too.
std::uint64_t count_lines(const std::string& path);

}  // namespace reckon::reports
