// Tokenizers from the tokenizer.ggml.* keys of a GGUF file.

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/utf8.h"
#include "engine/tokenizer/bpe_tokenizer.h"
#include "engine/tokenizer/gguf_pre_tokenizers.h"

namespace reckon::engine {
namespace {

constexpr std::size_t kMaxPieceBytes = 1024;

GgufTokenType type_of(const GgufVocabulary& vocabulary, std::size_t id) {
  return vocabulary.token_types.empty() ? GgufTokenType::normal
                                        : static_cast<GgufTokenType>(vocabulary.token_types[id]);
}

void validate(const GgufVocabulary& vocabulary) {
  const std::string& source = vocabulary.source;
  const std::size_t size = vocabulary.tokens.size();
  if (size == 0) fail_input("{}: tokenizer.ggml.tokens is missing or empty", source);
  if (size > static_cast<std::size_t>(kMaxVocabulary)) {
    fail_input("{}: tokenizer.ggml.tokens: {} tokens, more than the {} allowed", source, size,
               kMaxVocabulary);
  }
  const auto check_length = [&](const char* key, std::size_t length) {
    if (length != 0 && length != size) {
      fail_input("{}: tokenizer.ggml.{} has {} entries for {} tokens", source, key, length, size);
    }
  };
  check_length("scores", vocabulary.scores.size());
  check_length("token_type", vocabulary.token_types.size());
  const auto check_id = [&](const char* key, const std::optional<TokenId>& id) {
    if (id && (*id < 0 || static_cast<std::size_t>(*id) >= size)) {
      fail_input("{}: tokenizer.ggml.{} is {}, outside the vocabulary of {} tokens", source, key, *id, size);
    }
  };
  check_id("bos_token_id", vocabulary.bos_token);
  check_id("eos_token_id", vocabulary.eos_token);
  check_id("unknown_token_id", vocabulary.unknown_token);
  for (std::size_t id = 0; id < size; ++id) {
    if (vocabulary.tokens[id].size() > kMaxPieceBytes) {
      fail_input("{}: tokenizer.ggml.tokens[{}] has {} bytes, more than the {} allowed", source, id,
                 vocabulary.tokens[id].size(), kMaxPieceBytes);
    }
    if (!utf8::is_valid(vocabulary.tokens[id])) {
      fail_input("{}: tokenizer.ggml.tokens[{}] is not valid UTF-8", source, id);
    }
  }
}

std::vector<AddedToken> find_added_tokens(const GgufVocabulary& vocabulary) {
  std::vector<AddedToken> added;
  for (std::size_t id = 0; id < vocabulary.tokens.size(); ++id) {
    const GgufTokenType type = type_of(vocabulary, id);
    const bool special = type == GgufTokenType::control || type == GgufTokenType::unknown;
    if ((!special && type != GgufTokenType::user_defined) || vocabulary.tokens[id].empty()) continue;
    AddedToken token;
    token.id = static_cast<TokenId>(id);
    token.content = vocabulary.tokens[id];
    token.special = special;
    added.push_back(std::move(token));
  }
  return added;
}

// merges[rank] = "left right". A piece may itself start with a space only in spellings that GGUF does not
// use, so the cut is at the first space behind the first byte.
MergeTable read_merges(const GgufVocabulary& vocabulary, const Vocabulary& pieces) {
  if (vocabulary.merges.empty()) {
    fail_input("{}: tokenizer.ggml.merges is missing; model '{}' needs it", vocabulary.source,
               vocabulary.model);
  }
  MergeTable table(vocabulary.merges.size());
  for (std::size_t rank = 0; rank < vocabulary.merges.size(); ++rank) {
    const std::string& merge = vocabulary.merges[rank];
    const auto wrong = [&](const char* what) {
      fail_input("{}: tokenizer.ggml.merges[{}] ('{}') {}", vocabulary.source, rank,
                 utf8::replace_invalid(merge.substr(0, 80)), what);
    };
    const std::size_t space = merge.find(' ', 1);
    if (space == std::string::npos || space + 1 >= merge.size())
      wrong("should be two pieces with a space between");
    const std::string left = merge.substr(0, space);
    const std::string right = merge.substr(space + 1);
    const TokenId left_id = pieces.id_of(left);
    const TokenId right_id = pieces.id_of(right);
    const TokenId result = pieces.id_of(left + right);
    if (left_id < 0 || right_id < 0 || result < 0)
      wrong("names a piece that is not in tokenizer.ggml.tokens");
    table.insert(left_id, right_id, {static_cast<std::uint32_t>(rank), result});
  }
  return table;
}

// SentencePiece merges two neighbours if together they are a piece, the highest score first. So each way to
// cut a piece in two known ones (or single characters) is a merge, ranked by the piece's score.
struct ScoreMerges {
  MergeTable table;
  std::unordered_map<std::string, TokenId> seeds;
};

ScoreMerges merges_by_score(const GgufVocabulary& vocabulary, const Vocabulary& pieces) {
  if (vocabulary.scores.empty()) {
    fail_input("{}: tokenizer.ggml.scores is missing; model 'llama' needs it", vocabulary.source);
  }
  std::vector<float> scores = vocabulary.scores;
  for (std::size_t id = 0; id < scores.size(); ++id) {
    if (!std::isfinite(scores[id])) {
      fail_input("{}: tokenizer.ggml.scores[{}] is not a number", vocabulary.source, id);
    }
  }
  std::sort(scores.begin(), scores.end(), std::greater<>());
  scores.erase(std::unique(scores.begin(), scores.end()), scores.end());

  ScoreMerges merges;
  auto next_seed = static_cast<TokenId>(vocabulary.tokens.size());
  const auto known = [&](std::string_view part, std::size_t characters) {
    const TokenId id = pieces.id_of(part);
    if (id >= 0 || characters > 1) return id;
    const auto [seed, fresh] = merges.seeds.emplace(std::string(part), next_seed);
    if (fresh) ++next_seed;
    return seed->second;
  };
  for (std::size_t id = 0; id < vocabulary.tokens.size(); ++id) {
    const GgufTokenType type = type_of(vocabulary, id);
    const std::string_view piece = vocabulary.tokens[id];
    if (type == GgufTokenType::control || type == GgufTokenType::byte) continue;
    if (pieces.id_of(piece) != static_cast<TokenId>(id)) continue;
    std::vector<std::size_t> cuts;  // borders between characters
    for (std::size_t i = 0; i < piece.size();) {
      i += static_cast<std::size_t>(utf8::decode(piece, i).length);
      cuts.push_back(i);
    }
    const auto rank = static_cast<std::uint32_t>(
        std::lower_bound(scores.begin(), scores.end(), vocabulary.scores[id], std::greater<>()) -
        scores.begin());
    for (std::size_t cut = 0; cut + 1 < cuts.size(); ++cut) {
      const TokenId left = known(piece.substr(0, cuts[cut]), cut + 1);
      if (left < 0) continue;
      const TokenId right = known(piece.substr(cuts[cut]), cuts.size() - cut - 1);
      if (right >= 0) merges.table.insert(left, right, {rank, static_cast<TokenId>(id)});
    }
  }
  return merges;
}

void choose_special_tokens(const GgufVocabulary& vocabulary, bool bos_by_default, TokenizerParts& parts) {
  parts.bos_token = vocabulary.bos_token;
  parts.eos_token = vocabulary.eos_token;
  if (vocabulary.add_bos.value_or(bos_by_default) && parts.bos_token) parts.prefix = {*parts.bos_token};
  if (vocabulary.add_eos.value_or(false) && parts.eos_token) parts.suffix = {*parts.eos_token};
}

void make_byte_level_parts(const GgufVocabulary& vocabulary, TokenizerParts& parts) {
  const GgufPreTokenizer pre = find_gguf_pre_tokenizer(vocabulary.pre, vocabulary.source);
  parts.pre_tokenizer = make_regex_pre_tokenizer(
      pre.expressions, true, fmt::format("{}: tokenizer.ggml.pre '{}'", vocabulary.source, vocabulary.pre));
  BpeSettings settings;
  settings.ignore_merges = pre.ignore_merges;
  parts.model = std::make_unique<BpeModel>(*parts.vocabulary, read_merges(vocabulary, *parts.vocabulary),
                                           std::move(settings));
  parts.decoder = make_byte_level_decoder();
  choose_special_tokens(vocabulary, pre.add_bos, parts);
}

void make_sentencepiece_parts(const GgufVocabulary& vocabulary, TokenizerParts& parts) {
  const bool prefix = vocabulary.add_space_prefix.value_or(true);
  parts.normalizer = make_space_escaper(prefix);
  BpeSettings settings;
  settings.byte_fallback = true;
  settings.unknown = vocabulary.unknown_token.value_or(-1);
  ScoreMerges merges = merges_by_score(vocabulary, *parts.vocabulary);
  parts.model = std::make_unique<BpeModel>(*parts.vocabulary, std::move(merges.table), std::move(settings),
                                           std::move(merges.seeds));
  parts.decoder = make_sentencepiece_decoder(prefix);
  choose_special_tokens(vocabulary, true, parts);
}

// Gemma 4: SentencePiece's spelling of spaces, but merges by rank; words end at new lines only.
void make_gemma4_parts(const GgufVocabulary& vocabulary, TokenizerParts& parts) {
  const bool prefix = vocabulary.add_space_prefix.value_or(false);
  parts.normalizer = make_space_escaper(prefix);
  parts.pre_tokenizer = make_regex_pre_tokenizer({R"([^\n]+|[\n]+)"}, false, vocabulary.source);
  BpeSettings settings;
  settings.byte_fallback = true;
  settings.unknown = vocabulary.unknown_token.value_or(-1);
  parts.model = std::make_unique<BpeModel>(*parts.vocabulary, read_merges(vocabulary, *parts.vocabulary),
                                           std::move(settings));
  parts.decoder = make_sentencepiece_decoder(prefix);
  choose_special_tokens(vocabulary, true, parts);
}

}  // namespace

std::unique_ptr<Tokenizer> make_tokenizer(GgufVocabulary vocabulary) {
  validate(vocabulary);
  TokenizerParts parts;
  parts.source = vocabulary.source;
  parts.vocabulary = std::make_unique<Vocabulary>(vocabulary.tokens);
  parts.added_tokens = find_added_tokens(vocabulary);
  if (vocabulary.model == "gpt2") {
    make_byte_level_parts(vocabulary, parts);
  } else if (vocabulary.model == "llama") {
    make_sentencepiece_parts(vocabulary, parts);
  } else if (vocabulary.model == "gemma4") {
    make_gemma4_parts(vocabulary, parts);
  } else {
    fail_input(
        "{}: tokenizer.ggml.model '{}' is not supported (known: gpt2, llama, gemma4); a Hugging Face folder "
        "of "
        "this model with a BPE tokenizer.json would work",
        vocabulary.source, vocabulary.model);
  }
  return make_bpe_tokenizer(std::move(parts));
}

}  // namespace reckon::engine
