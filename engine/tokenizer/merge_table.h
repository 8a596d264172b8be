#pragma once
// Which two neighbours merge, how early, and into what: a flat hash table from a pair of ids.

#include <cstdint>
#include <vector>

#include "engine/tokenizer/tokenizer.h"

namespace reckon::engine {

class MergeTable {
 public:
  struct Merge {
    std::uint32_t rank;  ///< lower merges first; equal ranks merge from left to right
    TokenId result;
  };

  /// Room for `count` pairs.
  explicit MergeTable(std::size_t count = 0);

  /// A pair given twice keeps the last rank, as in Hugging Face's tokenizers.
  void insert(TokenId left, TokenId right, Merge merge);

  /// nullptr: these two do not merge.
  const Merge* find(TokenId left, TokenId right) const {
    const std::uint64_t wanted = key(left, right);
    for (std::size_t slot = hash(wanted) & mask_;; slot = (slot + 1) & mask_) {
      const Entry& entry = entries_[slot];
      if (entry.key == wanted) return &entry.merge;
      if (entry.key == kEmpty) return nullptr;
    }
  }

 private:
  struct Entry {
    std::uint64_t key;
    Merge merge;
  };
  static constexpr std::uint64_t kEmpty = ~std::uint64_t{0};

  static std::uint64_t key(TokenId left, TokenId right) {
    return (std::uint64_t{static_cast<std::uint32_t>(left)} << 32) | static_cast<std::uint32_t>(right);
  }
  static std::uint64_t hash(std::uint64_t value) {
    value *= 0x9E3779B97F4A7C15u;
    return value ^ (value >> 32);
  }
  void grow();

  std::vector<Entry> entries_;
  std::size_t mask_ = 0;
  std::size_t used_ = 0;
};

}  // namespace reckon::engine
