#include "engine/template/text.h"

#include <algorithm>

#include <utf8proc.h>

#include "base/utf8.h"

namespace reckon::engine::jinja {
namespace {

utf8proc_category_t category(std::uint32_t c) { return utf8proc_category(static_cast<utf8proc_int32_t>(c)); }

std::size_t step(std::string_view text, std::size_t at) {
  return static_cast<std::size_t>(std::max(1, utf8::decode(text, at).length));
}

bool space_at(std::string_view text, std::size_t at) {
  const auto decoded = utf8::decode(text, at);
  return decoded.length > 0 && is_space(decoded.code_point);
}

std::vector<std::string> to_strings(const std::vector<std::string_view>& parts) {
  return {parts.begin(), parts.end()};
}

bool in_set(std::string_view character, std::optional<std::string_view> set) {
  if (!set) return space_at(character, 0);
  return set->find(character) != std::string_view::npos;
}

void append_upper(std::string& out, std::uint32_t c) {
  if (c == 0xDF) {
    out += "SS";  // the most common of SpecialCasing.txt
  } else {
    utf8::append(out, static_cast<std::uint32_t>(utf8proc_toupper(static_cast<utf8proc_int32_t>(c))));
  }
}

void append_lower(std::string& out, std::uint32_t c) {
  if (c == 0x130) {
    out += "i\xCC\x87";
  } else {
    utf8::append(out, static_cast<std::uint32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(c))));
  }
}

// Calls change(code point, text so far) for each character; bytes that are none are kept.
template <typename Change>
std::string map_characters(std::string_view text, Change change) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const auto decoded = utf8::decode(text, i);
    if (decoded.length == 0) {
      out += text[i++];
      continue;
    }
    change(decoded.code_point, out);
    i += static_cast<std::size_t>(decoded.length);
  }
  return out;
}

}  // namespace

bool is_space(std::uint32_t c) {
  return (c >= 0x9 && c <= 0xD) || (c >= 0x1C && c <= 0x20) || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
         c == 0x3000;
}

bool is_letter(std::uint32_t c) {
  const auto kind = category(c);
  return kind == UTF8PROC_CATEGORY_LU || kind == UTF8PROC_CATEGORY_LL || kind == UTF8PROC_CATEGORY_LT ||
         kind == UTF8PROC_CATEGORY_LM || kind == UTF8PROC_CATEGORY_LO;
}

bool is_digit(std::uint32_t c) { return category(c) == UTF8PROC_CATEGORY_ND; }

bool is_numeric(std::uint32_t c) {
  const auto kind = category(c);
  return kind == UTF8PROC_CATEGORY_ND || kind == UTF8PROC_CATEGORY_NL || kind == UTF8PROC_CATEGORY_NO;
}

bool is_upper(std::uint32_t c) { return category(c) == UTF8PROC_CATEGORY_LU; }
bool is_lower(std::uint32_t c) { return category(c) == UTF8PROC_CATEGORY_LL; }

bool is_printable(std::uint32_t c) {
  if (c == ' ') return true;
  switch (category(c)) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
    case UTF8PROC_CATEGORY_ZS:
      return false;
    default:
      return true;
  }
}

std::size_t count_characters(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1 : 0;
  return count;
}

std::vector<std::string_view> characters(std::string_view text) {
  std::vector<std::string_view> parts;
  parts.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = step(text, i);
    parts.push_back(text.substr(i, length));
    i += length;
  }
  return parts;
}

std::string_view slice_characters(std::string_view text, std::size_t begin, std::size_t end) {
  std::size_t position = 0;
  std::size_t at = 0;
  while (position < begin && at < text.size()) {
    at += step(text, at);
    ++position;
  }
  const std::size_t from = at;
  while (position < end && at < text.size()) {
    at += step(text, at);
    ++position;
  }
  return text.substr(from, at - from);
}

std::string_view strip(std::string_view text, std::optional<std::string_view> set, bool left, bool right) {
  while (left && !text.empty()) {
    const std::size_t length = step(text, 0);
    if (!in_set(text.substr(0, length), set)) break;
    text.remove_prefix(length);
  }
  while (right && !text.empty()) {
    std::size_t last = text.size() - 1;
    while (last > 0 && (static_cast<unsigned char>(text[last]) & 0xC0) == 0x80) --last;
    if (!in_set(text.substr(last), set)) break;
    text = text.substr(0, last);
  }
  return text;
}

