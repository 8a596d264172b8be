#pragma once
// The one tokenizer: its parts put in order. Loaders (tokenizer.json, GGUF keys) only choose the parts.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/tokenizer/added_tokens.h"
#include "engine/tokenizer/bpe_model.h"
#include "engine/tokenizer/decoder.h"
#include "engine/tokenizer/normalizer.h"
#include "engine/tokenizer/pre_tokenizer.h"
#include "engine/tokenizer/tokenizer.h"
#include "engine/tokenizer/vocabulary.h"

namespace reckon::engine {

struct TokenizerParts {
  std::string source;                      ///< file name for error messages
  std::unique_ptr<Vocabulary> vocabulary;  ///< added tokens included; the model points into it
  std::unique_ptr<BpeModel> model;
  std::vector<AddedToken> added_tokens;
  std::unique_ptr<Normalizer> normalizer;       ///< may be null
  std::unique_ptr<PreTokenizer> pre_tokenizer;  ///< may be null: the whole text is one word
  std::unique_ptr<Decoder> decoder;             ///< null: pieces are joined by spaces
  std::vector<TokenId> prefix;                  ///< what add_special_tokens puts before the text
  std::vector<TokenId> suffix;                  ///< ... and behind it
  std::optional<TokenId> bos_token;
  std::optional<TokenId> eos_token;
};

/// Builds the tokenizer; checks that every id the parts name is in the vocabulary.
std::unique_ptr<Tokenizer> make_bpe_tokenizer(TokenizerParts parts);

}  // namespace reckon::engine
