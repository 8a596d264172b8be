#pragma once
// What a block of paged attention holds in shared memory, and how it gets there. For kernel sources.

#include "kernels/cuda/kv_pages.h"
#include "kernels/cuda/ptx.h"

namespace reckon::kernels::RECKON_CUDA_NS {

/// Positions that a row sees, less those of other cuts.
struct KeyRange {
  std::int64_t begin, end;
};

/// What a block works on.
struct PagedWork {
  QueryTile tile;
  int heads_per_kv, kv_head, first_row, rows;
  KeyRange range;  ///< of all its rows
};

/// Queries of kRows rows, and stages of kKeys positions on their way. kHanded: memory for the sums of sixteen
/// rows.
template <MmaType type, int kRows, int kKeys, int kThreads, bool kHanded>
struct PagedStage {
  static constexpr int kStages = 2;
  static constexpr int kKeyPitch = kKeys + 8;  // lines of a matrix load then lie in different banks
  Attention a;

  // Shared memory: queries [kRows][dims], of each stage keys [dims][kKeys] and values [kKeys][dims], and
  // what a warp hands to the next.
  RECKON_HOST_DEVICE static int padded(int dims) { return (dims + 15) / 16 * 16; }
  RECKON_HOST_DEVICE static int pitch(int dims) { return padded(dims) + 8; }
  RECKON_HOST_DEVICE int keys_at(int stage) const {
    return kRows * pitch(a.key_dim) * 2 +
           stage * (padded(a.key_dim) * kKeyPitch + kKeys * pitch(a.value_dim)) * 2;
  }
  RECKON_HOST_DEVICE int values_at(int stage) const {
    return keys_at(stage) + padded(a.key_dim) * kKeyPitch * 2;
  }
  RECKON_HOST_DEVICE int handed_at() const { return keys_at(kStages); }
  RECKON_HOST_DEVICE int handed_count() const { return kHanded ? 16 * (padded(a.value_dim) + 2) : 0; }
  RECKON_HOST_DEVICE int shared_bytes() const { return handed_at() + handed_count() * 4; }

  RECKON_DEVICE Shared<std::uint16_t> queries() const {
    return shared_at<std::uint16_t>(0, kRows * pitch(a.key_dim));
  }
  RECKON_DEVICE Shared<std::uint16_t> keys(int stage) const {
    return shared_at<std::uint16_t>(keys_at(stage), padded(a.key_dim) * kKeyPitch);
  }
  RECKON_DEVICE Shared<std::uint16_t> values_of(int stage) const {
    return shared_at<std::uint16_t>(values_at(stage), kKeys * pitch(a.value_dim));
  }
  RECKON_DEVICE Shared<float> handed() const { return shared_at<float>(handed_at(), handed_count()); }

  RECKON_DEVICE void load_queries(const PagedWork& work) const {
    const Shared<std::uint16_t> to = queries();
    const int width = padded(a.key_dim);
    for (int i = thread_index(); i < kRows * width; i += kThreads) {
      const int row = i / width;
      const int d = i % width;
      const int index = work.first_row + (row < work.rows ? row : 0);
      const int head = work.kv_head * work.heads_per_kv + index % work.heads_per_kv;
      const std::int64_t token = work.tile.first_row + index / work.heads_per_kv;
      const bool exists = row < work.rows && d < a.key_dim;
      const std::int64_t from = token * a.queries.token_stride + head * a.queries.head_stride;
      to[row * pitch(a.key_dim) + d] =
          rounded<type>(exists ? static_cast<float>(a.queries.data[from + d]) : 0.0F);
    }
  }

  /// Queues the copies of kKeys positions; zeros stand for those that no row of the block sees, and beyond
  /// the last dimension.
  RECKON_DEVICE void load_stage(const PagedWork& work, std::int64_t first, int stage) const {
    // A thread's copies all lie in one page: eight positions of the keys, which are transposed, ...
    constexpr int kGroups = kKeys / 8;
    const int group = thread_index() % kGroups;
    const std::int64_t of_group = first + 8 * group;
    const bool any = of_group < work.range.end && of_group + 8 > work.range.begin;
    const std::int64_t left = work.range.end - of_group;
    const int key_bytes = !any ? 0 : left < 8 ? static_cast<int>(left) * 2 : 16;
    const PagePlace from_keys = find_page(a.place, a.table, work.tile.sequence,
                                          any ? of_group : work.range.begin / 8 * 8, work.kv_head);
    const Shared<std::uint16_t> to_keys = keys(stage);
    for (int d = thread_index() / kGroups; d < padded(a.key_dim); d += kThreads / kGroups) {
      const bool exists = d < a.key_dim;
      const Global<const std::uint8_t> from =
          from_keys.keys + (std::int64_t{exists ? d : 0} * a.place.page_tokens + from_keys.slot) * 2;
      copy_async16<std::uint16_t>(to_keys + (d * kKeyPitch + 8 * group), from, exists ? key_bytes : 0);
    }
    // ... and one row of the values.
    constexpr int kSharers = kThreads / kKeys;
    const int key = thread_index() / kSharers;
    const bool seen = first + key >= work.range.begin && first + key < work.range.end;
    const PagePlace from_values =
        find_page(a.place, a.table, work.tile.sequence, seen ? first + key : work.range.begin, work.kv_head);
    const Global<const std::uint8_t> row =
        from_values.keys +
        (static_cast<std::int64_t>(a.place.value_offset) + from_values.slot * a.place.row_stride * 2);
    const Shared<std::uint16_t> to_values = values_of(stage);
    for (int d = thread_index() % kSharers * 8; d < padded(a.value_dim); d += kSharers * 8) {
      const int dims = !seen ? 0 : a.value_dim - d < 8 ? a.value_dim - d : 8;
      copy_async16<std::uint16_t>(to_values + (key * pitch(a.value_dim) + d), row + (dims > 0 ? d * 2 : 0),
                                  dims > 0 ? dims * 2 : 0);
    }
  }
};

}  // namespace reckon::kernels::RECKON_CUDA_NS
