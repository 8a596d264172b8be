#include "suites/doc_template.h"

#include <cctype>
#include <charconv>
#include <cmath>

#include "base/error.h"
#include "base/nearest.h"
#include "base/utf8.h"
#include "engine/template/chat_template.h"

namespace reckon::suites {
namespace {

std::string text_of(const json::Value& value) { return {value.GetString(), value.GetStringLength()}; }

bool is_identifier(std::string_view text) {
  if (text.empty() || std::isdigit(static_cast<unsigned char>(text[0])) != 0) {
    return false;
  }
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '_') {
      return false;
    }
  }
  return true;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\n\r");
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(" \t\n\r") - first + 1);
}

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
  text = trimmed(text);
  if (text.size() < 2 || text.front() != '[' || text.back() != ']') {
    return std::nullopt;
  }
  text = trimmed(text.substr(1, text.size() - 2));
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
      const std::string item(trimmed(text.substr(i, end - i)));
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

DocTemplate::DocTemplate(const json::Value& value, const std::string& where) : where_(where) {
  if (value.IsInt64()) {
    kind_ = Kind::integer;
    integer_ = value.GetInt64();
    return;
  }
  if (value.IsArray() || value.IsObject()) {
    kind_ = Kind::list;
    if (value.IsArray()) {
      for (const json::Value& item : value.GetArray()) {
        list_.push_back(python_text(item));
      }
    } else {
      for (const auto& member : value.GetObject()) {
        list_.push_back(python_text(member.value));
      }
    }
    return;
  }
  if (!value.IsString()) {
    fail_input("{}: must be a field name, a template, an integer or a list", where);
  }
  kind_ = Kind::text;
  source_ = text_of(value);
  const std::string_view source = source_;
  std::size_t i = 0;
  while (i < source.size()) {
    const std::size_t open = source.find('{', i);
    if (open == std::string_view::npos || open + 1 >= source.size()) {
      break;
    }
    const char next = source[open + 1];
    if (next == '%' || next == '#') {
      pieces_.clear();
      i = std::string_view::npos;
      break;
    }
    if (next != '{') {
      pieces_.push_back({std::string(source.substr(i, open + 1 - i)), ""});
      i = open + 1;
      continue;
    }
    const std::size_t close = source.find("}}", open + 2);
    const std::string_view field = close == std::string_view::npos
                                       ? std::string_view()
                                       : trimmed(source.substr(open + 2, close - open - 2));
    if (!is_identifier(field) || field == "true" || field == "false" || field == "none" || field == "True" ||
        field == "False" || field == "None") {
      pieces_.clear();
      i = std::string_view::npos;
      break;
    }
    pieces_.push_back({std::string(source.substr(i, open - i)), std::string(field)});
    i = close + 2;
  }
  if (i == std::string_view::npos) {
    // The template language drops one line break at the very end of a source; suite files keep it
    // (keep_trailing_newline), so the end is marked by an empty output.
    template_ = std::make_shared<engine::ChatTemplate>(source_ + "{{ '' }}", where);
  } else {
    pieces_.push_back({std::string(source.substr(i)), ""});
  }
}

std::string DocTemplate::render(const json::Value& doc, const std::string& row) const {
  if (template_) {
    try {
      return template_->render(doc);
    } catch (const Error& error) {
      throw Error(fmt::format("{}: {}", row, error.what()), error.code());
    }
  }
  std::string result;
  for (const Piece& piece : pieces_) {
    result += piece.literal;
    if (piece.field.empty()) {
      continue;
    }
    const auto member = doc.FindMember(piece.field.c_str());
    if (member == doc.MemberEnd()) {
      std::vector<std::string> fields;
      for (const auto& other : doc.GetObject()) {
        fields.push_back(text_of(other.name));
      }
      fail_input("{}: the row has no field '{}', which {} asks for{}", row, piece.field, where_,
                 did_you_mean(piece.field, fields));
    }
    result += python_text(member->value);
  }
  return result;
}

DocValue DocTemplate::apply(const json::Value& doc, const std::string& row, bool lists) const {
  DocValue result;
  if (kind_ == Kind::integer) {
    result.index = integer_;
    result.text = fmt::format("{}", integer_);
    return result;
  }
  if (kind_ == Kind::list) {
    result.is_list = true;
    result.list = list_;
    result.text = list_.empty() ? "" : list_.front();
    return result;
  }
  const auto field = doc.FindMember(json::Value(rapidjson::StringRef(source_.data(), source_.size())));
  if (field != doc.MemberEnd()) {
    const json::Value& value = field->value;
    if (value.IsArray()) {
      result.is_list = true;
      for (const json::Value& item : value.GetArray()) {
        result.list.push_back(python_text(item));
      }
      result.text = result.list.empty() ? "" : result.list.front();
      return result;
    }
    if (value.IsInt64()) {
      result.index = value.GetInt64();
    }
    result.text = python_text(value);
    return result;
  }
  result.text = render(doc, row);
  if (lists) {
    if (std::optional<std::vector<std::string>> list = parse_python_list(result.text)) {
      result.is_list = true;
      result.list = std::move(*list);
      result.text = result.list.empty() ? "" : result.list.front();
      return result;
    }
  }
  // str.isdigit() of a rendered template, as lm-evaluation-harness decides whether an answer is an index.
  if (!result.text.empty() && result.text.size() < 10 &&
      result.text.find_first_not_of("0123456789") == std::string::npos) {
    result.index = std::stoll(result.text);
  }
  return result;
}

}  // namespace reckon::suites
