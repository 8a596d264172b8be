#pragma once
// Keys and values of one head of one sequence, read from the pages cut by cut.

#include <cstdint>

#include "kernels/cpu/attention_call.h"

namespace reckon::kernels::cpu {

class CutReader {
 public:
  CutReader(const AttentionCall& call, const AttentionItem& item)
      : call_(call),
        item_(item),
        page_tokens_(call.store.spec().page_tokens),
        type_(call.store.element(call.layer.group)) {}

  /// Floats of memory that converted() needs.
  static std::int64_t scratch_floats(const AttentionCall& call) {
    return kKeyCutPositions * (call.dim + call.width) + pad_lanes(call.store.spec().page_tokens * call.dim);
  }
  /// Whether strips lie whole in the pages.
  bool strips_in_pages() const { return page_tokens_ % kStripKeys == 0; }

  /// The positions of cut `index` that some token of the block sees, where they lie in the pages.
  Cut from_pages(std::int64_t index, const QueryBlock& block) const;
  /// The same converted to f32, in `scratch`.
  Cut converted(std::int64_t index, const QueryBlock& block, float* scratch) const;

 private:
  std::int32_t page_of(std::int64_t position) const {
    return item_.slice->pages[static_cast<std::size_t>(position / page_tokens_)];
  }

  const AttentionCall& call_;
  const AttentionItem& item_;
  std::int64_t page_tokens_;
  Element type_;
};

}  // namespace reckon::kernels::cpu
