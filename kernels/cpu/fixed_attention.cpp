#include "kernels/cpu/fixed_attention.h"

#include <algorithm>

#include "kernels/cpu/fixed_cut.h"
#include "kernels/cpu/kv_cuts.h"

namespace reckon::kernels::cpu {
namespace {

constexpr std::int64_t kMostBlocks = 4;
/// Items a thread should find, so that none waits long for another at the end.
constexpr std::int64_t kItemsPerThread = 6;

}  // namespace

FixedAttention::FixedAttention(const AttentionCall& call, std::int64_t tokens, int threads)
    : call_(call),
      block_tokens_(std::max<std::int64_t>(1, kBlockRows / call.heads)),
      score_levels_(score_levels(call.dim)) {
  const std::int64_t blocks = tokens / block_tokens_ * call.group.kv_heads;
  item_blocks_ = std::clamp<std::int64_t>(blocks / (kItemsPerThread * threads), 1, kMostBlocks);
  const std::int64_t block_rows = block_tokens_ * call.heads;
  const std::int64_t rows = block_rows * item_blocks_;
  query_floats_ = pad_lanes(rows * pad_lanes(call.dim) / 2) + pad_lanes(rows);
  block_state_floats_ = pad_lanes(row_state_floats(block_rows, call.width));
  state_floats_ = block_state_floats_ * item_blocks_;
  reader_floats_ = pad_lanes(CutReader::scratch_floats(call));
  cut_floats_ = pad_lanes(fixed_cut_floats(call.dim, call.width)) +
                pad_lanes(cut_scratch_floats(block_rows, call.width));
}

void FixedAttention::run_item(const AttentionItem& item, float* scratch) const {
  const std::int64_t query_stride = pad_lanes(call_.dim);
  const QueryBlock whole = call_.block_of(item, 0, item.count);
  auto* numbers = reinterpret_cast<std::int16_t*>(scratch);
  float* scales = scratch + pad_lanes(whole.rows() * query_stride / 2);
  float* states = scratch + query_floats_;
  float* reader_memory = states + state_floats_;
  float* fixed_memory = reader_memory + reader_floats_;
  float* cut_memory = fixed_memory + pad_lanes(fixed_cut_floats(call_.dim, call_.width));

  for (std::int64_t row = 0; row < whole.rows(); ++row)
    scales[row] = call_.scale * call_.ops.fix_row(numbers + row * query_stride, call_.query(item, row),
                                                  call_.dim, score_levels_);
  struct Block {
    QueryBlock queries;
    FixedQueries fixed;
    RowState state;
  };
  Block blocks[kMostBlocks];
  std::int64_t count = 0;
  for (std::int64_t first = 0; first < item.count; first += block_tokens_, ++count) {
    const std::int64_t row = first * call_.heads;
    Block& block = blocks[count];
    block.queries = call_.block_of(item, first, std::min(block_tokens_, item.count - first));
    block.fixed = {numbers + row * query_stride, scales + row};
    block.state = make_row_state(states + count * block_state_floats_, block.queries.rows(), call_.width);
  }

  const CutReader reader(call_, item);
  const CutRange cuts = cuts_of(whole);
  for (std::int64_t index = cuts.first; index < cuts.last; ++index) {
    const Cut cut = reader.strips_in_pages() ? reader.from_pages(index, whole)
                                             : reader.converted(index, whole, reader_memory);
    const FixedCut fixed = fix_cut(call_.ops, cut, call_.dim, call_.width, fixed_memory);
    for (std::int64_t i = 0; i < count; ++i)
      join_cut(call_.ops, blocks[i].queries,
               compute_fixed_cut(call_.ops, blocks[i].queries, blocks[i].fixed, fixed, cut_memory),
               blocks[i].state);
  }
  for (std::int64_t i = 0; i < count; ++i)
    call_.write_output(item, i * block_tokens_ * call_.heads, blocks[i].queries.rows(), blocks[i].state);
}

}  // namespace reckon::kernels::cpu
