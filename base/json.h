#pragma once
// JSON with errors that name the source, the line and the path of the field.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <rapidjson/document.h>

namespace reckon::json {

using Value = rapidjson::Value;
using Document = rapidjson::Document;
using Allocator = Document::AllocatorType;

/// Follows the nesting of arrays and objects along a text, byte by byte; what stands between quotes does not
/// count.
class Nesting {
 public:
  /// The depth after `c`; below 0 where more was closed than opened.
  int take(char c) {
    if (in_string_) {
      if (escaped_) {
        escaped_ = false;
      } else if (c == '\\') {
        escaped_ = true;
      } else if (c == '"') {
        in_string_ = false;
      }
    } else if (c == '"') {
      in_string_ = true;
    } else if (c == '[' || c == '{') {
      ++depth_;
    } else if (c == ']' || c == '}') {
      --depth_;
    }
    return depth_;
  }

 private:
  int depth_ = 0;
  bool in_string_ = false;
  bool escaped_ = false;
};

/// Limits that untrusted documents are held to while parsing.
struct ParseLimits {
  std::size_t max_bytes = std::size_t{1} << 30;
  int max_depth = 200;  ///< nesting of arrays and objects; refused beyond, so that no recursion can overflow
};

/// Parses `text`; `source` (file name, "file:line", option name) starts every error message.
/// Errors: bad syntax, with line and column; deeper or longer than `limits`; invalid UTF-8.
Document parse(std::string_view text, std::string_view source, const ParseLimits& limits = {});
Document parse_file(const std::string& path, const ParseLimits& limits = {});

/// Compact and indented text of a value. Invalid UTF-8 in strings is replaced by U+FFFD.
std::string dump(const Value& value);
std::string dump_pretty(const Value& value);

/// Builds a string value that owns a copy; bytes that are not UTF-8 become U+FFFD.
Value string(std::string_view text, Allocator& allocator);

/// Typed access to one object, where each error says which field of which source is wrong and what was
/// expected.
class ObjectReader {
 public:
  /// `where` names the object in messages: "config.json" or "config.json: rope_scaling".
  ObjectReader(const Value& object, std::string where);

  bool has(const char* key) const;           ///< present and not null
  const Value* find(const char* key) const;  ///< nullptr when absent or null
  const std::string& where() const { return where_; }

  std::string get_string(const char* key) const;
  std::string_view view_string(const char* key) const;  ///< no copy; lives as long as the document
  std::string get_string(const char* key, std::string_view fallback) const;
  /// Integers must lie in [low, high]; a float with an integral value counts as an integer.
  std::int64_t get_int(const char* key, std::int64_t low, std::int64_t high) const;
  std::int64_t get_int(const char* key, std::int64_t low, std::int64_t high, std::int64_t fallback) const;
  double get_number(const char* key) const;
  double get_number(const char* key, double fallback) const;
  bool get_bool(const char* key) const;
  bool get_bool(const char* key, bool fallback) const;
  ObjectReader get_object(const char* key) const;
  const Value& get_array(const char* key) const;
  std::vector<std::string> get_strings(const char* key) const;  ///< an array of strings; empty when absent

 private:
  const Value& require(const char* key, const char* expected) const;
  [[noreturn]] void wrong(const char* key, const char* expected) const;

  const Value* object_;
  std::string where_;
};

}  // namespace reckon::json
