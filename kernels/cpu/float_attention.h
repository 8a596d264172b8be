#pragma once
// Attention in float32, by items: tokens that were generated, and everything over a cache of float32.

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/cpu/attention_call.h"

namespace reckon::kernels::cpu {

class FloatAttention {
 public:
  explicit FloatAttention(const AttentionCall& call);

  /// The most tokens of an item.
  std::int64_t item_tokens() const { return item_tokens_; }
  /// Whether keys are read where they lie, so that threads can share the cuts of an item.
  bool reads_pages(const AttentionItem& item) const;
  std::int64_t thread_floats() const { return query_floats_ + state_floats_ + reader_floats_ + cut_floats_; }
  /// Floats of the result of one cut of an item that reads pages.
  std::int64_t result_floats() const;

  /// All cuts of the item, and its output. `scratch`: thread_floats().
  void run_item(const AttentionItem& item, float* scratch) const;
  CutRange cuts(const AttentionItem& item) const { return cuts_of(call_.block_of(item, 0, item.count)); }
  /// One cut of the item, its result at `result` (result_floats()).
  CutResult run_cut(const AttentionItem& item, std::int64_t cut, float* scratch, float* result) const;
  /// Joins cuts that run_cut gave, in order, and writes the item's output.
  void join(const AttentionItem& item, std::span<const CutResult> cuts, float* scratch) const;

 private:
  QueryBlock copy_queries(const AttentionItem& item, float* to) const;
  Cut read_cut(const AttentionItem& item, const QueryBlock& block, std::int64_t cut, float* scratch) const;

  const AttentionCall& call_;
  std::int64_t item_tokens_, query_floats_, state_floats_, reader_floats_, cut_floats_;
};

}  // namespace reckon::kernels::cpu
