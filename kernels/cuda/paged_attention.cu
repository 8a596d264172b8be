#include "kernels/cuda/paged_attention.h"

#include "kernels/cuda/launch.h"
#include "kernels/cuda/math.h"
#include "kernels/cuda/paged_stage.h"

namespace reckon::kernels::RECKON_CUDA_NS {
namespace {

/// What a row has summed up over the keys so far; each thread holds two rows.
struct RowSums {
  float maximum[2];
  float sum[2];
};

/// How a row's sums change when keys with this maximum are added: both sides count from `reference` on.
struct Rescale {
  float reference;
  float old_factor;

  RECKON_DEVICE Rescale(float old_maximum, float top)
      : reference(top == -infinity() ? 0.0F : top),  // no key was seen yet
        old_factor(exponential(old_maximum - reference)) {}
};

/// A block of four warps computes 16 * kRowWarps query rows of one key/value head. Warps of the same rows
/// take different keys of a stage and are joined at the end. Whole rows: over all keys, to the output;
/// otherwise one cut.
template <MmaType type, int kRowWarps, int kWarpKeys, int kTileTokens, bool kWhole>
struct PagedAttention : PagedStage<type, 16 * kRowWarps, kWarpKeys*(4 / kRowWarps), 128, kRowWarps == 1> {
  static constexpr int kThreads = 128;
  static constexpr int kKeyWarps = 4 / kRowWarps;
  static constexpr int kRows = 16 * kRowWarps;
  static constexpr int kKeys = kWarpKeys * kKeyWarps;  // of a stage
  static constexpr int kKeyTiles = kWarpKeys / 8;
  static constexpr int kValueTiles = kMostPagedValueDims / 8;
  static_assert(kKeyCutPositions % kKeys == 0 && kWarpKeys % 16 == 0);
  using Stage = PagedStage<type, kRows, kKeys, kThreads, (kKeyWarps > 1)>;
  using Stage::a;
  using Stage::handed;
  using Stage::keys;
  using Stage::kKeyPitch;
  using Stage::kStages;
  using Stage::load_queries;
  using Stage::load_stage;
  using Stage::padded;
  using Stage::pitch;
  using Stage::queries;
  using Stage::values_of;

  RECKON_HOST_DEVICE static int chunks_of(int heads_per_kv) {
    return (kTileTokens * heads_per_kv + kRows - 1) / kRows;
  }

  RECKON_DEVICE void operator()() const {
    PagedWork work;
    // Prompt tiles of a sequence stand in order; those with the most keys begin first.
    work.tile = a.tiles[kWhole ? a.tile_count - 1 - block_x() : std::int64_t{block_x()}];
    work.heads_per_kv = a.heads / a.kv_heads;
    const int chunks = chunks_of(work.heads_per_kv);
    work.kv_head = block_y() / chunks;
    work.first_row = block_y() % chunks * kRows;
    const int left = work.tile.count * work.heads_per_kv - work.first_row;
    if (left <= 0) return;
    work.rows = left < kRows ? left : kRows;
    work.range = {range_of(work, 0).begin, range_of(work, work.rows - 1).end};
    if (work.range.begin >= work.range.end) return;

    const int warp = thread_index() / kWarpThreads;
    const int warp_row = warp / kKeyWarps * 16;
    const int key_warp = warp % kKeyWarps;
    KeyRange seen[2];
    RECKON_UNROLLED
    for (int half = 0; half < 2; ++half) {
      const int row = warp_row + lane() / 4 + 8 * half;
      seen[half] = row < work.rows ? range_of(work, row) : KeyRange{0, 0};
    }

    std::int64_t first = work.range.begin / kKeys * kKeys;
    load_stage(work, first, 0);
    commit_copies();
    load_queries(work);
    float values[kValueTiles][4] = {};
    RowSums sums = {{-infinity(), -infinity()}, {0.0F, 0.0F}};
    for (int slot = 0; first < work.range.end; first += kKeys, slot = (slot + 1) % kStages) {
      if (first + kKeys < work.range.end) load_stage(work, first + kKeys, (slot + 1) % kStages);
      commit_copies();
      wait_copies<1>();
      sync_block();  // this stage and the queries are there
      float scores[kKeyTiles][4] = {};
      find_scores(scores, slot, warp_row, key_warp * kWarpKeys);
      weigh(scores, values, sums, seen, first + key_warp * kWarpKeys);
      add_values(values, scores, slot, key_warp * kWarpKeys);
      sync_block();  // before the stage is overwritten
    }
    wait_copies<0>();
    if constexpr (kKeyWarps > 1) {
      for (int w = 0; w < kKeyWarps; ++w) {
        if (w > 0 && w == key_warp) join_handed(values, sums);
        if (w + 1 < kKeyWarps && w == key_warp) hand_on(values, sums);
        sync_block();
      }
    }
    if (key_warp == kKeyWarps - 1) store(work, values, sums, warp_row);
  }

