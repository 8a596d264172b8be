#include "base/utf8.h"
#include "engine/tokenizer/characters.h"
#include "engine/tokenizer/tokenizer.h"

namespace reckon::engine {

StreamDecoder::StreamDecoder(const Tokenizer& tokenizer, bool skip_special_tokens)
    : tokenizer_(&tokenizer), skip_special_tokens_(skip_special_tokens) {}

std::string StreamDecoder::push(TokenId token) {
  if (skip_special_tokens_ && tokenizer_->is_special(token)) return {};
  std::string_view bytes = tokenizer_->token_bytes(token);
  if (bytes.empty()) return {};
  if (!at_start_ && tokenizer_->spaces_between_tokens()) pending_ += ' ';
  if (at_start_) {
    at_start_ = false;
    for (std::size_t i = 0; i < tokenizer_->leading_spaces_added() && bytes.starts_with(' '); ++i) {
      bytes.remove_prefix(1);
    }
  }
  pending_ += bytes;
  const std::size_t whole = utf8::complete_prefix(pending_);
  std::string text = replace_invalid_parts(std::string_view(pending_).substr(0, whole));
  pending_.erase(0, whole);
  return text;
}

std::string StreamDecoder::finish() {
  std::string text = replace_invalid_parts(pending_);
  pending_.clear();
  at_start_ = true;
  return text;
}

}  // namespace reckon::engine
