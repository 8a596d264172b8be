#pragma once
// Lines of standard input, for the commands that are filters.

#include <functional>
#include <string>

namespace reckon::harness {

/// Calls `take(line, number)` for each line of stdin without its newline, from 1. Errors: a line over 64 MiB.
void each_input_line(const std::function<void(const std::string&, std::size_t)>& take);

/// Calls `take(line, where)` for each line of a file, or of stdin where `path` is "" or "-"; `where` names
/// the file and the line for messages. Errors: the file cannot be read; a line over 64 MiB.
void each_line_of(const std::string& path,
                  const std::function<void(const std::string& line, const std::string& where)>& take);

/// All of stdin. Errors: more than 1 GiB.
std::string whole_input();

}  // namespace reckon::harness