 private:
  RECKON_DEVICE KeyRange range_of(const PagedWork& work, int row) const {
    const std::int64_t position = work.tile.first_position + (work.first_row + row) / work.heads_per_kv;
    KeyRange range;
    range.begin = a.window > 0 && position >= a.window ? position - a.window + 1 : 0;
    range.end = position + 1;
    if constexpr (!kWhole) {
      const std::int64_t cut = (a.first_cut + std::int64_t{block_z()}) * kKeyCutPositions;
      if (range.begin < cut) range.begin = cut;
      if (range.end > cut + kKeyCutPositions) range.end = cut + kKeyCutPositions;
    }
    return range;
  }

  /// Scores of the warp's rows and its keys, from `first_key` of the stage on.
  RECKON_DEVICE void find_scores(float (&scores)[kKeyTiles][4], int slot, int warp_row, int first_key) const {
    const int l = lane();
    const Shared<std::uint16_t> from_queries = queries() + warp_row * pitch(a.key_dim);
    const Shared<std::uint16_t> from_keys = keys(slot);
    for (int d = 0; d < padded(a.key_dim); d += 16) {
      std::uint32_t rows[4];
      load_matrices<std::uint16_t>(rows, from_queries + (l % 16 * pitch(a.key_dim) + d + l / 16 * 8));
      RECKON_UNROLLED
      for (int t = 0; t < kKeyTiles; t += 2) {
        std::uint32_t columns[4];  // sixteen dimensions of twice eight keys
        load_matrices_transposed<std::uint16_t>(
            columns, from_keys + ((d + l % 16) * kKeyPitch + first_key + 8 * t + l / 16 * 8));
        multiply_matrices<type>(scores[t], rows, columns[0], columns[1]);
        multiply_matrices<type>(scores[t + 1], rows, columns[2], columns[3]);
      }
    }
  }

  /// Makes weights of scores, of which the first is for the key at position `first`.
  RECKON_DEVICE void weigh(float (&scores)[kKeyTiles][4], float (&values)[kValueTiles][4], RowSums& sums,
                           const KeyRange (&seen)[2], std::int64_t first) const {
    float top[2] = {sums.maximum[0], sums.maximum[1]};
    RECKON_UNROLLED
    for (int t = 0; t < kKeyTiles; ++t) {
      RECKON_UNROLLED
      for (int i = 0; i < 4; ++i) {
        const std::int64_t key = first + 8 * t + 2 * (lane() % 4) + i % 2;
        const bool is_seen = key >= seen[i / 2].begin && key < seen[i / 2].end;
        scores[t][i] = is_seen ? scores[t][i] * a.scale : -infinity();
        top[i / 2] = larger(scores[t][i], top[i / 2]);
      }
    }
    RECKON_UNROLLED
    for (int half = 0; half < 2; ++half) {  // four neighbouring lanes share a row
      top[half] = larger(top[half], shuffle_xor(top[half], 1));
      top[half] = larger(top[half], shuffle_xor(top[half], 2));
      const Rescale rescale(sums.maximum[half], top[half]);
      float added = 0.0F;
      RECKON_UNROLLED
      for (int t = 0; t < kKeyTiles; ++t) {
        RECKON_UNROLLED
        for (int i = 2 * half; i < 2 * half + 2; ++i) {
          scores[t][i] = exponential(scores[t][i] - rescale.reference);
          added = added + scores[t][i];
        }
      }
      added = added + shuffle_xor(added, 1);
      added = added + shuffle_xor(added, 2);
      sums.sum[half] = fused(sums.sum[half], rescale.old_factor, added);
      sums.maximum[half] = top[half];
      RECKON_UNROLLED
      for (int t = 0; t < kValueTiles; ++t) {
        RECKON_UNROLLED
        for (int i = 2 * half; i < 2 * half + 2; ++i) values[t][i] = values[t][i] * rescale.old_factor;
      }
    }
  }

