#pragma once
// The "pattern" of tokenizer.json's Split and Replace: {"String": "..."} or {"Regex": "..."}.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "engine/tokenizer/regex.h"

namespace reckon::engine {

class Pattern {
 public:
  static Pattern literal(std::string text);
  static Pattern regex(std::string_view expression, const std::string& where);
  /// Reads field `key` of `owner`.
  static Pattern from_json(const json::ObjectReader& owner, const char* key);

  /// All matches from left to right, not overlapping. An empty literal matches nothing.
  void find_all(std::string_view text, std::vector<TextRange>& matches) const;
  std::string replace_all(std::string_view text, std::string_view replacement) const;

 private:
  std::string literal_;
  std::optional<Regex> regex_;
};

}  // namespace reckon::engine
