#pragma once
// Pieces (stored texts) and their ids, both ways.

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/tokenizer/tokenizer.h"

namespace reckon::engine {

/// Ids at or above this are refused: a table of that size is no published vocabulary.
constexpr TokenId kMaxVocabulary = 1 << 22;

class Vocabulary {
 public:
  Vocabulary() = default;
  /// pieces[id] is the text of a token; an empty text is an unused id. Of equal texts the last id counts.
  explicit Vocabulary(std::vector<std::string> pieces);

  std::optional<TokenId> find(std::string_view piece) const;
  /// The id, or -1.
  TokenId id_of(std::string_view piece) const;
  const std::string& piece(TokenId id) const { return pieces_[static_cast<std::size_t>(id)]; }
  bool contains(TokenId id) const { return id >= 0 && static_cast<std::size_t>(id) < pieces_.size(); }
  std::size_t size() const { return pieces_.size(); }

 private:
  std::vector<std::string> pieces_;
  std::unordered_map<std::string_view, TokenId> ids_;  // views into pieces_
};

}  // namespace reckon::engine
