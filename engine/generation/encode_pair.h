#pragma once
// Tokens of a context and of what is scored behind it, divided as lm-evaluation-harness divides them.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/tokenizer/tokenizer.h"

namespace reckon::engine {

struct EncodedPair {
  std::vector<TokenId> context;       ///< never empty
  std::vector<TokenId> continuation;  ///< never empty
};

/// White space at the end of the context moves to the continuation; the continuation's tokens are those of
/// both texts together behind as many as the context has alone (lm_eval/api/model.py,
/// TemplateLM._encode_pair). An empty context is the beginning-of-text token, else the end-of-text one.
/// Errors: a continuation without tokens, an empty context where the model has neither token.
EncodedPair encode_pair(const Tokenizer& tokenizer, std::string_view context, std::string_view continuation,
                        const EncodeOptions& options);

/// The windows in which a text is scored from its first token on, each token once: the first behind the
/// beginning-of-text (else end-of-text) token, every other one behind the last token of the one before
/// (get_rolling_token_windows with context_len 1 in lm_eval/utils.py). `context_tokens`: most tokens a window
/// holds, its context not counted. Errors: a text without tokens, neither token there.
std::vector<EncodedPair> encode_rolling(const Tokenizer& tokenizer, std::string_view text,
                                        const EncodeOptions& options, std::int64_t context_tokens);

}  // namespace reckon::engine
