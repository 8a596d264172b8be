#include "suites/prompts/doc_template.h"

#include <cctype>

#include <fmt/ranges.h>

#include "base/error.h"
#include "base/nearest.h"
#include "engine/template/chat_template.h"
#include "suites/prompts/python_values.h"
#include "suites/text/text_util.h"

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

/// Chat templates drop a line break behind a block tag and white space before it (trim_blocks,
/// lstrip_blocks), templates of suite files keep both: a plus sign at each tag says so.
std::string keeping_white_space(std::string_view source) {
  std::string result;
  for (std::size_t i = 0; i < source.size(); ++i) {
    const std::string_view pair = source.substr(i, 2);
    const char before = i == 0 ? '\0' : source[i - 1];
    const char behind = i + 2 < source.size() ? source[i + 2] : '\0';
    if ((pair == "{%" || pair == "{#") && behind != '-' && behind != '+') {
      result += std::string(pair) + "+";
      ++i;
    } else if ((pair == "%}" || pair == "#}") && before != '-' && before != '+') {
      result += "+" + std::string(pair);
      ++i;
    } else {
      result += source[i];
    }
  }
  return result;
}

/// Names that begin an output ("{{ name") but are no variables of a row.
bool is_builtin(std::string_view name) {
  for (const char* known :
       {"true", "false", "none", "True", "False", "None", "not", "range", "dict", "namespace"}) {
    if (name == known) {
      return true;
    }
  }
  return false;
}

/// Variables that outputs begin with, where the template declares none itself and does not ask whether they
/// exist.
std::vector<std::string> fields_asked_for(std::string_view source) {
  std::vector<std::string> fields;
  if (source.find("{%") != std::string_view::npos || source.find("defined") != std::string_view::npos ||
      source.find("default") != std::string_view::npos) {
    return fields;
  }
  for (std::size_t at = source.find("{{"); at != std::string_view::npos; at = source.find("{{", at + 2)) {
    const std::size_t begin = source.find_first_not_of("- \t\n", at + 2);
    std::size_t end = std::min(begin, source.size());
    while (end < source.size() &&
           (std::isalnum(static_cast<unsigned char>(source[end])) != 0 || source[end] == '_')) {
      ++end;
    }
    const std::string_view name =
        source.substr(std::min(begin, source.size()), end - std::min(begin, source.size()));
    if (is_identifier(name) && !is_builtin(name)) {
      fields.emplace_back(name);
    }
  }
  return fields;
}

}  // namespace

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
                                       : trim(source.substr(open + 2, close - open - 2));
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
    template_ = std::make_shared<engine::ChatTemplate>(keeping_white_space(source_) + "{{ '' }}", where);
    needed_ = fields_asked_for(source_);
  } else {
    pieces_.push_back({std::string(source.substr(i)), ""});
  }
}

const json::Value& DocTemplate::field(const json::Value& doc, const std::string& name,
                                      const std::string& row) const {
  const auto member = doc.FindMember(name.c_str());
  if (member == doc.MemberEnd()) {
    std::vector<std::string> fields;
    for (const auto& other : doc.GetObject()) {
      fields.push_back(text_of(other.name));
    }
    fail_input("{}: the row has no field '{}', which {} asks for{}; it has: {}", row, name, where_,
               did_you_mean(name, fields),
               fields.empty() ? "none" : fmt::format("{}", fmt::join(fields, ", ")));
  }
  return member->value;
}

std::string DocTemplate::render(const json::Value& doc, const std::string& row) const {
  if (template_) {
    for (const std::string& name : needed_) {
      field(doc, name, row);
    }
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
    result += python_text(field(doc, piece.field, row));
  }
  return result;
}

void DocTemplate::take_words_as_fields() {
  is_field_name_ = kind_ == Kind::text && source_.size() > 1 && is_identifier(source_);
}

DocTemplate::DocTemplate(std::function<json::Document(const json::Value&)> function, const std::string& where)
    : kind_(Kind::function), where_(where), function_(std::move(function)) {}

DocValue DocTemplate::of_value(const json::Value& value) const {
  DocValue result;
  if (value.IsArray()) {
    result.is_list = true;
    for (const json::Value& item : value.GetArray()) {
      result.list.push_back(python_text(item));
      if (item.IsInt64()) {
        result.indices.push_back(item.GetInt64());
      }
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
  if (kind_ == Kind::function) {
    try {
      return of_value(function_(doc));
    } catch (const Error& error) {
      throw Error(fmt::format("{}: {}: {}", row, where_, error.what()), error.code());
    }
  }
  const auto field = doc.FindMember(json::Value(rapidjson::StringRef(source_.data(), source_.size())));
  if (field != doc.MemberEnd()) {
    return of_value(field->value);
  }
  if (is_field_name_) this->field(doc, source_, row);
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