std::vector<std::string> split(std::string_view text, std::optional<std::string_view> separator,
                               std::int64_t limit) {
  std::vector<std::string_view> parts;
  if (separator) {
    std::size_t at = 0;
    for (std::size_t next; limit != 0 && (next = text.find(*separator, at)) != std::string_view::npos;
         --limit) {
      parts.push_back(text.substr(at, next - at));
      at = next + separator->size();
    }
    parts.push_back(text.substr(at));
    return to_strings(parts);
  }
  for (std::size_t i = 0; i < text.size();) {
    if (space_at(text, i)) {
      i += step(text, i);
      continue;
    }
    if (limit-- == 0) {
      parts.push_back(text.substr(i));  // the uncut rest keeps the white space at its end
      break;
    }
    const std::size_t begin = i;
    while (i < text.size() && !space_at(text, i)) i += step(text, i);
    parts.push_back(text.substr(begin, i - begin));
  }
  return to_strings(parts);
}

std::vector<std::string> split_from_right(std::string_view text, std::optional<std::string_view> separator,
                                          std::int64_t limit) {
  std::vector<std::string> parts;
  if (!separator) {
    parts = split(text, std::nullopt, -1);
    if (limit < 0 || static_cast<std::size_t>(limit) >= parts.size()) return parts;
    // The uncut rest keeps its white space, but not that before the first part cut off.
    const auto kept = static_cast<std::ptrdiff_t>(limit);
    std::vector<std::string> tail(parts.end() - kept, parts.end());
    std::string_view head = strip(text, std::nullopt, false, true);
    for (auto part = tail.rbegin(); part != tail.rend(); ++part) {
      head.remove_suffix(part->size());
      head = strip(head, std::nullopt, false, true);
    }
    tail.insert(tail.begin(), std::string(head));
    return tail;
  }
  std::string_view rest = text;
  for (std::size_t next; limit != 0 && (next = rest.rfind(*separator)) != std::string_view::npos; --limit) {
    parts.emplace_back(rest.substr(next + separator->size()));
    rest = rest.substr(0, next);
  }
  parts.emplace_back(rest);
  std::reverse(parts.begin(), parts.end());
  return parts;
}

std::vector<std::string> split_lines(std::string_view text, bool keep_ends) {
  std::vector<std::string> lines;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size();) {
    const auto decoded = utf8::decode(text, i);
    const std::uint32_t c = decoded.code_point;
    std::size_t next = i + step(text, i);
    const bool ends = decoded.length > 0 && ((c >= 0xA && c <= 0xD) || (c >= 0x1C && c <= 0x1E) ||
                                             c == 0x85 || c == 0x2028 || c == 0x2029);
    if (ends) {
      if (c == '\r' && next < text.size() && text[next] == '\n') ++next;
      lines.emplace_back(text.substr(begin, (keep_ends ? next : i) - begin));
      begin = next;
    }
    i = next;
  }
  if (begin < text.size()) lines.emplace_back(text.substr(begin));
  return lines;
}

std::string replace(std::string_view text, std::string_view from, std::string_view to, std::int64_t limit) {
  std::string out;
  if (from.empty()) {
    for (const auto character : characters(text)) {
      if (limit != 0) out += to;
      if (limit > 0) --limit;
      out += character;
    }
    if (limit != 0) out += to;
    return out;
  }
  std::size_t at = 0;
  for (std::size_t next; limit != 0 && (next = text.find(from, at)) != std::string_view::npos; --limit) {
    out += text.substr(at, next - at);
    out += to;
    at = next + from.size();
  }
  out += text.substr(at);
  return out;
}

std::string escape_html(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&#34;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string to_upper(std::string_view text) {
  return map_characters(text, [](std::uint32_t c, std::string& out) { append_upper(out, c); });
}

std::string to_lower(std::string_view text) {
  return map_characters(text, [](std::uint32_t c, std::string& out) { append_lower(out, c); });
}

std::string to_title(std::string_view text) {
  bool inside = false;
  return map_characters(text, [&](std::uint32_t c, std::string& out) {
    if (inside) {
      append_lower(out, c);
    } else {
      utf8::append(out, static_cast<std::uint32_t>(utf8proc_totitle(static_cast<utf8proc_int32_t>(c))));
    }
    const auto kind = category(c);
    inside = kind == UTF8PROC_CATEGORY_LU || kind == UTF8PROC_CATEGORY_LL || kind == UTF8PROC_CATEGORY_LT;
  });
}

std::string capitalize(std::string_view text) {
  bool first = true;
  return map_characters(text, [&](std::uint32_t c, std::string& out) {
    if (first) {
      utf8::append(out, static_cast<std::uint32_t>(utf8proc_totitle(static_cast<utf8proc_int32_t>(c))));
    } else {
      append_lower(out, c);
    }
    first = false;
  });
}

}  // namespace reckon::engine::jinja
