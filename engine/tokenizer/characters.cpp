#include "engine/tokenizer/characters.h"

#include <utf8proc.h>

#include "base/utf8.h"

namespace reckon::engine {
namespace {

utf8proc_category_t category(std::uint32_t code_point) {
  return utf8proc_category(static_cast<utf8proc_int32_t>(code_point));
}

bool printable_latin1(int byte) {
  return (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || (byte >= 0xAE && byte <= 0xFF);
}

// code_point_of[b] is the character that spells byte b.
std::array<std::uint32_t, 256> spelling_code_points() {
  std::array<std::uint32_t, 256> points{};
  std::uint32_t next = 0x100;
  for (int byte = 0; byte < 256; ++byte) {
    points[static_cast<std::size_t>(byte)] =
        printable_latin1(byte) ? static_cast<std::uint32_t>(byte) : next++;
  }
  return points;
}

constexpr std::uint32_t kSpellingEnd = 0x144;  // one past the last spelling character

std::array<int, kSpellingEnd> spelled_bytes() {
  std::array<int, kSpellingEnd> bytes{};
  bytes.fill(-1);
  const auto points = spelling_code_points();
  for (int byte = 0; byte < 256; ++byte) bytes[points[static_cast<std::size_t>(byte)]] = byte;
  return bytes;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

bool is_white_space(std::uint32_t c) {
  return (c >= 0x9 && c <= 0xD) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
         c == 0x3000;
}

bool is_mark(std::uint32_t c) {
  const auto kind = category(c);
  return kind == UTF8PROC_CATEGORY_MN || kind == UTF8PROC_CATEGORY_MC || kind == UTF8PROC_CATEGORY_ME;
}

bool is_numeric(std::uint32_t c) {
  const auto kind = category(c);
  return kind == UTF8PROC_CATEGORY_ND || kind == UTF8PROC_CATEGORY_NL || kind == UTF8PROC_CATEGORY_NO;
}

bool is_word_character(std::uint32_t c) {
  switch (category(c)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_PC:
      return true;
    default:
      // Circled and squared letters: Alphabetic, though of category So.
      return (c >= 0x24B6 && c <= 0x24E9) || (c >= 0x1F130 && c <= 0x1F149) ||
             (c >= 0x1F150 && c <= 0x1F169) || (c >= 0x1F170 && c <= 0x1F189);
  }
}

bool is_punctuation(std::uint32_t c) {
  if (c < 0x80) {
    return (c >= 0x21 && c <= 0x2F) || (c >= 0x3A && c <= 0x40) || (c >= 0x5B && c <= 0x60) ||
           (c >= 0x7B && c <= 0x7E);
  }
  switch (category(c)) {
    case UTF8PROC_CATEGORY_PC:
    case UTF8PROC_CATEGORY_PD:
    case UTF8PROC_CATEGORY_PS:
    case UTF8PROC_CATEGORY_PE:
    case UTF8PROC_CATEGORY_PI:
    case UTF8PROC_CATEGORY_PF:
    case UTF8PROC_CATEGORY_PO:
      return true;
    default:
      return false;
  }
}

const std::array<std::string, 256>& byte_spellings() {
  static const std::array<std::string, 256> spellings = [] {
    std::array<std::string, 256> made;
    const auto points = spelling_code_points();
    for (std::size_t byte = 0; byte < 256; ++byte) utf8::append(made[byte], points[byte]);
    return made;
  }();
  return spellings;
}

std::string spell_bytes(std::string_view bytes) {
  const auto& spellings = byte_spellings();
  std::string text;
  text.reserve(bytes.size() + bytes.size() / 2);
  for (const char c : bytes) text += spellings[static_cast<unsigned char>(c)];
  return text;
}

std::optional<std::string> unspell_bytes(std::string_view text) {
  static const auto bytes_of = spelled_bytes();
  std::string bytes;
  bytes.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const auto decoded = utf8::decode(text, i);
    if (decoded.length == 0 || decoded.code_point >= kSpellingEnd || bytes_of[decoded.code_point] < 0) {
      return std::nullopt;
    }
    bytes += static_cast<char>(bytes_of[decoded.code_point]);
    i += static_cast<std::size_t>(decoded.length);
  }
  return bytes;
}

std::optional<std::uint8_t> byte_of_fallback_piece(std::string_view piece) {
  if (piece.size() != 6 || !piece.starts_with("<0x") || piece[5] != '>') return std::nullopt;
  const int high = hex_value(piece[3]);
  const int low = hex_value(piece[4]);
  if (high < 0 || low < 0) return std::nullopt;
  return static_cast<std::uint8_t>(high * 16 + low);
}

std::string fallback_piece(std::uint8_t byte) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string piece = "<0x00>";
  piece[3] = kDigits[byte >> 4];
  piece[4] = kDigits[byte & 15];
  return piece;
}

std::string replace_invalid_parts(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  for (std::size_t i = 0; i < bytes.size();) {
    const auto decoded = utf8::decode(bytes, i);
    if (decoded.length > 0) {
      text += bytes.substr(i, static_cast<std::size_t>(decoded.length));
      i += static_cast<std::size_t>(decoded.length);
      continue;
    }
    // The longest beginning of a character: a lead byte and those continuation bytes that may follow it.
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(bytes[at]); };
    const unsigned lead = byte(i);
    std::size_t expected = lead >= 0xC2 && lead <= 0xDF   ? 2
                           : lead >= 0xE0 && lead <= 0xEF ? 3
                           : lead >= 0xF0 && lead <= 0xF4 ? 4
                                                          : 1;
    unsigned low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    unsigned high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    std::size_t length = 1;
    while (length < expected && i + length < bytes.size() && byte(i + length) >= low &&
           byte(i + length) <= high) {
      ++length;
      low = 0x80;
      high = 0xBF;
    }
    text += "\xEF\xBF\xBD";
    i += length;
  }
  return text;
}

}  // namespace reckon::engine
