#pragma once
// A tokenizer over a list of pieces: the longest one that fits is taken, single bytes otherwise.

#include <stdexcept>
#include <string>
#include <vector>

#include "base/utf8.h"
#include "engine/tokenizer/tokenizer.h"

namespace reckon::engine::test {

/// Ids: 0-255 bytes, then the pieces in order; those written with a leading '*' are special (without the
/// '*').
class PieceTokenizer : public Tokenizer {
 public:
  explicit PieceTokenizer(const std::vector<std::string>& pieces, std::optional<TokenId> bos = std::nullopt)
      : bos_(bos) {
    for (int i = 0; i < 256; ++i) pieces_.push_back(std::string(1, static_cast<char>(i)));
    for (const std::string& piece : pieces) {
      const bool special = piece.starts_with('*');
      if (special) special_.push_back(static_cast<TokenId>(pieces_.size()));
      pieces_.push_back(special ? piece.substr(1) : piece);
    }
  }

  std::vector<TokenId> encode(std::string_view text, const EncodeOptions& options) const override {
    std::vector<TokenId> tokens;
    if (options.add_special_tokens && bos_) tokens.push_back(*bos_);
    while (!text.empty()) {
      std::size_t best = static_cast<unsigned char>(text[0]);
      for (std::size_t i = 256; i < pieces_.size(); ++i) {
        if (text.starts_with(pieces_[i]) && pieces_[i].size() > pieces_[best].size()) best = i;
      }
      tokens.push_back(static_cast<TokenId>(best));
      text.remove_prefix(pieces_[best].size());
    }
    return tokens;
  }
  std::string decode(std::span<const TokenId> tokens, bool skip_special) const override {
    std::string text;
    for (const TokenId token : tokens) {
      if (!skip_special || !is_special(token)) text += token_bytes(token);
    }
    return utf8::replace_invalid(text);
  }
  const std::string& token_bytes(TokenId token) const override {
    return pieces_.at(static_cast<std::size_t>(token));
  }
  bool is_special(TokenId token) const override {
    for (const TokenId special : special_) {
      if (special == token) return true;
    }
    return false;
  }
  std::size_t vocab_size() const override { return pieces_.size(); }
  std::optional<TokenId> bos_token() const override { return bos_; }
  std::optional<TokenId> eos_token() const override { return std::nullopt; }
  std::optional<TokenId> token_id(std::string_view piece) const override {
    for (std::size_t i = 256; i < pieces_.size(); ++i) {
      if (pieces_[i] == piece) return static_cast<TokenId>(i);
    }
    return std::nullopt;
  }
  const std::string& token_piece(TokenId token) const override { return token_bytes(token); }
  std::size_t leading_spaces_added() const override { return 0; }

 private:
  std::vector<std::string> pieces_;
  std::vector<TokenId> special_;
  std::optional<TokenId> bos_;
};

}  // namespace reckon::engine::test
