#include "engine/tokenizer/bpe_model.h"

#include <algorithm>
#include <functional>

#include "base/utf8.h"
#include "engine/tokenizer/characters.h"

namespace reckon::engine {
namespace {

constexpr std::size_t kCachedWordBytes = 48;
constexpr std::size_t kCachedWords = 1 << 16;
// Below this many symbols a plain scan for the best merge beats a heap.
constexpr std::size_t kShortWord = 24;

}  // namespace

// A run of the word's text. Neighbours are linked by index in merge_long.
struct BpeModel::Symbol {
  TokenId id;
  std::uint32_t begin;  // bytes in the word
  std::uint32_t end;
};

BpeModel::BpeModel(const Vocabulary& vocabulary, MergeTable merges, BpeSettings settings,
                   std::unordered_map<std::string, TokenId> seeds)
    : vocabulary_(&vocabulary),
      merges_(std::move(merges)),
      settings_(std::move(settings)),
      seeds_(std::move(seeds)) {
  for (std::size_t byte = 0; byte < fallback_.size(); ++byte) {
    fallback_[byte] = vocabulary.id_of(fallback_piece(static_cast<std::uint8_t>(byte)));
  }
  fast_characters_.resize(kFastCharacters);
  for (std::uint32_t c = 0; c < kFastCharacters; ++c) {
    std::string text;
    utf8::append(text, c);
    fast_characters_[c] = character_id(text);
  }
}

TokenId BpeModel::character_id(std::string_view character) const {
  const TokenId id = vocabulary_->id_of(character);
  if (id >= 0 || seeds_.empty()) return id;
  const auto seed = seeds_.find(std::string(character));
  return seed == seeds_.end() ? -1 : seed->second;
}

void BpeModel::add_unknown(std::string_view word, std::size_t begin, std::size_t end,
                           std::vector<Symbol>& symbols) const {
  if (settings_.byte_fallback) {
    bool all = true;
    for (std::size_t i = begin; i < end; ++i)
      all = all && fallback_[static_cast<unsigned char>(word[i])] >= 0;
    if (all) {
      for (std::size_t i = begin; i < end; ++i) {
        symbols.push_back({fallback_[static_cast<unsigned char>(word[i])], static_cast<std::uint32_t>(i),
                           static_cast<std::uint32_t>(i + 1)});
      }
      return;
    }
  }
  if (settings_.unknown < 0) return;
  if (settings_.fuse_unknown && !symbols.empty() && symbols.back().id == settings_.unknown &&
      symbols.back().end == begin) {
    symbols.back().end = static_cast<std::uint32_t>(end);
    return;
  }
  symbols.push_back({settings_.unknown, static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)});
}

void BpeModel::initial_symbols(std::string_view word, std::vector<Symbol>& symbols) const {
  const bool affixes = !settings_.continuing_prefix.empty() || !settings_.end_of_word_suffix.empty();
  for (std::size_t i = 0; i < word.size();) {
    const auto decoded = utf8::decode(word, i);
    const std::size_t next = i + static_cast<std::size_t>(decoded.length);
    TokenId id;
    if (affixes) {
      std::string text(word.substr(i, next - i));
      if (i > 0) text = settings_.continuing_prefix + text;
      if (next == word.size()) text += settings_.end_of_word_suffix;
      id = vocabulary_->id_of(text);
    } else if (decoded.code_point < kFastCharacters) {
      id = fast_characters_[decoded.code_point];
    } else {
      id = character_id(word.substr(i, next - i));
    }
    if (id >= 0) {
      symbols.push_back({id, static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(next)});
    } else {
      add_unknown(word, i, next, symbols);
    }
    i = next;
  }
}

void BpeModel::merge_short(std::vector<Symbol>& symbols) const {
  const MergeTable::Merge* candidates[kShortWord];
  const auto candidate = [&](std::size_t i) { return merges_.find(symbols[i].id, symbols[i + 1].id); };
  for (std::size_t i = 0; i + 1 < symbols.size(); ++i) candidates[i] = candidate(i);
  while (symbols.size() > 1) {
    std::size_t best = symbols.size();
    for (std::size_t i = 0; i + 1 < symbols.size(); ++i) {
      if (candidates[i] != nullptr &&
          (best == symbols.size() || candidates[i]->rank < candidates[best]->rank)) {
        best = i;
      }
    }
    if (best == symbols.size()) return;
    symbols[best].id = candidates[best]->result;
    symbols[best].end = symbols[best + 1].end;
    for (std::size_t i = best + 1; i + 1 < symbols.size(); ++i) {
      symbols[i] = symbols[i + 1];
      candidates[i] = candidates[i + 1];
    }
    symbols.pop_back();
    if (best > 0) candidates[best - 1] = candidate(best - 1);
    if (best + 1 < symbols.size()) candidates[best] = candidate(best);
  }
}

