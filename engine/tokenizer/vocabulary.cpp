#include "engine/tokenizer/vocabulary.h"

namespace reckon::engine {

Vocabulary::Vocabulary(std::vector<std::string> pieces) : pieces_(std::move(pieces)) {
  ids_.reserve(pieces_.size());
  for (std::size_t id = 0; id < pieces_.size(); ++id) {
    if (!pieces_[id].empty()) ids_[pieces_[id]] = static_cast<TokenId>(id);
  }
}

TokenId Vocabulary::id_of(std::string_view piece) const {
  const auto found = ids_.find(piece);
  return found == ids_.end() ? -1 : found->second;
}

std::optional<TokenId> Vocabulary::find(std::string_view piece) const {
  const TokenId id = id_of(piece);
  return id < 0 ? std::nullopt : std::optional<TokenId>(id);
}

}  // namespace reckon::engine
