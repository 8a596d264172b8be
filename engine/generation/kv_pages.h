#pragma once
// Who holds which page of the KV cache: reference counts, and a tree of finished pages, so that a prefix that
// many prompts share is computed and stored once.
//
// A page is known by what it holds and by what stands before it: the path from the root spells the tokens and
// the role of each. Only equal tokens of equal role share, because the keys of a token depend on its role
// (kernels/batch.h). Full pages are shared as they are; of a partly equal page the equal part is copied into
// a page of the follower's own.

#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "engine/tokenizer/tokenizer.h"

namespace reckon::engine {

/// The tokens of one sequence: the first `prompt` of them have the role prompt, the others generated.
struct TokenView {
  std::span<const TokenId> tokens;
  std::int32_t prompt = 0;
};

/// The pages of one sequence, in order of position.
struct PageTable {
  std::vector<std::int32_t> pages;
  std::int32_t committed = 0;  ///< tokens whose keys lie in the pages
};

/// A copy that the caller must make before the sequence is run: page `from` into page `to`; -1: none.
struct PageCopy {
  std::int32_t to = -1;
  std::int32_t from = -1;
};

class KvPages {
 public:
  /// Both at least 1. With `share` false nothing is listed, so no page ever has two holders.
  KvPages(std::int32_t pages, std::int32_t page_tokens, bool share = true);

  std::int32_t pages() const { return static_cast<std::int32_t>(info_.size()); }
  std::int32_t page_tokens() const { return page_tokens_; }
  std::int32_t pages_for(std::int64_t tokens) const {
    return static_cast<std::int32_t>((tokens + page_tokens_ - 1) / page_tokens_);
  }
  /// Pages that a sequence could get now: free ones, and cached ones that no sequence holds.
  std::int32_t available() const { return static_cast<std::int32_t>(free_.size()) + cached_; }
  /// Cached pages that no sequence holds.
  std::int32_t cached() const { return cached_; }

  /// How many leading tokens of the view, at most `limit`, the tree holds.
  std::int32_t match_length(const TokenView& view, std::int32_t limit) const;

  /// Gives an empty table the longest known prefix of the view, at most `limit` tokens of it, and pages of
  /// its own for the rest, `capacity` tokens in all. True: `table.committed` tokens need no computing once
  /// `copy` is made. False: fewer than that many pages (and `spare` more) are available; nothing has changed.
  bool open(PageTable& table, const TokenView& view, std::int32_t limit, std::int32_t capacity,
            std::int32_t spare, PageCopy& copy);

  /// Gives the table room for `capacity` tokens in all. False, and nothing has changed: no page left.
  bool reserve(PageTable& table, std::int32_t capacity);

  /// Says that the keys of the first `computed` tokens of the view are in the pages now, and lists the full
  /// pages in the tree; with `list_tail` a partly filled last page too. A page that another sequence has
  /// listed meanwhile is given back for that one.
  void commit(PageTable& table, const TokenView& view, std::int32_t computed, bool list_tail);

  /// Takes back the last tokens: `tokens` stay. Listed pages are left to the tree: the rest of a cut page is
  /// copied. False, and nothing has changed: the copy would need a page and none is left.
  bool roll_back(PageTable& table, std::int32_t tokens, PageCopy& copy);

  /// Gives all pages up. Listed ones stay cached until their room is needed, except those that hold tokens
  /// behind the first `keep_tokens`, which go at once.
  void close(PageTable& table, std::int32_t keep_tokens);

  /// Pages that sequences hold (each counted once).
  std::int32_t held() const { return pages() - available(); }

  /// Throws when counts, tree and free list contradict each other: for tests.
  void check() const;

 private:
  static constexpr std::int32_t kNone = -1;
  static constexpr std::int32_t kMinimumCopiedTokens = 4;
  /// With this many tokens cached that no sequence holds, the oldest page is given out before one that was
  /// never used: the first touch of memory costs more than most prompts gain from older ones.
  static constexpr std::int32_t kCachedTokens = 32768;

  struct Page {
    std::int32_t holders = 0;  ///< sequences
    std::int32_t parent = kNone;
    std::int32_t first_child = kNone;
    std::int32_t next = kNone;  ///< sibling
    std::int32_t previous = kNone;
    std::int32_t count = 0;  ///< tokens that the tree may offer; full pages only may have children
    bool listed = false;
    std::uint64_t last_used = 0;
  };
  using Key = std::uint32_t;

  static Key key_of(const TokenView& view, std::int32_t index) {
    return static_cast<Key>(view.tokens[static_cast<std::size_t>(index)]) * 2U +
           (index < view.prompt ? 0U : 1U);
  }
  Page& page(std::int32_t index) { return info_[static_cast<std::size_t>(index)]; }
  const Page& page(std::int32_t index) const { return info_[static_cast<std::size_t>(index)]; }
  Key* keys(std::int32_t index) { return &keys_[static_cast<std::size_t>(index) * page_size()]; }
  const Key* keys(std::int32_t index) const { return &keys_[static_cast<std::size_t>(index) * page_size()]; }
  std::size_t page_size() const { return static_cast<std::size_t>(page_tokens_); }

  struct Branch {
    std::int32_t page = kNone;
    std::int32_t tokens = 0;
  };
  Branch best_child(std::int32_t parent, const TokenView& view, std::int32_t first, std::int32_t limit) const;
  std::int32_t first_child_of(std::int32_t parent) const {
    return parent == kNone ? first_root_ : page(parent).first_child;
  }
  bool is_evictable(const Page& entry) const {
    return entry.listed && entry.holders == 0 && entry.first_child == kNone;
  }
  void list(std::int32_t index, std::int32_t parent, std::int32_t count);
  void unlist(std::int32_t index);
  void hold(std::int32_t index);
  void let_go(std::int32_t index);
  void touch(std::int32_t index);
  std::int32_t take();
  void list_page(PageTable& table, std::int32_t slot, std::int32_t count);

  std::int32_t page_tokens_;
  bool share_;
  std::vector<Page> info_;
  std::vector<Key> keys_;            ///< [pages, page_tokens]
  std::vector<std::int32_t> free_;   ///< last in, first out: memory that was touched is used again first
  std::int32_t first_root_ = kNone;  ///< pages that begin at position 0
  std::int32_t cached_ = 0;          ///< listed, held by nobody
  std::int32_t used_ = 0;            ///< pages from this one on were never given out
  std::uint64_t clock_ = 0;
  std::set<std::pair<std::uint64_t, std::int32_t>> evictable_;  ///< (last used, page): leaves held by nobody
};

}  // namespace reckon::engine
