#pragma once
// Attention in 16-bit fixed point (fixed_cut.h), by items: the prompt's tokens over a cache of F16 or BF16.

#include <cstdint>

#include "kernels/cpu/attention_call.h"

namespace reckon::kernels::cpu {

class FixedAttention {
 public:
  /// `tokens` prompt tokens are to be shared among `threads`.
  FixedAttention(const AttentionCall& call, std::int64_t tokens, int threads);

  /// The most tokens of an item: several blocks, so that a cut is converted once for all of them.
  std::int64_t item_tokens() const { return block_tokens_ * item_blocks_; }
  std::int64_t thread_floats() const { return query_floats_ + state_floats_ + reader_floats_ + cut_floats_; }
  /// All cuts of the item, and its output. `scratch`: thread_floats().
  void run_item(const AttentionItem& item, float* scratch) const;

 private:
  const AttentionCall& call_;
  std::int64_t block_tokens_, item_blocks_;
  std::int64_t query_floats_, state_floats_, reader_floats_, cut_floats_;
  std::int64_t block_state_floats_;
  float score_levels_;
};

}  // namespace reckon::kernels::cpu
