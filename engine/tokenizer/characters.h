#pragma once
// What tokenizers ask about a character, and the two ways in which they spell single bytes.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace reckon::engine {

bool is_white_space(std::uint32_t code_point);  ///< Unicode White_Space
bool is_word_character(
    std::uint32_t code_point);  ///< Alphabetic | Mark | Decimal_Number | Connector_Punctuation
bool is_punctuation(std::uint32_t code_point);  ///< Unicode P*, and every ASCII mark ($+<=>^`|~ too)
bool is_numeric(std::uint32_t code_point);      ///< Unicode N*
bool is_mark(std::uint32_t code_point);         ///< Unicode M*

/// GPT-2's reversible spelling of bytes as printable characters: byte 0x20 is U+0120 "Ġ". Printable Latin-1
/// characters stand for themselves, the 68 others for U+0100 and up, in order.
const std::array<std::string, 256>& byte_spellings();

/// Each byte of `bytes` in that spelling.
std::string spell_bytes(std::string_view bytes);

/// The bytes spelled by `text`; nullopt if a character of it is no such spelling.
std::optional<std::string> unspell_bytes(std::string_view text);

/// The value of a byte-fallback piece "<0x0A>".
std::optional<std::uint8_t> byte_of_fallback_piece(std::string_view piece);
std::string fallback_piece(std::uint8_t byte);

/// U+FFFD for each maximal part that starts like a character but is none (Unicode 3.9, table 3-8; the way of
/// Rust's from_utf8_lossy and of browsers).
std::string replace_invalid_parts(std::string_view bytes);

}  // namespace reckon::engine
