#include "base/json.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include <rapidjson/error/en.h>
#include <rapidjson/prettywriter.h>
#include <rapidjson/reader.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "base/error.h"
#include "base/files.h"
#include "base/utf8.h"

namespace reckon::json {
namespace {

/// Behind the quote that ends the string whose content begins at `begin`, or the end of the text.
std::size_t end_of_string(std::string_view text, std::size_t begin) {
  while (true) {
    const std::size_t quote = text.find('"', begin);
    if (quote == std::string_view::npos) return text.size();
    std::size_t first = quote;  // of the backslashes before it
    while (first > begin && text[first - 1] == '\\') --first;
    if ((quote - first) % 2 == 0) return quote + 1;
    begin = quote + 1;
  }
}

/// '[' and '{', which differ in one bit, eight bytes at once.
std::int64_t count_openers(std::string_view text) {
  constexpr std::uint64_t kOnes = 0x0101010101010101U;
  constexpr std::uint64_t kLow = 0x7F7F7F7F7F7F7F7FU;
  std::int64_t count = 0;
  std::size_t at = 0;
  for (std::uint64_t word = 0; at + sizeof word <= text.size(); at += sizeof word) {
    std::memcpy(&word, text.data() + at, sizeof word);
    word = (word | (kOnes * 0x20)) ^ (kOnes * '{');
    // The high bit of a byte of `other` is set where that byte of `word` is not 0.
    const std::uint64_t other = ((word & kLow) + kLow) | word;
    // The sum of eight bytes that are 0 or 1 comes out at the top of this product.
    count += static_cast<std::int64_t>((((~other & ~kLow) >> 7) * kOnes) >> 56);
  }
  for (; at < text.size(); ++at) count += (text[at] | 0x20) == '{' ? 1 : 0;
  return count;
}

// Nesting is counted before parsing, on raw bytes: destroying a deeply nested document recurses, so it must
// never be built. Strings are passed over at the speed of a search: they may be a megabyte.
void check_depth(std::string_view text, std::string_view source, int max_depth) {
  // Few texts have as many brackets at all, whatever stands between quotes.
  if (count_openers(text) <= max_depth) return;
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') {
      i = end_of_string(text, i + 1) - 1;
    } else if (c == '[' || c == '{') {
      if (++depth > max_depth) {
        fail_input("{}: byte {}: JSON nested deeper than {} levels", source, i, max_depth);
      }
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
}

struct Place {
  std::size_t line;
  std::size_t column;
};

Place place_of(std::string_view text, std::size_t offset) {
  offset = std::min(offset, text.size());
  Place place{1, 1};
  for (std::size_t i = 0; i < offset; ++i) {
    if (text[i] == '\n') {
      ++place.line;
      place.column = 1;
    } else {
      ++place.column;
    }
  }
  return place;
}

constexpr std::size_t kBlock = 32;

/// Whether a block of text stands in a JSON string as it is. A loop that the compiler turns into vectors.
bool is_plain(const char* block) {
  unsigned char special = 0;
  for (std::size_t i = 0; i < kBlock; ++i) {
    const auto c = static_cast<unsigned char>(block[i]);
    special |= static_cast<unsigned char>((c < 0x20) | (c == '"') | (c == '\\'));
  }
  return special == 0;
}

/// What follows the backslash; 'u' where the character's number does.
char escape_of(char c) {
  switch (c) {
    case '"':
    case '\\':
      return c;
    case '\b':
      return 'b';
    case '\f':
      return 'f';
    case '\n':
      return 'n';
    case '\r':
      return 'r';
    case '\t':
      return 't';
    default:
      return 'u';
  }
}

/// RapidJSON's output stream that is a std::string from the start: what it holds is moved out, not copied.
struct StringOutput {
  using Ch = char;
  std::string text;

  void Put(char c) { text.push_back(c); }
  void Flush() {}
};

/// RapidJSON's writer, but strings go out by blocks where nothing has to be escaped.
class BlockWriter : public rapidjson::Writer<StringOutput> {
 public:
  using Writer::Writer;

