#include "engine/formats/gguf_vocabulary.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"

namespace reckon::engine {
namespace {

template <typename Wanted>
const Wanted* get(const GgufFile& file, const char* key, const char* expected) {
  const GgufValue* value = file.find(key);
  if (value == nullptr) return nullptr;
  const auto* typed = std::get_if<Wanted>(value);
  if (typed == nullptr) fail_input("{}: key '{}' should be {}", file.path, key, expected);
  return typed;
}

std::optional<TokenId> get_token(const GgufFile& file, const char* key) {
  const auto* value = get<std::int64_t>(file, key, "a token id");
  // -1 (or 2^32 - 1) is how some converters write "none".
  if (value == nullptr || *value < 0 || *value == std::numeric_limits<std::uint32_t>::max())
    return std::nullopt;
  if (*value > std::numeric_limits<TokenId>::max())
    fail_input("{}: key '{}' is {}, no token id", file.path, key, *value);
  return static_cast<TokenId>(*value);
}

std::optional<bool> get_bool(const GgufFile& file, const char* key) {
  const auto* value = get<bool>(file, key, "a boolean");
  if (value == nullptr) return std::nullopt;
  return *value;
}

template <typename Item>
void check_size(const GgufFile& file, const char* key, const std::vector<Item>& items, std::size_t tokens) {
  if (items.size() != tokens) {
    fail_input("{}: key '{}' has {} entries for {} tokens", file.path, key, items.size(), tokens);
  }
}

}  // namespace

GgufVocabulary read_gguf_vocabulary(const GgufFile& file) {
  GgufVocabulary vocabulary;
  vocabulary.source = file.path;
  vocabulary.model = file.get_string("tokenizer.ggml.model");
  if (const auto* pre = get<std::string>(file, "tokenizer.ggml.pre", "a string")) vocabulary.pre = *pre;
  const auto* tokens = get<std::vector<std::string>>(file, "tokenizer.ggml.tokens", "an array of strings");
  if (tokens == nullptr || tokens->empty())
    fail_input("{}: key 'tokenizer.ggml.tokens' is missing or empty", file.path);
  if (tokens->size() > static_cast<std::size_t>(std::numeric_limits<TokenId>::max())) {
    fail_input("{}: key 'tokenizer.ggml.tokens' has {} entries", file.path, tokens->size());
  }
  vocabulary.tokens = *tokens;
  if (const auto* scores = get<std::vector<double>>(file, "tokenizer.ggml.scores", "an array of floats")) {
    check_size(file, "tokenizer.ggml.scores", *scores, tokens->size());
    for (const double score : *scores) vocabulary.scores.push_back(static_cast<float>(score));
  }
  if (const auto* types =
          get<std::vector<std::int64_t>>(file, "tokenizer.ggml.token_type", "an array of integers")) {
    check_size(file, "tokenizer.ggml.token_type", *types, tokens->size());
    for (const std::int64_t type : *types) {
      if (type < 0 || type > 6)
        fail_input("{}: key 'tokenizer.ggml.token_type' holds {}, no token type", file.path, type);
      vocabulary.token_types.push_back(static_cast<std::int32_t>(type));
    }
  }
  if (const auto* merges =
          get<std::vector<std::string>>(file, "tokenizer.ggml.merges", "an array of strings")) {
    vocabulary.merges = *merges;
  }
  vocabulary.bos_token = get_token(file, "tokenizer.ggml.bos_token_id");
  vocabulary.eos_token = get_token(file, "tokenizer.ggml.eos_token_id");
  vocabulary.unknown_token = get_token(file, "tokenizer.ggml.unknown_token_id");
  for (const auto& [name, token] :
       {std::pair{"bos", vocabulary.bos_token}, std::pair{"eos", vocabulary.eos_token},
        std::pair{"unknown", vocabulary.unknown_token}}) {
    if (token && static_cast<std::size_t>(*token) >= tokens->size()) {
      fail_input("{}: key 'tokenizer.ggml.{}_token_id' is {}, but there are {} tokens", file.path, name,
                 *token, tokens->size());
    }
  }
  vocabulary.add_bos = get_bool(file, "tokenizer.ggml.add_bos_token");
  vocabulary.add_eos = get_bool(file, "tokenizer.ggml.add_eos_token");
  vocabulary.add_space_prefix = get_bool(file, "tokenizer.ggml.add_space_prefix");
  return vocabulary;
}

GenerationDefaults read_gguf_generation(const GgufFile& file) {
  GenerationDefaults generation;
  for (const char* key :
       {"tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id"}) {
    const std::optional<TokenId> token = get_token(file, key);
    std::vector<TokenId>& known = generation.eos_tokens;
    if (token && std::find(known.begin(), known.end(), *token) == known.end()) known.push_back(*token);
  }
  generation.bos_token = get_token(file, "tokenizer.ggml.bos_token_id");
  generation.pad_token = get_token(file, "tokenizer.ggml.padding_token_id");
  return generation;
}

}  // namespace reckon::engine
