#pragma once
// Tokens of a context and of what is scored behind it, divided as lm-evaluation-harness divides them.

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

}  // namespace reckon::engine