  RECKON_DEVICE void add_values(float (&values)[kValueTiles][4], const float (&weights)[kKeyTiles][4],
                                int slot, int first_key) const {
    const int l = lane();
    const Shared<std::uint16_t> from = values_of(slot);
    RECKON_UNROLLED
    for (int step = 0; step < kKeyTiles / 2; ++step) {
      // Sums of sixteen keys lie as the fragment of the next product wants them.
      const float(&low)[4] = weights[2 * step];
      const float(&high)[4] = weights[2 * step + 1];
      const std::uint32_t rows[4] = {rounded_pair<type>(low[0], low[1]), rounded_pair<type>(low[2], low[3]),
                                     rounded_pair<type>(high[0], high[1]),
                                     rounded_pair<type>(high[2], high[3])};
      RECKON_UNROLLED
      for (int t = 0; t < kValueTiles; t += 2) {
        if (8 * t >= padded(a.value_dim)) continue;  // whole warps
        std::uint32_t columns[4];
        load_matrices_transposed<std::uint16_t>(
            columns, from + ((first_key + 16 * step + l % 16) * pitch(a.value_dim) + 8 * t + l / 16 * 8));
        multiply_matrices<type>(values[t], rows, columns[0], columns[1]);
        multiply_matrices<type>(values[t + 1], rows, columns[2], columns[3]);
      }
    }
  }

  /// Row (of 16) and column of element i of value tile t.
  RECKON_DEVICE static int row_of(int i) { return lane() / 4 + i / 2 * 8; }
  RECKON_DEVICE static int column_of(int t, int i) { return 8 * t + 2 * (lane() % 4) + i % 2; }

  RECKON_DEVICE void hand_on(const float (&values)[kValueTiles][4], const RowSums& sums) const {
    const Shared<float> to = handed();
    const int width = padded(a.value_dim) + 2;
    if (lane() % 4 == 0) {
      for (int half = 0; half < 2; ++half) {
        to[row_of(2 * half) * width] = sums.maximum[half];
        to[row_of(2 * half) * width + 1] = sums.sum[half];
      }
    }
    RECKON_UNROLLED
    for (int t = 0; t < kValueTiles; ++t) {
      RECKON_UNROLLED
      for (int i = 0; i < 4; ++i) {
        if (8 * t < padded(a.value_dim)) to[row_of(i) * width + 2 + column_of(t, i)] = values[t][i];
      }
    }
    // The next warp reads what lies here and writes its own over it.
  }

  /// Adds this warp's sums to those of the warps before.
  RECKON_DEVICE void join_handed(float (&values)[kValueTiles][4], RowSums& sums) const {
    const Shared<float> from = handed();
    const int width = padded(a.value_dim) + 2;
    float old_factor[2];
    float factor[2];
    RECKON_UNROLLED
    for (int half = 0; half < 2; ++half) {
      const float old_maximum = from[row_of(2 * half) * width];
      const float top = larger(old_maximum, sums.maximum[half]);
      const Rescale rescale(old_maximum, top);
      old_factor[half] = rescale.old_factor;
      factor[half] = exponential(sums.maximum[half] - rescale.reference);
      const float old_sum = from[row_of(2 * half) * width + 1];
      sums.sum[half] = fused(old_sum, old_factor[half], sums.sum[half] * factor[half]);
      sums.maximum[half] = top;
    }
    RECKON_UNROLLED
    for (int t = 0; t < kValueTiles; ++t) {
      RECKON_UNROLLED
      for (int i = 0; i < 4; ++i) {
        if (8 * t >= padded(a.value_dim)) continue;
        const float old = from[row_of(i) * width + 2 + column_of(t, i)];
        values[t][i] = fused(old, old_factor[i / 2], values[t][i] * factor[i / 2]);
      }
    }
    sync_warp();  // all lanes have read before hand_on() writes
  }

