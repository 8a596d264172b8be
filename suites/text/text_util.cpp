#include "suites/text/text_util.h"

#include <utf8proc.h>

#include "base/ascii.h"
#include "base/utf8.h"

namespace reckon::suites {
namespace {

constexpr std::string_view kNoBreakSpace = "\xC2\xA0";
constexpr std::string_view kIdeographicSpace = "\xE3\x80\x80";

char ascii_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

template <typename Map>
std::string mapped(std::string_view text, Map map) {
  std::string result;
  result.reserve(text.size());
  std::size_t i = 0;
  while (i < text.size()) {
    const utf8::Decoded decoded = utf8::decode(text, i);
    if (decoded.length == 0) {
      result += text[i++];
      continue;
    }
    utf8::append(result, static_cast<std::uint32_t>(map(static_cast<utf8proc_int32_t>(decoded.code_point))));
    i += static_cast<std::size_t>(decoded.length);
  }
  return result;
}

}  // namespace

std::string_view trim(std::string_view text) {
  for (;;) {
    if (!text.empty() && is_space(text.front())) {
      text.remove_prefix(1);
    } else if (text.starts_with(kNoBreakSpace)) {
      text.remove_prefix(kNoBreakSpace.size());
    } else if (text.starts_with(kIdeographicSpace)) {
      text.remove_prefix(kIdeographicSpace.size());
    } else if (!text.empty() && is_space(text.back())) {
      text.remove_suffix(1);
    } else if (text.ends_with(kNoBreakSpace)) {
      text.remove_suffix(kNoBreakSpace.size());
    } else if (text.ends_with(kIdeographicSpace)) {
      text.remove_suffix(kIdeographicSpace.size());
    } else {
      return text;
    }
  }
}

std::string lower_case(std::string_view text) {
  return mapped(text, [](utf8proc_int32_t c) { return utf8proc_tolower(c); });
}

std::string upper_case(std::string_view text) {
  return mapped(text, [](utf8proc_int32_t c) { return utf8proc_toupper(c); });
}

std::string lower_ascii(std::string_view text) {
  std::string low(text);
  for (char& c : low) {
    c = ascii_lower(c);
  }
  return low;
}

std::string replace_all(std::string_view text, std::string_view from, std::string_view to) {
  std::string result;
  result.reserve(text.size());
  std::size_t i = 0;
  for (std::size_t found = text.find(from); found != std::string_view::npos; found = text.find(from, i)) {
    result += text.substr(i, found - i);
    result += to;
    i = found + from.size();
  }
  result += text.substr(i);
  return result;
}

std::string shortened(std::string_view text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) {
    return utf8::replace_invalid(text);
  }
  std::string_view head = text.substr(0, max_bytes / 2);
  head = head.substr(0, utf8::complete_prefix(head));
  std::size_t tail = text.size() - max_bytes / 2;
  while (tail < text.size() && (static_cast<unsigned char>(text[tail]) & 0xC0U) == 0x80U) {
    ++tail;
  }
  return utf8::replace_invalid(head) + "..." + utf8::replace_invalid(text.substr(tail));
}

std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n' || text[i] == '\r') {
      lines.push_back(text.substr(begin, i - begin));
      if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') {
        ++i;
      }
      begin = i + 1;
    }
  }
  lines.push_back(text.substr(begin));
  return lines;
}

}  // namespace reckon::suites
