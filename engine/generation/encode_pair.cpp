#include "engine/generation/encode_pair.h"

#include <algorithm>

#include "base/error.h"
#include "base/utf8.h"

namespace reckon::engine {
namespace {

/// What Python's str.isspace() holds for white space.
bool is_space(std::uint32_t c) {
  return (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x20) || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
         c == 0x3000;
}

std::size_t length_without_trailing_space(std::string_view text) {
  std::size_t end = text.size();
  while (end > 0) {
    std::size_t begin = end - 1;
    while (begin > 0 && (static_cast<unsigned char>(text[begin]) & 0xC0U) == 0x80U) --begin;
    const utf8::Decoded last = utf8::decode(text, begin);
    if (last.length == 0 || begin + static_cast<std::size_t>(last.length) != end ||
        !is_space(last.code_point))
      break;
    end = begin;
  }
  return end;
}

TokenId first_token(const Tokenizer& tokenizer) {
  const std::optional<TokenId> token = tokenizer.bos_token() ? tokenizer.bos_token() : tokenizer.eos_token();
  if (!token) {
    fail_input(
        "scoring without a context: the tokenizer has neither a beginning nor an end token to start from");
  }
  return *token;
}

}  // namespace

EncodedPair encode_pair(const Tokenizer& tokenizer, std::string_view context, std::string_view continuation,
                        const EncodeOptions& options) {
  EncodedPair pair;
  const std::size_t kept = length_without_trailing_space(context);
  std::string whole(context);
  whole += continuation;
  if (kept == 0) {
    const TokenId prefix = first_token(tokenizer);
    pair.context = {prefix};
    pair.continuation = tokenizer.encode(whole, options);
    // The tokenizer may have put the same token there.
    if (!pair.continuation.empty() && pair.continuation.front() == prefix) {
      pair.continuation.erase(pair.continuation.begin());
    }
  } else {
    pair.context = tokenizer.encode(context.substr(0, kept), options);
    const std::vector<TokenId> both = tokenizer.encode(whole, options);
    const std::size_t split = std::min(pair.context.size(), both.size());
    pair.continuation.assign(both.begin() + static_cast<std::ptrdiff_t>(split), both.end());
  }
  if (pair.continuation.empty())
    fail_input("scoring: the continuation '{}' has no tokens of its own", continuation);
  return pair;
}

std::vector<EncodedPair> encode_rolling(const Tokenizer& tokenizer, std::string_view text,
                                        const EncodeOptions& options, std::int64_t context_tokens) {
  std::vector<TokenId> tokens = tokenizer.encode(text, options);
  // The tokenizer may have put the beginning token there, which is the context of the first window already.
  if (!tokens.empty() && tokens.front() == first_token(tokenizer)) tokens.erase(tokens.begin());
  if (tokens.empty()) fail_input("scoring: the text has no tokens");
  const auto window = static_cast<std::size_t>(std::max<std::int64_t>(1, context_tokens));
  std::vector<EncodedPair> windows;
  for (std::size_t begin = 0; begin < tokens.size(); begin += window) {
    const std::size_t end = std::min(begin + window, tokens.size());
    EncodedPair pair;
    pair.context = {begin == 0 ? first_token(tokenizer) : tokens[begin - 1]};
    pair.continuation.assign(tokens.begin() + static_cast<std::ptrdiff_t>(begin),
                             tokens.begin() + static_cast<std::ptrdiff_t>(end));
    windows.push_back(std::move(pair));
  }
  return windows;
}

}  // namespace reckon::engine
