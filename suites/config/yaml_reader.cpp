#include "suites/config/yaml_reader.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <initializer_list>

#include "base/error.h"
#include "base/utf8.h"

namespace reckon::suites {
namespace {

const std::string kCore = "tag:yaml.org,2002:";

bool is_one_of(const std::string& text, std::initializer_list<const char*> words) {
  return std::any_of(words.begin(), words.end(), [&](const char* word) { return text == word; });
}

bool all_digits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || c == '_'; });
}

/// Sign, digits with a point, and perhaps an exponent with a sign: what PyYAML takes for a float.
bool looks_like_float(std::string_view text) {
  std::size_t i = (text[0] == '-' || text[0] == '+') ? 1 : 0;
  std::size_t digits = 0;
  bool point = false;
  for (; i < text.size(); ++i) {
    const char c = text[i];
    if (c >= '0' && c <= '9') {
      ++digits;
    } else if (c == '.' && !point) {
      point = true;
    } else {
      break;
    }
  }
  if (digits == 0) {
    return false;
  }
  if (i == text.size()) {
    return point;
  }
  if (text[i] != 'e' && text[i] != 'E') {
    return false;
  }
  ++i;
  if (i < text.size() && (text[i] == '-' || text[i] == '+')) {
    ++i;
  }
  return all_digits(text.substr(i));
}

/// Line breaks at the end of the quoted scalar that begins at `begin`, as they stand in the source: a quoted
/// scalar keeps all of them but one, of which yaml-cpp 0.7 leaves at most one.
std::size_t breaks_before_closing_quote(std::string_view text, std::size_t begin) {
  const char quote = text[begin];
  std::size_t end = begin + 1;
  while (end < text.size()) {
    if (quote == '"' && text[end] == '\\') {
      ++end;
    } else if (text[end] == quote) {
      if (quote == '"' || end + 1 >= text.size() || text[end + 1] != quote) {
        break;
      }
      ++end;
    }
    ++end;
  }
  std::size_t breaks = 0;
  for (std::size_t i = std::min(end, text.size()); i > begin + 1; --i) {
    const char c = text[i - 1];
    if (c == '\n') {
      ++breaks;
    } else if (c != ' ' && c != '\t' && c != '\r') {
      break;
    }
  }
  return breaks;
}

/// yaml-cpp 0.7 makes one byte of the escapes \\_ (U+00A0) and \\N (U+0085), where UTF-8 has two.
std::string with_whole_escapes(std::string_view text) {
  std::string result;
  std::size_t i = 0;
  while (i < text.size()) {
    const utf8::Decoded decoded = utf8::decode(text, i);
    const std::size_t length = decoded.length == 0 ? 1 : static_cast<std::size_t>(decoded.length);
    if (decoded.length == 0 && (text[i] == '\xA0' || text[i] == '\x85')) {
      result += '\xC2';
    }
    result += text.substr(i, length);
    i += length;
  }
  return result;
}

class Converter {
 public:
  Converter(std::string_view text, std::string source, const YamlLimits& limits, YamlDocument& out)
      : text_(text), source_(std::move(source)), limits_(limits), out_(out) {}

  json::Value convert(const YAML::Node& node, const std::string& path, int depth) {
    const int line = node.Mark().line + 1;
    if (depth > limits_.max_depth) {
      fail_input("{}: line {}: nested deeper than {} levels", source_, line, limits_.max_depth);
    }
    if (++values_ > limits_.max_values) {
      fail_input("{}: line {}: more than {} values once aliases (*name) are written out", source_, line,
                 limits_.max_values);
    }
    if (line > 0) {
      out_.lines.emplace(path, line);
    }
    std::string tag = node.Tag();
    if (tag == kCore + "str") {
      tag = "!";  // as if it were quoted
    } else if (tag == kCore + "null" || tag == kCore + "bool" || tag == kCore + "int" ||
               tag == kCore + "float") {
      tag = "?";  // what the text says anyway
    }
    if (!tag.empty() && tag != "?" && tag != "!") {
      if (tag == "!function" && node.IsScalar()) {
        json::Value function(rapidjson::kObjectType);
        function.AddMember("!function", text_value(node.Scalar(), line), allocator());
        return function;
      }
      fail_input("{}: line {}: the tag '{}' is not supported in suite files", source_, line, tag);
    }
    switch (node.Type()) {
      case YAML::NodeType::Map:
        return convert_map(node, path, depth);
      case YAML::NodeType::Sequence: {
        json::Value array(rapidjson::kArrayType);
        std::size_t index = 0;
        for (const YAML::Node& item : node) {
          array.PushBack(convert(item, fmt::format("{}[{}]", path, index++), depth + 1), allocator());
        }
        return array;
      }
      case YAML::NodeType::Scalar:
        return scalar(node, tag == "!");
      case YAML::NodeType::Null:
      case YAML::NodeType::Undefined:
        break;
    }
    return json::Value();
  }

 private:
  json::Allocator& allocator() { return out_.value.GetAllocator(); }

