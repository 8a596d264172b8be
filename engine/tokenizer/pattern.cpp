#include "engine/tokenizer/pattern.h"

#include "base/error.h"

namespace reckon::engine {
namespace {

// Replacements may make a text longer, but not without end.
constexpr std::size_t kMaxGrowth = 8;
constexpr std::size_t kAlwaysAllowedBytes = std::size_t{4} << 20;

}  // namespace

Pattern Pattern::literal(std::string text) {
  Pattern pattern;
  pattern.literal_ = std::move(text);
  return pattern;
}

Pattern Pattern::regex(std::string_view expression, const std::string& where) {
  Pattern pattern;
  pattern.regex_.emplace(expression, where);
  return pattern;
}

Pattern Pattern::from_json(const json::ObjectReader& owner, const char* key) {
  // Old files hold the literal alone.
  const json::Value* value = owner.find(key);
  if (value != nullptr && value->IsString()) return literal(owner.get_string(key));
  const auto reader = owner.get_object(key);
  if (reader.has("String")) return literal(reader.get_string("String"));
  if (reader.has("Regex")) return regex(reader.get_string("Regex"), reader.where());
  fail_input("{}: expected a 'String' or a 'Regex'", reader.where());
}

void Pattern::find_all(std::string_view text, std::vector<TextRange>& matches) const {
  if (regex_) return regex_->find_all(text, matches);
  matches.clear();
  if (literal_.empty()) return;
  for (std::size_t at = text.find(literal_); at != std::string_view::npos;
       at = text.find(literal_, at + literal_.size())) {
    matches.push_back({at, at + literal_.size()});
  }
}

std::string Pattern::replace_all(std::string_view text, std::string_view replacement) const {
  std::vector<TextRange> matches;
  find_all(text, matches);
  const std::size_t size = text.size() + matches.size() * replacement.size();
  if (size > kAlwaysAllowedBytes && size / kMaxGrowth > text.size()) {
    fail_input("the tokenizer's replacements make {} bytes of a text of {}", size, text.size());
  }
  std::string result;
  result.reserve(size);
  std::size_t done = 0;
  for (const TextRange& match : matches) {
    result += text.substr(done, match.begin - done);
    result += replacement;
    done = match.end;
  }
  result += text.substr(done);
  return result;
}

}  // namespace reckon::engine
