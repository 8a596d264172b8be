#include "kernels/cpu/float_attention.h"

#include <algorithm>
#include <cstring>

#include "kernels/cpu/kv_cuts.h"

namespace reckon::kernels::cpu {
namespace {

/// Blocks of at most this many rows read keys straight from the pages: each key is then converted once
/// anyway.
constexpr std::int64_t kDirectRows = 12;

}  // namespace

FloatAttention::FloatAttention(const AttentionCall& call)
    : call_(call), item_tokens_(std::max<std::int64_t>(1, kBlockRows / call.heads)) {
  const std::int64_t rows = std::max(call.heads, kBlockRows);
  query_floats_ = pad_lanes(rows * call.dim);
  state_floats_ = pad_lanes(row_state_floats(rows, call.width));
  reader_floats_ = pad_lanes(CutReader::scratch_floats(call));
  cut_floats_ = pad_lanes(cut_scratch_floats(rows, call.width));
}

bool FloatAttention::reads_pages(const AttentionItem& item) const {
  return item.count * call_.heads <= kDirectRows && CutReader(call_, item).strips_in_pages();
}

std::int64_t FloatAttention::result_floats() const {
  return pad_lanes(cut_scratch_floats(kDirectRows, call_.width));
}

void FloatAttention::run_item(const AttentionItem& item, float* scratch) const {
  const QueryBlock block = copy_queries(item, scratch);
  const RowState state = make_row_state(scratch + query_floats_, block.rows(), call_.width);
  float* reader = scratch + query_floats_ + state_floats_;
  float* cut_memory = reader + reader_floats_;
  const CutRange range = cuts_of(block);
  if (reads_pages(item)) {
    Cut cut = read_cut(item, block, range.first, reader);
    for (std::int64_t index = range.first + 1; index < range.last; ++index) {
      const Cut next = read_cut(item, block, index, reader);
      attend_cut(call_.ops, block, cut, state, cut_memory, &next);
      cut = next;
    }
    attend_cut(call_.ops, block, cut, state, cut_memory);
  } else {
    for (std::int64_t cut = range.first; cut < range.last; ++cut)
      attend_cut(call_.ops, block, read_cut(item, block, cut, reader), state, cut_memory);
  }
  call_.write_output(item, 0, block.rows(), state);
}

CutResult FloatAttention::run_cut(const AttentionItem& item, std::int64_t cut, float* scratch,
                                  float* result) const {
  const QueryBlock block = copy_queries(item, scratch);
  return compute_cut(call_.ops, block, read_cut(item, block, cut, scratch + query_floats_ + state_floats_),
                     result);
}

void FloatAttention::join(const AttentionItem& item, std::span<const CutResult> cuts, float* scratch) const {
  const QueryBlock block = call_.block_of(item, 0, item.count);
  const RowState state = make_row_state(scratch + query_floats_, block.rows(), call_.width);
  for (const CutResult& cut : cuts) join_cut(call_.ops, block, cut, state);
  call_.write_output(item, 0, block.rows(), state);
}

QueryBlock FloatAttention::copy_queries(const AttentionItem& item, float* to) const {
  QueryBlock block = call_.block_of(item, 0, item.count);
  for (std::int64_t row = 0; row < block.rows(); ++row)
    std::memcpy(to + row * call_.dim, call_.query(item, row),
                static_cast<std::size_t>(call_.dim) * sizeof(float));
  block.queries = to;
  return block;
}

Cut FloatAttention::read_cut(const AttentionItem& item, const QueryBlock& block, std::int64_t cut,
                             float* scratch) const {
  const CutReader reader(call_, item);
  return reads_pages(item) ? reader.from_pages(cut, block) : reader.converted(cut, block, scratch);
}

}  // namespace reckon::kernels::cpu