  RECKON_DEVICE void store(const PagedWork& work, const float (&values)[kValueTiles][4], const RowSums& sums,
                           int warp_row) const {
    RECKON_UNROLLED
    for (int half = 0; half < 2; ++half) {
      const int row = warp_row + row_of(2 * half);
      if (row >= work.rows) continue;
      const int index = work.first_row + row;
      const int head = work.kv_head * work.heads_per_kv + index % work.heads_per_kv;
      const std::int64_t token = work.tile.first_row + index / work.heads_per_kv;
      const std::int64_t at = block_z() * a.rows + token * a.heads + head;
      Global<float> to = nullptr;
      if constexpr (kWhole) {
        to = a.output.data + (token * a.output.token_stride + head * a.output.head_stride);
      } else {
        to = a.values + at * a.value_dim;
        if (lane() % 4 == 0) {
          a.maxima[at] = sums.maximum[half];
          a.sums[at] = sums.sum[half];
        }
      }
      RECKON_UNROLLED
      for (int t = 0; t < kValueTiles; ++t) {
        RECKON_UNROLLED
        for (int i = 2 * half; i < 2 * half + 2; ++i) {
          if (column_of(t, i) < a.value_dim)
            to[column_of(t, i)] = kWhole ? values[t][i] / sums.sum[half] : values[t][i];
        }
      }
    }
  }
};

template <MmaType type>
using PromptAttention = PagedAttention<type, 4, 32, kPromptTileTokens, true>;
template <MmaType type>
using PromptCutAttention = PagedAttention<type, 4, 32, kPromptTileTokens, false>;
template <MmaType type>
using GeneratedAttention = PagedAttention<type, 1, 16, kQueryTileTokens, false>;

template <class Kernel>
void start(const Stream& stream, const char* operation, const Attention& attention, std::int64_t cuts) {
  const Kernel kernel{{attention}};
  const std::int64_t chunks = Kernel::chunks_of(attention.heads / attention.kv_heads);
  launch(stream, operation, kernel, {attention.tile_count, attention.kv_heads * chunks, cuts},
         kernel.shared_bytes());
}

}  // namespace

bool fits_paged_attention(const KvPlace& place, std::int32_t key_dim, std::int32_t value_dim) {
  return (place.type == DataType::f16 || place.type == DataType::bf16) && place.page_tokens % 8 == 0 &&
         place.row_stride % 8 == 0 && key_dim <= kMostPagedKeyDims && value_dim <= kMostPagedValueDims;
}

void attend_prompt(const Stream& stream, const Attention& attention) {
  constexpr const char* kName = "attention (prompt)";
  if (attention.place.type == DataType::f16)
    start<PromptAttention<MmaType::f16>>(stream, kName, attention, 1);
  else
    start<PromptAttention<MmaType::bf16>>(stream, kName, attention, 1);
}

void attend_prompt_cuts(const Stream& stream, const Attention& attention) {
  constexpr const char* kName = "attention (cuts of a prompt)";
  if (attention.place.type == DataType::f16)
    start<PromptCutAttention<MmaType::f16>>(stream, kName, attention, attention.cuts);
  else
    start<PromptCutAttention<MmaType::bf16>>(stream, kName, attention, attention.cuts);
}

void attend_generated(const Stream& stream, const Attention& attention) {
  constexpr const char* kName = "attention (decode)";
  if (attention.place.type == DataType::f16)
    start<GeneratedAttention<MmaType::f16>>(stream, kName, attention, attention.cuts);
  else
    start<GeneratedAttention<MmaType::bf16>>(stream, kName, attention, attention.cuts);
}

}  // namespace reckon::kernels::RECKON_CUDA_NS
