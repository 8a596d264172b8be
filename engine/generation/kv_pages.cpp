#include "engine/generation/kv_pages.h"

#include <algorithm>

#include "base/error.h"

namespace reckon::engine {

KvPages::KvPages(std::int32_t pages, std::int32_t page_tokens, bool share)
    : page_tokens_(page_tokens), share_(share) {
  if (pages < 1 || page_tokens < 1) fail_evaluation("KV cache: {} pages of {} tokens", pages, page_tokens);
  info_.resize(static_cast<std::size_t>(pages));
  keys_.resize(info_.size() * page_size());
  free_.reserve(info_.size());
  for (std::int32_t i = pages - 1; i >= 0; --i) free_.push_back(i);
}

KvPages::Branch KvPages::best_child(std::int32_t parent, const TokenView& view, std::int32_t first,
                                    std::int32_t limit) const {
  Branch best;
  const std::int32_t length = std::min(limit - first, page_tokens_);
  if (length <= 0) return best;
  for (std::int32_t child = first_child_of(parent); child != kNone; child = page(child).next) {
    const std::int32_t count = std::min(length, page(child).count);
    if (count <= best.tokens) continue;
    const Key* known = keys(child);
    std::int32_t equal = 0;
    while (equal < count && known[equal] == key_of(view, first + equal)) ++equal;
    if (equal > best.tokens) best = {child, equal};
    if (equal == length) break;
  }
  return best;
}

std::int32_t KvPages::match_length(const TokenView& view, std::int32_t limit) const {
  std::int32_t matched = 0;
  std::int32_t parent = kNone;
  for (;;) {
    const Branch branch = best_child(parent, view, matched, limit);
    matched += branch.tokens;
    if (branch.tokens < page_tokens_) return matched;
    parent = branch.page;
  }
}

void KvPages::touch(std::int32_t index) {
  Page& entry = page(index);
  if (is_evictable(entry)) {
    evictable_.erase({entry.last_used, index});
    entry.last_used = clock_;
    evictable_.insert({entry.last_used, index});
  } else {
    entry.last_used = clock_;
  }
}

void KvPages::hold(std::int32_t index) {
  Page& entry = page(index);
  if (entry.holders == 0 && entry.listed) {
    if (entry.first_child == kNone) evictable_.erase({entry.last_used, index});
    --cached_;
  }
  ++entry.holders;
  entry.last_used = clock_;
}

void KvPages::let_go(std::int32_t index) {
  Page& entry = page(index);
  if (--entry.holders > 0) return;
  if (!entry.listed) {
    free_.push_back(index);
    return;
  }
  ++cached_;
  entry.last_used = clock_;
  if (entry.first_child == kNone) evictable_.insert({entry.last_used, index});
}

void KvPages::list(std::int32_t index, std::int32_t parent, std::int32_t count) {
  Page& entry = page(index);
  entry.listed = true;
  entry.parent = parent;
  entry.count = count;
  std::int32_t& head = parent == kNone ? first_root_ : page(parent).first_child;
  if (parent != kNone && is_evictable(page(parent))) evictable_.erase({page(parent).last_used, parent});
  entry.next = head;
  entry.previous = kNone;
  if (head != kNone) page(head).previous = index;
  head = index;
}

/// Takes a leaf out of the tree. The page itself stays with its holders; without any it is left to the
/// caller.
void KvPages::unlist(std::int32_t index) {
  Page& entry = page(index);
  if (entry.holders == 0) {
    evictable_.erase({entry.last_used, index});
    --cached_;
  }
  const std::int32_t parent = entry.parent;
  if (entry.previous != kNone) {
    page(entry.previous).next = entry.next;
  } else {
    (parent == kNone ? first_root_ : page(parent).first_child) = entry.next;
  }
  if (entry.next != kNone) page(entry.next).previous = entry.previous;
  entry.listed = false;
  entry.parent = entry.next = entry.previous = kNone;
  entry.count = 0;
  if (parent != kNone && is_evictable(page(parent))) evictable_.insert({page(parent).last_used, parent});
}

std::int32_t KvPages::take() {
  const bool unused_next = !free_.empty() && free_.back() >= used_;
  const bool evicts =
      unused_next ? cached_ >= pages_for(kCachedTokens) && !evictable_.empty() : free_.empty();
  if (evicts) {
    if (evictable_.empty()) return kNone;
    const std::int32_t oldest = evictable_.begin()->second;
    unlist(oldest);
    free_.push_back(oldest);
  }
  const std::int32_t index = free_.back();
  free_.pop_back();
  used_ = std::max(used_, index + 1);
  page(index).holders = 1;
  return index;
}

bool KvPages::reserve(PageTable& table, std::int32_t capacity) {
  const std::int32_t missing = pages_for(capacity) - static_cast<std::int32_t>(table.pages.size());
  if (missing > available()) return false;
  for (std::int32_t i = 0; i < missing; ++i) table.pages.push_back(take());
  return true;
}

bool KvPages::open(PageTable& table, const TokenView& view, std::int32_t limit, std::int32_t capacity,
                   std::int32_t spare, PageCopy& copy) {
  ++clock_;
  copy = {};
  std::int32_t matched = 0;
  Branch branch;
  for (;;) {
    const std::int32_t parent = table.pages.empty() ? kNone : table.pages.back();
    branch = best_child(parent, view, matched, limit);
    if (branch.tokens < page_tokens_) break;
    hold(branch.page);
    table.pages.push_back(branch.page);
    matched += branch.tokens;
  }
  const auto shared = static_cast<std::int32_t>(table.pages.size());
  const std::int32_t missing = pages_for(capacity) - shared;
  // The page that is copied from must survive the search for room; where that leaves too little, nothing is
  // copied.
  bool copies = branch.tokens >= kMinimumCopiedTokens;
  if (copies) hold(branch.page);
  if (copies && missing > available()) {
    let_go(branch.page);
    copies = false;
  }
  if (missing + spare > available()) {
    if (copies) let_go(branch.page);
    while (!table.pages.empty()) {
      let_go(table.pages.back());
      table.pages.pop_back();
    }
    return false;
  }
  for (std::int32_t i = 0; i < missing; ++i) table.pages.push_back(take());
  if (copies) {
    const std::int32_t own = table.pages[static_cast<std::size_t>(shared)];
    copy = {own, branch.page};
    std::copy_n(keys(branch.page), branch.tokens, keys(own));
    matched += branch.tokens;
    let_go(branch.page);
  }
  table.committed = matched;
  return true;
}

/// Puts page `slot` of the table, which holds `count` tokens, into the tree, unless it stands there.
void KvPages::list_page(PageTable& table, std::int32_t slot, std::int32_t count) {
  if (!share_) return;
  const std::int32_t own = table.pages[static_cast<std::size_t>(slot)];
  const std::int32_t parent = slot == 0 ? kNone : table.pages[static_cast<std::size_t>(slot) - 1];
  const Key* wanted = keys(own);
  for (std::int32_t child = first_child_of(parent); child != kNone; child = page(child).next) {
    if (child == own || page(child).count < count || !std::equal(wanted, wanted + count, keys(child)))
      continue;
    if (count < page_tokens_) return;  // a longer tail is known already
    // Another sequence computed the same page meanwhile: one of the two is enough.
    hold(child);
    if (page(own).listed) unlist(own);
    let_go(own);
    table.pages[static_cast<std::size_t>(slot)] = child;
    return;
  }
  if (page(own).listed) {
    page(own).count = count;
  } else {
    list(own, parent, count);
  }
}

void KvPages::commit(PageTable& table, const TokenView& view, std::int32_t computed, bool list_tail) {
  ++clock_;
  for (std::int32_t i = table.committed; i < computed; ++i) {
    keys(table.pages[static_cast<std::size_t>(i / page_tokens_)])[i % page_tokens_] = key_of(view, i);
    if ((i + 1) % page_tokens_ == 0) list_page(table, i / page_tokens_, page_tokens_);
  }
  table.committed = computed;
  const std::int32_t tail = computed % page_tokens_;
  if (list_tail && tail > 0) list_page(table, computed / page_tokens_, tail);
}

bool KvPages::roll_back(PageTable& table, std::int32_t tokens, PageCopy& copy) {
  copy = {};
  if (tokens >= table.committed) return true;
  ++clock_;
  const std::int32_t kept = pages_for(tokens);
  const std::int32_t tail = tokens % page_tokens_;
  const bool cut = tail > 0 && page(table.pages[static_cast<std::size_t>(kept) - 1]).listed;
  std::int32_t own = kNone;
  if (cut) {
    own = take();
    if (own == kNone) return false;
  }
  while (static_cast<std::int32_t>(table.pages.size()) > kept) {
    let_go(table.pages.back());
    table.pages.pop_back();
  }
  if (cut) {
    const std::int32_t old = table.pages.back();
    copy = {own, old};
    std::copy_n(keys(old), tail, keys(own));
    let_go(old);
    table.pages.back() = own;
  }
  table.committed = tokens;
  return true;
}

void KvPages::close(PageTable& table, std::int32_t keep_tokens) {
  ++clock_;
  // From the last page on, so that a page loses its children before it goes.
  while (!table.pages.empty()) {
    const std::int32_t index = table.pages.back();
    const auto slot = static_cast<std::int32_t>(table.pages.size()) - 1;
    table.pages.pop_back();
    Page& entry = page(index);
    const std::int32_t kept = std::max(0, keep_tokens - slot * page_tokens_);
    if (entry.listed && entry.holders == 1 && entry.first_child == kNone && entry.count > kept) {
      if (kept == 0) {
        unlist(index);
      } else {
        entry.count = kept;
      }
    }
    let_go(index);
  }
  table.committed = 0;
}

void KvPages::check() const {
  std::vector<bool> is_free(info_.size(), false);
  for (const std::int32_t index : free_) {
    if (is_free[static_cast<std::size_t>(index)]) fail_evaluation("KV page {} is free twice", index);
    is_free[static_cast<std::size_t>(index)] = true;
  }
  std::int32_t cached = 0;
  std::size_t leaves = 0;
  for (std::size_t i = 0; i < info_.size(); ++i) {
    const Page& entry = info_[i];
    const auto index = static_cast<std::int32_t>(i);
    if (is_free[i] && (entry.listed || entry.holders != 0))
      fail_evaluation("KV page {} is free and in use", i);
    if (!is_free[i] && !entry.listed && entry.holders == 0) fail_evaluation("KV page {} is lost", i);
    if (entry.holders < 0) fail_evaluation("KV page {} has {} holders", i, entry.holders);
    if (entry.listed && entry.holders == 0) ++cached;
    if (is_evictable(entry)) {
      ++leaves;
      if (evictable_.count({entry.last_used, index}) == 0) fail_evaluation("KV page {} cannot be evicted", i);
    }
    if (entry.listed && entry.parent != kNone) {
      const Page& parent = page(entry.parent);
      if (!parent.listed || parent.count != page_tokens_) fail_evaluation("KV page {} hangs on no page", i);
      if (parent.holders < entry.holders) fail_evaluation("KV page {} is held, the page before it is not", i);
    }
    for (std::int32_t child = entry.first_child; child != kNone; child = page(child).next) {
      if (page(child).parent != index) fail_evaluation("KV page {} has a child of another page", i);
    }
  }
  if (cached != cached_) fail_evaluation("{} cached KV pages, {} counted", cached, cached_);
  if (leaves != evictable_.size())
    fail_evaluation("{} evictable KV pages, {} listed", leaves, evictable_.size());
}

}  // namespace reckon::engine
