#include "engine/template/value_text.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "base/utf8.h"
#include "engine/template/text.h"

namespace reckon::engine::jinja {
namespace {

constexpr std::size_t kMaxTextBytes = std::size_t{64} << 20;

void check_size(const std::string& text) {
  if (text.size() > kMaxTextBytes) throw Failure("a value too large to print");
}

void append_repr(std::string& out, const Value& value);

void append_list(std::string& out, const List& list) {
  const bool tuple = list.flavor == List::Flavor::tuple;
  if (list.flavor == List::Flavor::generator) {
    out += "<generator object>";
    return;
  }
  out += tuple ? "(" : "[";
  for (std::size_t i = 0; i < list.items.size(); ++i) {
    if (i > 0) out += ", ";
    append_repr(out, list.items[i]);
    check_size(out);
  }
  if (tuple && list.items.size() == 1) out += ',';
  out += tuple ? ")" : "]";
}

void append_repr(std::string& out, const Value& value) {
  spend(1);
  if (value.is_text()) {
    out += quoted(value.as_text());
  } else if (value.is_undefined()) {
    out += "Undefined";
  } else if (value.is_none()) {
    out += "None";
  } else if (value.is_bool()) {
    out += value.as_bool() ? "True" : "False";
  } else if (value.is_int()) {
    out += fmt::format("{}", value.as_int());
  } else if (value.is_real()) {
    out += real_text(value.as_real());
  } else if (value.is_list()) {
    append_list(out, value.as_list());
  } else if (value.is_dict()) {
    out += '{';
    bool first = true;
    for (const auto& [key, member] : value.as_dict().members) {
      if (!first) out += ", ";
      first = false;
      append_repr(out, key);
      out += ": ";
      append_repr(out, member);
      check_size(out);
    }
    out += '}';
  } else {
    out += value.as_object()->text();
  }
}

void append_escaped(std::string& out, std::uint32_t c) {
  if (c >= 0x10000) {
    const std::uint32_t offset = c - 0x10000;
    out += fmt::format("\\u{:04x}\\u{:04x}", 0xD800 + (offset >> 10), 0xDC00 + (offset & 0x3FF));
  } else {
    out += fmt::format("\\u{:04x}", c);
  }
}

class JsonWriter {
 public:
  explicit JsonWriter(const JsonStyle& style) : style_(style) {}

  void write(const Value& value, int level) {
    spend(1);
    check_size(out);
    if (value.is_none()) {
      out += "null";
    } else if (value.is_bool()) {
      out += value.as_bool() ? "true" : "false";
    } else if (value.is_int()) {
      out += fmt::format("{}", value.as_int());
    } else if (value.is_real()) {
      out += real(value.as_real());
    } else if (value.is_text()) {
      text(value.as_text());
    } else if (value.is_dict()) {
      dict(value.as_dict(), level);
    } else if (value.is_list() && (value.as_list().flavor == List::Flavor::list ||
                                   value.as_list().flavor == List::Flavor::tuple)) {
      list(value.as_list(), level);
    } else {
      throw Failure(fmt::format("Object of type {} is not JSON serializable", value.type_name()));
    }
  }

  std::string out;

 private:
  static std::string real(double number) {
    if (std::isnan(number)) return "NaN";
    if (std::isinf(number)) return number > 0 ? "Infinity" : "-Infinity";
    return real_text(number);
  }

  void text(std::string_view value) {
    out += '"';
    for (std::size_t i = 0; i < value.size();) {
      const auto decoded = utf8::decode(value, i);
      const auto length = static_cast<std::size_t>(std::max(1, decoded.length));
      const std::uint32_t c = decoded.length == 0 ? 0xFFFD : decoded.code_point;
      const char* known = c == '"'    ? "\\\""
                          : c == '\\' ? "\\\\"
                          : c == '\n' ? "\\n"
                          : c == '\r' ? "\\r"
                          : c == '\t' ? "\\t"
                          : c == '\b' ? "\\b"
                          : c == '\f' ? "\\f"
                                      : nullptr;
      if (known != nullptr) {
        out += known;
      } else if (c < 0x20 || (style_.ensure_ascii && c > 0x7E)) {
        append_escaped(out, c);
      } else {
        utf8::append(out, c);
      }
      i += length;
    }
    out += '"';
  }

  void new_line(int level) {
    if (!style_.indent) return;
    out += '\n';
    for (int i = 0; i < level; ++i) out += *style_.indent;
  }