  bool String(const char* text, rapidjson::SizeType length, bool /*copy*/ = false) {
    Prefix(rapidjson::kStringType);
    os_->text.reserve(os_->text.size() + length + 2);  // a long text makes the buffer grow once
    os_->Put('"');
    const char* const end = text + length;
    while (text != end) {
      const std::size_t size = std::min(kBlock, static_cast<std::size_t>(end - text));
      if (size == kBlock && is_plain(text)) {
        os_->text.append(text, kBlock);
      } else {
        put_escaped({text, size});
      }
      text += size;
    }
    os_->Put('"');
    return EndValue(true);
  }

  bool Key(const char* text, rapidjson::SizeType length, bool copy = false) {
    return String(text, length, copy);
  }

 private:
  /// Of at most one block.
  void put_escaped(std::string_view block) {
    std::array<char, 6 * kBlock> bytes;
    std::size_t size = 0;
    for (const char c : block) {
      if (static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\') {
        bytes[size++] = c;
        continue;
      }
      bytes[size++] = '\\';
      if (const char letter = escape_of(c); letter != 'u') {
        bytes[size++] = letter;
        continue;
      }
      constexpr std::string_view kHex = "0123456789ABCDEF";
      for (const char hex : {'u', '0', '0', kHex[static_cast<unsigned char>(c) >> 4], kHex[c & 15]}) {
        bytes[size++] = hex;
      }
    }
    os_->text.append(bytes.data(), size);
  }
};

const char* kind_of(const Value& value) {
  switch (value.GetType()) {
    case rapidjson::kNullType:
      return "null";
    case rapidjson::kFalseType:
    case rapidjson::kTrueType:
      return "a boolean";
    case rapidjson::kObjectType:
      return "an object";
    case rapidjson::kArrayType:
      return "an array";
    case rapidjson::kStringType:
      return "a string";
    case rapidjson::kNumberType:
      return "a number";
  }
  return "unknown";
}

}  // namespace

Document parse(std::string_view text, std::string_view source, const ParseLimits& limits) {
  if (text.size() > limits.max_bytes) {
    fail_input("{}: {} bytes of JSON, more than the {} allowed here", source, text.size(), limits.max_bytes);
  }
  check_depth(text, source, limits.max_depth);
  Document document;
  // Most texts are valid, which is found out faster at a go than character by character. RapidJSON reads a
  // text that ends with a 0 twice as fast as one of a given length.
  if (utf8::is_valid(text)) {
    document.Parse<rapidjson::kParseFullPrecisionFlag>(std::string(text).c_str());
  } else {
    document.Parse<rapidjson::kParseFullPrecisionFlag | rapidjson::kParseValidateEncodingFlag>(text.data(),
                                                                                               text.size());
  }
  if (document.HasParseError()) {
    const Place place = place_of(text, document.GetErrorOffset());
    // A text of one line is mostly a line of a file, which `source` names.
    const bool has_lines = text.substr(0, text.size() - 1).find('\n') != std::string_view::npos;
    const std::string line = has_lines ? fmt::format("line {}, ", place.line) : "";
    fail_input("{}: {}column {}: not valid JSON: {}", source, line, place.column,
               rapidjson::GetParseError_En(document.GetParseError()));
  }
  return document;
}

Document parse_file(const std::string& path, const ParseLimits& limits) {
  return parse(read_file(path, limits.max_bytes), path, limits);
}

std::string dump(const Value& value) {
  StringOutput output;
  BlockWriter writer(output);
  value.Accept(writer);
  return std::move(output.text);
}

std::string dump_pretty(const Value& value) {
  rapidjson::StringBuffer buffer;
  rapidjson::PrettyWriter<rapidjson::StringBuffer> writer(buffer);
  writer.SetIndent(' ', 2);
  value.Accept(writer);
  return {buffer.GetString(), buffer.GetSize()};
}

Value string(std::string_view text, Allocator& allocator) {
  Value value;
  if (utf8::is_valid(text)) {
    value.SetString(text.data(), static_cast<rapidjson::SizeType>(text.size()), allocator);
  } else {
    const std::string clean = utf8::replace_invalid(text);
    value.SetString(clean.data(), static_cast<rapidjson::SizeType>(clean.size()), allocator);
  }
  return value;
}

ObjectReader::ObjectReader(const Value& object, std::string where)
    : object_(&object), where_(std::move(where)) {
  if (!object.IsObject()) fail_input("{}: expected a JSON object, found {}", where_, kind_of(object));
}

const Value* ObjectReader::find(const char* key) const {
  const auto member = object_->FindMember(key);
  if (member == object_->MemberEnd() || member->value.IsNull()) return nullptr;
  return &member->value;
}

bool ObjectReader::has(const char* key) const { return find(key) != nullptr; }

const Value& ObjectReader::require(const char* key, const char* expected) const {
  const Value* value = find(key);
  if (value == nullptr) fail_input("{}: missing field '{}' (expected {})", where_, key, expected);
  return *value;
}

void ObjectReader::wrong(const char* key, const char* expected) const {
  const Value* value = find(key);
  fail_input("{}: field '{}' should be {}, found {}", where_, key, expected,
             value == nullptr    ? "nothing"
             : value->IsNumber() ? dump(*value)
                                 : kind_of(*value));
}

std::string_view ObjectReader::view_string(const char* key) const {
  const Value& value = require(key, "a string");
  if (!value.IsString()) wrong(key, "a string");
  return {value.GetString(), value.GetStringLength()};
}

std::string ObjectReader::get_string(const char* key) const { return std::string(view_string(key)); }

std::string ObjectReader::get_string(const char* key, std::string_view fallback) const {
  return has(key) ? get_string(key) : std::string(fallback);
}

std::int64_t ObjectReader::get_int(const char* key, std::int64_t low, std::int64_t high) const {
  const Value& value = require(key, "an integer");
  std::int64_t number = 0;
  if (value.IsInt64()) {
    number = value.GetInt64();
  } else if (value.IsDouble() && std::nearbyint(value.GetDouble()) == value.GetDouble() &&
             std::fabs(value.GetDouble()) < 9e15) {
    number = static_cast<std::int64_t>(value.GetDouble());
  } else {
    wrong(key, "an integer");
  }
  if (number < low || number > high) {
    fail_input("{}: field '{}' is {}, outside the allowed {} to {}", where_, key, number, low, high);
  }
  return number;
}

std::int64_t ObjectReader::get_int(const char* key, std::int64_t low, std::int64_t high,
                                   std::int64_t fallback) const {
  return has(key) ? get_int(key, low, high) : fallback;
}

double ObjectReader::get_number(const char* key) const {
  const Value& value = require(key, "a number");
  if (!value.IsNumber()) wrong(key, "a number");
  return value.GetDouble();
}

double ObjectReader::get_number(const char* key, double fallback) const {
  return has(key) ? get_number(key) : fallback;
}

bool ObjectReader::get_bool(const char* key) const {
  const Value& value = require(key, "true or false");
  if (!value.IsBool()) wrong(key, "true or false");
  return value.GetBool();
}

bool ObjectReader::get_bool(const char* key, bool fallback) const {
  return has(key) ? get_bool(key) : fallback;
}

ObjectReader ObjectReader::get_object(const char* key) const {
  return {require(key, "an object"), fmt::format("{}: {}", where_, key)};
}

const Value& ObjectReader::get_array(const char* key) const {
  const Value& value = require(key, "an array");
  if (!value.IsArray()) wrong(key, "an array");
  return value;
}

std::vector<std::string> ObjectReader::get_strings(const char* key) const {
  std::vector<std::string> strings;
  if (!has(key)) return strings;
  for (const Value& item : get_array(key).GetArray()) {
    if (!item.IsString()) wrong(key, "an array of strings");
    strings.emplace_back(item.GetString(), item.GetStringLength());
  }
  return strings;
}

}  // namespace reckon::json