  json::Value convert_map(const YAML::Node& node, const std::string& path, int depth) {
    json::Value object(rapidjson::kObjectType);
    for (const auto& member : node) {
      const int line = member.first.Mark().line + 1;
      if (!member.first.IsScalar()) {
        fail_input("{}: line {}: a key must be text", source_, line);
      }
      const std::string& key = member.first.Scalar();
      count_bytes(key, line);
      if (key == "<<") {
        fail_input("{}: line {}: merge keys (<<) are not supported; use `include:` or repeat the keys",
                   source_, line);
      }
      json::Value name = text_value(key, line);
      if (object.HasMember(name)) {
        fail_input("{}: line {}: the key '{}' is given twice", source_, line, key);
      }
      const std::string child = path.empty() ? key : path + "." + key;
      out_.lines.emplace(child, line);
      json::Value value = convert(member.second, child, depth + 1);
      object.AddMember(name, value, allocator());
    }
    return object;
  }

  void count_bytes(const std::string& text, int line) {
    bytes_ += text.size();
    if (bytes_ > limits_.max_expanded_bytes) {
      fail_input("{}: line {}: more than {} bytes of text once aliases (*name) are written out", source_,
                 line, limits_.max_expanded_bytes);
    }
  }

  json::Value text_value(const std::string& text, int line) {
    if (utf8::is_valid(text)) {
      return json::string(text, allocator());
    }
    const std::string mended = with_whole_escapes(text);
    if (!utf8::is_valid(mended)) {
      fail_input("{}: line {}: an escape makes text that is not valid UTF-8", source_, line);
    }
    return json::string(mended, allocator());
  }

  std::string with_all_breaks(const YAML::Node& node, const std::string& scalar) const {
    const auto begin = static_cast<std::size_t>(std::max(0, node.Mark().pos));
    if (begin >= text_.size() || (text_[begin] != '\'' && text_[begin] != '"')) {
      return scalar;  // a block scalar
    }
    const std::size_t breaks = breaks_before_closing_quote(text_, begin);
    const std::size_t left = scalar.empty() ? 0 : 1;
    return breaks < left + 2 ? scalar : scalar + std::string(breaks - 1 - left, '\n');
  }

  json::Value scalar(const YAML::Node& node, bool quoted) {
    const std::string& text = node.Scalar();
    const int line = node.Mark().line + 1;
    count_bytes(text, line);
    if (quoted) {
      return text_value(with_all_breaks(node, text), line);
    }
    if (text.empty() || is_one_of(text, {"~", "null", "Null", "NULL"})) {
      return json::Value();
    }
    if (is_one_of(text, {"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"})) {
      return json::Value(true);
    }
    if (is_one_of(text, {"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"})) {
      return json::Value(false);
    }
    const std::string_view magnitude =
        std::string_view(text).substr(text[0] == '-' || text[0] == '+' ? 1 : 0);
    if (all_digits(magnitude) && magnitude[0] != '_' && (magnitude.size() == 1 || magnitude[0] != '0')) {
      std::string digits(text[0] == '-' ? "-" : "");
      std::copy_if(magnitude.begin(), magnitude.end(), std::back_inserter(digits),
                   [](char c) { return c != '_'; });
      std::int64_t number = 0;
      const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
      if (error == std::errc() && end == digits.data() + digits.size()) {
        return json::Value(number);
      }
      fail_input("{}: line {}: the integer '{}' does not fit in 64 bits; write it in quotes if it is text",
                 source_, line, text);
    }
    if (looks_like_float(text)) {
      const double number = std::strtod(text.c_str(), nullptr);
      if (!std::isfinite(number)) {
        fail_input("{}: line {}: the number '{}' is too large", source_, line, text);
      }
      return json::Value(number);
    }
    return text_value(text, line);
  }

  std::string_view text_;
  std::string source_;
  const YamlLimits& limits_;
  YamlDocument& out_;
  std::size_t values_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace

YamlDocument read_yaml(std::string_view text, const std::string& source, const YamlLimits& limits) {
  if (text.size() > limits.max_bytes) {
    fail_input("{}: {} bytes, more than the {} of a suite file", source, text.size(), limits.max_bytes);
  }
  if (!utf8::is_valid(text)) {
    const std::string_view mended = text.substr(0, utf8::complete_prefix(text));
    std::size_t line = 1;
    std::size_t i = 0;
    while (i < mended.size()) {
      const utf8::Decoded decoded = utf8::decode(text, i);
      if (decoded.length == 0) {
        break;
      }
      line += text[i] == '\n' ? 1 : 0;
      i += static_cast<std::size_t>(decoded.length);
    }
    fail_input("{}: line {}: not valid UTF-8 (byte {})", source, line, i);
  }
  YamlDocument result;
  std::vector<YAML::Node> documents;
  try {
    documents = YAML::LoadAll(std::string(text));
  } catch (const YAML::Exception& error) {
    fail_input("{}: line {}: not valid YAML: {}", source, error.mark.line + 1, error.msg);
  }
  if (documents.size() > 1) {
    fail_input("{}: line {}: a suite file holds one YAML document, this one has {}", source,
               documents[1].Mark().line + 1, documents.size());
  }
  if (documents.empty()) {
    fail_input("{}: the file is empty", source);
  }
  json::Value root = Converter(text, source, limits, result).convert(documents[0], "", 0);
  static_cast<json::Value&>(result.value) = root;
  return result;
}

}  // namespace reckon::suites
