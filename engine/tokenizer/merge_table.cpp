#include "engine/tokenizer/merge_table.h"

#include <bit>

namespace reckon::engine {

MergeTable::MergeTable(std::size_t count) {
  const std::size_t slots = std::bit_ceil(count * 2 + 16);
  entries_.assign(slots, Entry{kEmpty, {0, -1}});
  mask_ = slots - 1;
}

void MergeTable::insert(TokenId left, TokenId right, Merge merge) {
  if ((used_ + 1) * 2 > entries_.size()) grow();
  const std::uint64_t wanted = key(left, right);
  std::size_t slot = hash(wanted) & mask_;
  while (entries_[slot].key != kEmpty && entries_[slot].key != wanted) slot = (slot + 1) & mask_;
  if (entries_[slot].key == kEmpty) ++used_;
  entries_[slot] = {wanted, merge};
}

void MergeTable::grow() {
  std::vector<Entry> old(entries_.size() * 2, Entry{kEmpty, {0, -1}});
  old.swap(entries_);
  mask_ = entries_.size() - 1;
  for (const Entry& entry : old) {
    if (entry.key == kEmpty) continue;
    std::size_t slot = hash(entry.key) & mask_;
    while (entries_[slot].key != kEmpty) slot = (slot + 1) & mask_;
    entries_[slot] = entry;
  }
}

}  // namespace reckon::engine
