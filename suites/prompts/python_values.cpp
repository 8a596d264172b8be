#include "suites/prompts/python_values.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include <fmt/format.h>

#include "base/utf8.h"
#include "suites/text/text_util.h"

namespace reckon::suites {
namespace {

std::string text_of(const json::Value& value) { return {value.GetString(), value.GetStringLength()}; }

std::string python_float(double number) {
  if (std::isnan(number)) {
    return "nan";
  }
  if (std::isinf(number)) {
    return number > 0 ? "inf" : "-inf";
  }
  // repr(): the shortest digits that read back, in scientific form below 1e-4 and from 1e16.
  char buffer[64];
  const double magnitude = std::abs(number);
  const bool scientific = magnitude != 0 && (magnitude < 1e-4 || magnitude >= 1e16);
  const auto format = scientific ? std::chars_format::scientific : std::chars_format::fixed;
  const auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, number, format);
  std::string text(buffer, error == std::errc() ? end : buffer);
  if (text.find_first_of(".e") == std::string::npos) {
    text += ".0";
  }
  return text;
}

std::string python_repr(const json::Value& value, int depth);

std::string python_string_repr(std::string_view text) {
  const char quote =
      text.find('\'') != std::string_view::npos && text.find('"') == std::string_view::npos ? '"' : '\'';
  std::string result(1, quote);
  for (const char c : text) {
    if (c == quote || c == '\\') {
      result += '\\';
      result += c;
    } else if (c == '\n') {
      result += "\\n";
    } else if (c == '\t') {
      result += "\\t";
    } else if (c == '\r') {
      result += "\\r";
    } else {
      result += c;
    }
  }
  return result + quote;
}

std::string python_repr(const json::Value& value, int depth) {
  if (value.IsString()) {
    return python_string_repr(text_of(value));
  }
  if (depth > 0 && (value.IsArray() || value.IsObject())) {
    std::string result(1, value.IsArray() ? '[' : '{');
    bool first = true;
    if (value.IsArray()) {
      for (const json::Value& item : value.GetArray()) {
        result += first ? "" : ", ";
        result += python_repr(item, depth - 1);
        first = false;
      }
      return result + "]";
    }
    for (const auto& member : value.GetObject()) {
      result += first ? "" : ", ";
      result += python_repr(member.name, depth - 1) + ": " + python_repr(member.value, depth - 1);
      first = false;
    }
    return result + "}";
  }
  return python_text(value);
}

/// Reads one quoted Python or JSON string at `i`; nullopt when it is none.
std::optional<std::string> quoted(std::string_view text, std::size_t& i) {
  const char quote = text[i++];
  std::string result;
  while (i < text.size() && text[i] != quote) {
    if (text[i] != '\\') {
      result += text[i++];
      continue;
    }
    if (++i >= text.size()) {
      return std::nullopt;
    }
    const char escape = text[i++];
    if (escape == 'n') {
      result += '\n';
    } else if (escape == 't') {
      result += '\t';
    } else if (escape == 'r') {
      result += '\r';
    } else if (escape == 'u' || escape == 'x') {
      const std::size_t digits = escape == 'u' ? 4 : 2;
      std::uint32_t code_point = 0;
      if (i + digits > text.size()) {
        return std::nullopt;
      }
      const auto [end, error] = std::from_chars(text.data() + i, text.data() + i + digits, code_point, 16);
      if (error != std::errc() || end != text.data() + i + digits ||
          (code_point >= 0xD800 && code_point < 0xE000)) {
        return std::nullopt;
      }
      utf8::append(result, code_point);
      i += digits;
    } else if (escape == '\\' || escape == '\'' || escape == '"' || escape == '/') {
      result += escape;
    } else {
      result += '\\';
      result += escape;
    }
  }
  if (i >= text.size()) {
    return std::nullopt;
  }
  ++i;
  return result;
}

}  // namespace

std::string python_text(const json::Value& value) {
  if (value.IsString()) {
    return text_of(value);
  }
  if (value.IsNull()) {
    return "None";
  }
  if (value.IsBool()) {
    return value.GetBool() ? "True" : "False";
  }
  if (value.IsInt64()) {
    return fmt::format("{}", value.GetInt64());
  }
  if (value.IsUint64()) {
    return fmt::format("{}", value.GetUint64());
  }
  if (value.IsDouble()) {
    return python_float(value.GetDouble());
  }
  return python_repr(value, 200);
}

std::optional<std::vector<std::string>> parse_python_list(std::string_view text) {
  text = trim(text);
  if (text.size() < 2 || text.front() != '[' || text.back() != ']') {
    return std::nullopt;
  }
  text = trim(text.substr(1, text.size() - 2));
  std::vector<std::string> items;
  std::size_t i = 0;
  while (i < text.size()) {
    if (text[i] == '"' || text[i] == '\'') {
      std::optional<std::string> item = quoted(text, i);
      if (!item) {
        return std::nullopt;
      }
      items.push_back(std::move(*item));
    } else {
      const std::size_t end = std::min(text.find(',', i), text.size());
      const std::string item(trim(text.substr(i, end - i)));
      char* parsed = nullptr;
      std::strtod(item.c_str(), &parsed);
      if (item.empty() || *parsed != '\0') {
        return std::nullopt;
      }
      items.push_back(item);
      i = end;
    }
    i = std::min(text.find_first_not_of(" \t\n\r", i), text.size());
    if (i < text.size()) {
      if (text[i] != ',') {
        return std::nullopt;
      }
      i = std::min(text.find_first_not_of(" \t\n\r", i + 1), text.size());
    }
  }
  return items;
}

}  // namespace reckon::suites
