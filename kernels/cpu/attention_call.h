#pragma once
// What one call of paged attention works on, and the items that its threads share out.

#include <cstdint>

#include "kernels/batch.h"
#include "kernels/cpu/cut_attention.h"
#include "kernels/cpu/kv_store.h"

namespace reckon::kernels::cpu {

/// Consecutive new tokens of one sequence, and one key/value head.
struct AttentionItem {
  const SequenceSlice* slice = nullptr;
  std::int32_t head = 0;
  std::int32_t first = 0;  ///< token of the slice
  std::int32_t count = 0;
};

struct AttentionCall {
  AttentionCall(const OpTable& table, const View<float>& out, const View<float>& in, const KvStore& kv_store,
                const KvLayer& kv_layer, float scale_of_scores)
      : ops(table),
        output(out),
        queries(in),
        store(kv_store),
        layer(kv_layer),
        group(kv_store.group(kv_layer.group)),
        width(kv_store.layout(kv_layer.group).row_stride),
        heads(in.dim(1) / group.kv_heads),
        dim(group.key_dim),
        scale(scale_of_scores) {}

  /// The item's tokens [first, first + count) as a block whose queries are still to be set.
  QueryBlock block_of(const AttentionItem& item, std::int64_t first, std::int64_t count) const {
    QueryBlock block;
    block.tokens = count;
    block.heads = heads;
    block.first_position = std::int64_t{item.slice->first_position} + item.first + first;
    block.window = group.layout == KvLayout::window ? group.window : 0;
    block.dim = dim;
    block.value_width = width;
    block.scale = scale;
    return block;
  }

  /// Query of row `row` (token row / heads of the item, query head row % heads), [dim].
  const float* query(const AttentionItem& item, std::int64_t row) const {
    return queries.data + (item.slice->first_token + item.first + row / heads) * queries.stride(0) +
           (item.head * heads + row % heads) * queries.stride(1);
  }
  /// Its output, [value_dim].
  float* result(const AttentionItem& item, std::int64_t row) const {
    return output.data + (item.slice->first_token + item.first + row / heads) * output.stride(0) +
           (item.head * heads + row % heads) * output.stride(1);
  }
  /// Output of the rows of a state, which are the item's rows from `first_row` on.
  void write_output(const AttentionItem& item, std::int64_t first_row, std::int64_t rows,
                    const RowState& state) const {
    for (std::int64_t row = 0; row < rows; ++row)
      ops.divide(result(item, first_row + row), state.values + row * width, group.value_dim, state.sums[row]);
  }

  const OpTable& ops;
  const View<float>& output;   ///< [T, H, value_dim]
  const View<float>& queries;  ///< [T, H, key_dim]
  const KvStore& store;
  const KvLayer& layer;
  const KvGroupSpec& group;
  std::int64_t width;  ///< of a value row, padded
  std::int64_t heads;  ///< query heads of a key/value head
  std::int64_t dim;
  float scale;
};

/// Cuts [first, last) that some token of a block sees.
struct CutRange {
  std::int64_t first;
  std::int64_t last;
};
inline CutRange cuts_of(const QueryBlock& block) {
  return {block.first_seen(0) / kKeyCutPositions,
          (block.first_position + block.tokens - 1) / kKeyCutPositions + 1};
}

}  // namespace reckon::kernels::cpu