  void list(const List& value, int level) {
    if (value.items.empty()) {
      out += "[]";
      return;
    }
    out += '[';
    for (std::size_t i = 0; i < value.items.size(); ++i) {
      if (i > 0) out += style_.item_separator;
      new_line(level + 1);
      write(value.items[i], level + 1);
    }
    new_line(level);
    out += ']';
  }

  std::string key_text(const Value& key) const {
    if (key.is_text()) return key.as_text();
    if (key.is_none()) return "null";
    if (key.is_bool()) return key.as_bool() ? "true" : "false";
    if (key.is_int()) return fmt::format("{}", key.as_int());
    if (key.is_real()) return real(key.as_real());
    throw Failure(fmt::format("keys must be str, int, float, bool or None, not {}", key.type_name()));
  }

  void dict(const Dict& value, int level) {
    if (value.members.empty()) {
      out += "{}";
      return;
    }
    std::vector<const std::pair<Value, Value>*> members;
    for (const auto& member : value.members) members.push_back(&member);
    if (style_.sort_keys) {
      std::stable_sort(members.begin(), members.end(),
                       [](const auto* a, const auto* b) { return order(a->first, b->first) < 0; });
    }
    out += '{';
    for (std::size_t i = 0; i < members.size(); ++i) {
      if (i > 0) out += style_.item_separator;
      new_line(level + 1);
      text(key_text(members[i]->first));
      out += style_.key_separator;
      write(members[i]->second, level + 1);
    }
    new_line(level);
    out += '}';
  }

  const JsonStyle& style_;
};

}  // namespace

std::string real_text(double number) {
  if (std::isnan(number)) return "nan";
  if (std::isinf(number)) return number > 0 ? "inf" : "-inf";
  // Shortest digits and exponent, then Python's rule: exponent form below 1e-4 and from 1e16 on.
  char buffer[64];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, number, std::chars_format::scientific).ptr;
  const std::string_view text(buffer, static_cast<std::size_t>(end - buffer));
  const std::size_t e = text.find('e');
  const std::string sign = text[0] == '-' ? "-" : "";
  std::string digits;
  for (const char c : text.substr(0, e)) {
    if (c >= '0' && c <= '9') digits += c;
  }
  const int exponent = std::stoi(std::string(text.substr(e + 1)));
  if (exponent < -4 || exponent >= 16) {
    std::string mantissa = digits.substr(0, 1);
    if (digits.size() > 1) mantissa += "." + digits.substr(1);
    return fmt::format("{}{}e{}{:02}", sign, mantissa, exponent < 0 ? '-' : '+', std::abs(exponent));
  }
  if (exponent < 0) return sign + "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + digits;
  const auto whole = static_cast<std::size_t>(exponent) + 1;
  if (digits.size() <= whole) return sign + digits + std::string(whole - digits.size(), '0') + ".0";
  return sign + digits.substr(0, whole) + "." + digits.substr(whole);
}

std::string quoted(std::string_view text) {
  const bool single = text.find('\'') != std::string_view::npos;
  const char quote = single && text.find('"') == std::string_view::npos ? '"' : '\'';
  std::string out(1, quote);
  for (std::size_t i = 0; i < text.size();) {
    const auto decoded = utf8::decode(text, i);
    const std::uint32_t c = decoded.code_point;
    if (decoded.length == 0) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[i]));
      ++i;
      continue;
    }
    if (c == '\\' || c == static_cast<unsigned char>(quote)) {
      out += '\\';
      out += static_cast<char>(c);
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\t') {
      out += "\\t";
    } else if (is_printable(c)) {
      utf8::append(out, c);
    } else if (c < 0x100) {
      out += fmt::format("\\x{:02x}", c);
    } else if (c < 0x10000) {
      out += fmt::format("\\u{:04x}", c);
    } else {
      out += fmt::format("\\U{:08x}", c);
    }
    i += static_cast<std::size_t>(decoded.length);
  }
  return out + quote;
}

std::string to_repr(const Value& value) {
  std::string out;
  append_repr(out, value);
  return out;
}

std::string to_text(const Value& value) {
  if (value.is_text()) return value.as_text();
  if (value.is_undefined()) return {};
  return to_repr(value);
}

std::string to_json(const Value& value, const JsonStyle& style) {
  JsonWriter writer(style);
  writer.write(value, 0);
  return std::move(writer.out);
}

}  // namespace reckon::engine::jinja
