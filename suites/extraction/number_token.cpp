#include "suites/extraction/number_token.h"

#include <algorithm>
#include <cctype>

#include "base/ascii.h"
#include "suites/text/text_util.h"

namespace reckon::suites {
namespace {

constexpr std::string_view kMinus = "\xE2\x88\x92";  // U+2212

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// End of "123", "1,234,567", "1.5", ".5" that begins at `i`; `i` itself when none does.
std::size_t plain_number_end(std::string_view text, std::size_t i) {
  std::size_t end = i;
  while (end < text.size() && is_digit(text[end])) {
    ++end;
  }
  const std::size_t leading = end - i;
  if (leading >= 1 && leading <= 3) {
    const auto group_at = [&](std::size_t place) {
      return place + 3 < text.size() && text[place] == ',' && is_digit(text[place + 1]) &&
             is_digit(text[place + 2]) && is_digit(text[place + 3]) &&
             (place + 4 >= text.size() || !is_digit(text[place + 4]));
    };
    while (group_at(end)) {
      end += 4;
    }
  }
  if (end + 1 < text.size() && text[end] == '.' && is_digit(text[end + 1])) {
    ++end;
    while (end < text.size() && is_digit(text[end])) {
      ++end;
    }
  }
  return end;
}

/// End of \frac{12}{5} (or dfrac, tfrac) at `i`, `i` when there is none: whole numbers only, so that what is
/// found is a number.
std::size_t latex_fraction_end(std::string_view text, std::size_t i) {
  for (const std::string_view name :
       {std::string_view("\\frac"), std::string_view("\\dfrac"), std::string_view("\\tfrac")}) {
    if (text.substr(i, name.size()) != name) {
      continue;
    }
    std::size_t at = i + name.size();
    for (int part = 0; part < 2; ++part) {
      if (at >= text.size() || text[at] != '{') {
        return i;
      }
      ++at;
      if (at < text.size() && text[at] == '-') {
        ++at;
      }
      const std::size_t end = plain_number_end(text, at);
      if (end == at || end >= text.size() || text[end] != '}') {
        return i;
      }
      at = end + 1;
    }
    return at;
  }
  return i;
}

/// Where a sign in front of the number at `i` begins, `i` when there is none. A minus after a digit, letter
/// or closing bracket subtracts.
std::size_t with_sign(std::string_view text, std::size_t i, std::size_t floor) {
  std::size_t sign = i;
  if (sign > floor && text[sign - 1] == '$') {
    --sign;
  }
  std::size_t begin = sign;
  if (begin > floor && (text[begin - 1] == '-' || text[begin - 1] == '+')) {
    --begin;
  } else if (begin >= floor + kMinus.size() && text.substr(begin - kMinus.size(), kMinus.size()) == kMinus) {
    begin -= kMinus.size();
  } else {
    return i;
  }
  std::size_t before = begin;
  while (before > floor && text[before - 1] == ' ') {
    --before;
  }
  if (before > floor && (is_word(text[before - 1]) || text[before - 1] == ')' || text[before - 1] == '}' ||
                         text[before - 1] == ']')) {
    // "64 - 7" subtracts, "is -7" negates: a letter with a space between is prose.
    const bool prose = before < begin && std::isalpha(static_cast<unsigned char>(text[before - 1])) != 0 &&
                       before >= 2 && std::isalpha(static_cast<unsigned char>(text[before - 2])) != 0;
    return prose ? begin : i;
  }
  return begin;
}

/// Past the number without sign that begins at `begin`: a LaTeX fraction, a plain number, or two with a
/// slash; `begin` itself where none does.
std::size_t unsigned_end(std::string_view text, std::size_t begin) {
  if (text[begin] == '\\') return latex_fraction_end(text, begin);
  const bool point = text[begin] == '.' && begin + 1 < text.size() && is_digit(text[begin + 1]) &&
                     (begin == 0 || !is_word(text[begin - 1]));
  if (!is_digit(text[begin]) && !point) return begin;
  const std::size_t end = plain_number_end(text, begin);
  const bool divided = end + 1 < text.size() && text[end] == '/' && is_digit(text[end + 1]);
  return divided ? plain_number_end(text, end + 1) : end;
}

}  // namespace

std::optional<std::string_view> last_number_token(std::string_view text) {
  std::optional<std::string_view> last;
  std::size_t floor = 0;
  std::size_t i = 0;
  while (i < text.size()) {
    std::size_t end = unsigned_end(text, i);
    if (end == i) {
      ++i;
      continue;
    }
    const std::size_t begin = with_sign(text, i, floor);
    if (end < text.size() && text[end] == '%') {
      ++end;
    } else if (end + 1 < text.size() && text[end] == '\\' && text[end + 1] == '%') {
      end += 2;
    }
    last = text.substr(begin, end - begin);
    floor = end;
    i = end;
  }
  return last;
}

}  // namespace reckon::suites
