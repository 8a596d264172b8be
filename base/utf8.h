#pragma once
// UTF-8 as bytes: validity, code points, lengths. Unicode properties and normal forms come from utf8proc.

#include <cstdint>
#include <string>
#include <string_view>

namespace reckon::utf8 {

/// One decoded code point and how many bytes it took; `length` 0 means: not valid UTF-8 at this place.
struct Decoded {
  std::uint32_t code_point;
  int length;
};

/// Decodes at `offset`. Overlong forms, surrogates and values over U+10FFFF are not valid.
Decoded decode(std::string_view text, std::size_t offset);

bool is_valid(std::string_view text);

/// Each byte that starts no valid character becomes U+FFFD.
std::string replace_invalid(std::string_view text);

void append(std::string& text, std::uint32_t code_point);

/// The length of the longest prefix that ends on a character border: at most 3 bytes shorter than `text` when
/// an unfinished but so far valid character stands at its end. What a stream may show already.
std::size_t complete_prefix(std::string_view text);

}  // namespace reckon::utf8
