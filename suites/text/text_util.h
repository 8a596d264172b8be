#pragma once
// Small operations on texts that extraction and grading share.

#include <string>
#include <string_view>
#include <vector>

namespace reckon::suites {

/// Without ASCII white space (and U+00A0, U+3000) at both ends.
std::string_view trim(std::string_view text);
/// ASCII letters in lower case; other characters by Unicode simple case mapping.
std::string lower_case(std::string_view text);
std::string upper_case(std::string_view text);
/// ASCII letters in lower case and nothing else changed, so that offsets stay those of the text.
std::string lower_ascii(std::string_view text);
/// Non-overlapping replacement from left to right; `from` is not empty.
std::string replace_all(std::string_view text, std::string_view from, std::string_view to);
/// The text shortened to about `max_bytes` on a character border, with "..." in the middle: for messages.
std::string shortened(std::string_view text, std::size_t max_bytes = 80);
std::vector<std::string_view> split_lines(std::string_view text);  ///< at \n, \r\n and \r

}  // namespace reckon::suites