void BpeModel::merge_long(std::vector<Symbol>& symbols) const {
  constexpr std::uint32_t kNone = ~std::uint32_t{0};
  struct Link {
    std::uint32_t previous;
    std::uint32_t next;
    std::uint32_t rank;  // of the merge with the next symbol; kNone: they do not merge
    TokenId result;
  };
  const auto count = static_cast<std::uint32_t>(symbols.size());
  std::vector<Link> links(count);
  // Waiting merges, rank in the upper half, place of the left symbol in the lower: the smallest comes first.
  // One whose rank is no longer that of its place is stale.
  std::vector<std::uint64_t> heap;
  heap.reserve(count);
  const auto find_merge = [&](std::uint32_t at) {
    Link& link = links[at];
    link.rank = kNone;
    if (link.next == kNone) return false;
    const auto* merge = merges_.find(symbols[at].id, symbols[link.next].id);
    if (merge == nullptr) return false;
    link.rank = merge->rank;
    link.result = merge->result;
    return true;
  };
  for (std::uint32_t i = 0; i < count; ++i) {
    links[i].previous = i == 0 ? kNone : i - 1;
    links[i].next = i + 1 == count ? kNone : i + 1;
    if (find_merge(i)) heap.push_back((std::uint64_t{links[i].rank} << 32) | i);
  }
  std::make_heap(heap.begin(), heap.end(), std::greater<>());
  constexpr TokenId kGone = -1;
  const auto refresh = [&](std::uint32_t at) {
    if (!find_merge(at)) return;
    heap.push_back((std::uint64_t{links[at].rank} << 32) | at);
    std::push_heap(heap.begin(), heap.end(), std::greater<>());
  };
  while (!heap.empty()) {
    const std::uint64_t item = heap.front();
    std::pop_heap(heap.begin(), heap.end(), std::greater<>());
    heap.pop_back();
    const auto left = static_cast<std::uint32_t>(item);
    if (links[left].rank != static_cast<std::uint32_t>(item >> 32)) continue;
    const std::uint32_t right = links[left].next;
    symbols[left].id = links[left].result;
    symbols[left].end = symbols[right].end;
    symbols[right].id = kGone;
    links[right].rank = kNone;
    links[left].next = links[right].next;
    if (links[left].next != kNone) links[links[left].next].previous = left;
    if (links[left].previous != kNone) refresh(links[left].previous);
    refresh(left);
  }
  std::erase_if(symbols, [](const Symbol& symbol) { return symbol.id == kGone; });
}

void BpeModel::emit(std::string_view word, const Symbol& symbol, std::vector<TokenId>& out) const {
  if (vocabulary_->contains(symbol.id)) {
    out.push_back(symbol.id);
    return;
  }
  // A seed that merged with nothing: an unknown character after all.
  std::vector<Symbol> parts;
  add_unknown(word, symbol.begin, symbol.end, parts);
  for (const Symbol& part : parts) out.push_back(part.id);
}

void BpeModel::encode_uncached(std::string_view word, std::vector<TokenId>& out) const {
  thread_local std::vector<Symbol> symbols;
  symbols.clear();
  initial_symbols(word, symbols);
  if (symbols.size() <= kShortWord) {
    merge_short(symbols);
  } else {
    merge_long(symbols);
  }
  for (const Symbol& symbol : symbols) emit(word, symbol, out);
}

void BpeModel::encode(std::string_view word, std::vector<TokenId>& out, Cache& cache) const {
  if (settings_.ignore_merges) {
    const TokenId whole = vocabulary_->id_of(word);
    if (whole >= 0) {
      out.push_back(whole);
      return;
    }
  }
  if (word.size() > kCachedWordBytes) return encode_uncached(word, out);
  const std::string key(word);
  const auto known = cache.find(key);
  if (known != cache.end()) {
    out.insert(out.end(), known->second.begin(), known->second.end());
    return;
  }
  const std::size_t begin = out.size();
  encode_uncached(word, out);
  if (cache.size() < kCachedWords) {
    cache.emplace(key, std::vector<TokenId>(out.begin() + static_cast<std::ptrdiff_t>(begin), out.end()));
  }
}

}  // namespace reckon::engine
