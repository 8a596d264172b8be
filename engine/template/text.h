#pragma once
// Python's str methods on UTF-8: positions count characters, white space and case are Unicode's.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reckon::engine::jinja {

std::size_t count_characters(std::string_view text);
/// Each character as a view into `text`; a byte that starts none is one of its own.
std::vector<std::string_view> characters(std::string_view text);
/// Bytes of the character positions [begin, end), already within the text.
std::string_view slice_characters(std::string_view text, std::size_t begin, std::size_t end);

/// With no `set`: white space; else every character of `set`.
std::string_view strip(std::string_view text, std::optional<std::string_view> set, bool left, bool right);
/// With no separator: at runs of white space, dropping empty parts. `limit` < 0: no limit on the cuts.
std::vector<std::string> split(std::string_view text, std::optional<std::string_view> separator,
                               std::int64_t limit);
std::vector<std::string> split_from_right(std::string_view text, std::optional<std::string_view> separator,
                                          std::int64_t limit);
std::vector<std::string> split_lines(std::string_view text, bool keep_ends);
std::string replace(std::string_view text, std::string_view from, std::string_view to, std::int64_t limit);

/// & < > " ' as HTML entities.
std::string escape_html(std::string_view text);

std::string to_upper(std::string_view text);
std::string to_lower(std::string_view text);
std::string to_title(std::string_view text);  ///< str.title(): each run of letters
std::string capitalize(std::string_view text);

bool is_space(std::uint32_t code_point);   ///< str.isspace()
bool is_letter(std::uint32_t code_point);  ///< str.isalpha()
bool is_digit(std::uint32_t code_point);   ///< str.isdigit()
bool is_numeric(std::uint32_t code_point);
bool is_upper(std::uint32_t code_point);
bool is_lower(std::uint32_t code_point);
bool is_printable(std::uint32_t code_point);  ///< str.isprintable(): what repr() leaves as it is

}  // namespace reckon::engine::jinja
