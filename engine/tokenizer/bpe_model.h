#pragma once
// Byte-pair encoding of one word: characters become ids, then neighbours merge, the earliest merge first.

#include <array>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/tokenizer/merge_table.h"
#include "engine/tokenizer/vocabulary.h"

namespace reckon::engine {

struct BpeSettings {
  TokenId unknown = -1;        ///< for characters outside the vocabulary; -1: they are dropped
  bool fuse_unknown = false;   ///< neighbouring unknown characters become one token
  bool byte_fallback = false;  ///< unknown characters become "<0xNN>" pieces, if all of theirs exist
  bool ignore_merges = false;  ///< a word that is itself a piece is taken whole
  std::string continuing_prefix;
  std::string end_of_word_suffix;
};

class BpeModel {
 public:
  /// `vocabulary` must outlive the model. `seeds` are characters that are no pieces but occur in merges, with
  /// ids from vocabulary.size() on; they are treated as unknown unless merged.
  BpeModel(const Vocabulary& vocabulary, MergeTable merges, BpeSettings settings,
           std::unordered_map<std::string, TokenId> seeds = {});

  /// Words repeat: what a word became is kept for one text.
  using Cache = std::unordered_map<std::string, std::vector<TokenId>>;

  /// Appends the ids of `word` (valid UTF-8, not empty). O(n log n).
  void encode(std::string_view word, std::vector<TokenId>& out, Cache& cache) const;

 private:
  struct Symbol;
  void initial_symbols(std::string_view word, std::vector<Symbol>& symbols) const;
  void add_unknown(std::string_view word, std::size_t begin, std::size_t end,
                   std::vector<Symbol>& symbols) const;
  void merge_short(std::vector<Symbol>& symbols) const;
  void merge_long(std::vector<Symbol>& symbols) const;
  void emit(std::string_view word, const Symbol& symbol, std::vector<TokenId>& out) const;
  void encode_uncached(std::string_view word, std::vector<TokenId>& out) const;
  TokenId character_id(std::string_view character) const;

  const Vocabulary* vocabulary_;
  MergeTable merges_;
  BpeSettings settings_;
  std::unordered_map<std::string, TokenId> seeds_;
  std::array<TokenId, 256> fallback_;  // id of "<0xNN>", -1 if there is none
  static constexpr std::uint32_t kFastCharacters = 0x800;
  std::vector<TokenId> fast_characters_;  // ids of the characters below kFastCharacters
};

}  // namespace reckon::engine
