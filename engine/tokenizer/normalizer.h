#pragma once
// What happens to a text before it is cut into words: Unicode normal forms, replacements, prefixes.

#include <memory>
#include <string>
#include <string_view>

#include "base/json.h"

namespace reckon::engine {

class Normalizer {
 public:
  virtual ~Normalizer() = default;
  /// `text` is valid UTF-8, and so is the result.
  virtual std::string apply(std::string_view text) const = 0;
};

/// From tokenizer.json's "normalizer"; `where` starts error messages. Error: an unknown type, named.
std::unique_ptr<Normalizer> make_normalizer(const json::Value& description, const std::string& where);

/// SentencePiece's: "▁" for each space, and one before the text when `prefix` is set.
std::unique_ptr<Normalizer> make_space_escaper(bool prefix);

}  // namespace reckon::engine
