#pragma once
// Cutting a normalised text into words, inside which alone the model merges.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "engine/tokenizer/regex.h"

namespace reckon::engine {

/// A text and its cut into words. Words are never empty, in order, and do not overlap; what lies between them
/// is dropped.
struct Words {
  std::string text;
  std::vector<TextRange> ranges;
  bool at_start = true;  ///< the text starts where the whole input starts (no token before it)
};

class PreTokenizer {
 public:
  virtual ~PreTokenizer() = default;
  virtual void apply(Words& words) const = 0;
};

/// From tokenizer.json's "pre_tokenizer". Error: an unknown type, named.
std::unique_ptr<PreTokenizer> make_pre_tokenizer(const json::Value& description, const std::string& where);

/// For GGUF: splits by each expression in turn (matches and what lies between are words), then spells bytes
/// if `byte_level`.
std::unique_ptr<PreTokenizer> make_regex_pre_tokenizer(const std::vector<std::string>& expressions,
                                                       bool byte_level, const std::string& where);

}  // namespace reckon::engine
