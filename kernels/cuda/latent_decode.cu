#include "kernels/cuda/latent_decode.h"

#include "kernels/cuda/kv_pages.h"
#include "kernels/cuda/launch.h"
#include "kernels/cuda/math.h"
#include "kernels/cuda/ptx.h"

namespace reckon::kernels::RECKON_CUDA_NS {
namespace {

/// Whole rows: a block walks all cuts of its row and joins each to those before as join_cuts() does, with the
/// same bits; otherwise a block leaves one cut.
template <MmaType type, bool kWhole>
struct LatentDecode {
  static constexpr int kThreads = 128;
  static constexpr int kWarps = kThreads / kWarpThreads;
  static constexpr int kHeads = 16;  ///< of a block: the rows of a fragment
  static constexpr int kKeys = 32;   ///< of a stage: eight a warp
  static constexpr int kStages = 2;
  static constexpr int kScorePitch = kKeys + 1;
  static constexpr int kWeightPitch = kKeys + 8;  // elements of 16 bits
  static constexpr int kMostValueTiles = kMostLatentValues / 8 / kWarps;
  Attention a;

  // Shared memory: queries, keys of the stages, scores, weights, what a row's old sums are multiplied with.
  RECKON_HOST_DEVICE static int dims(std::int64_t row_stride) {
    return static_cast<int>((row_stride + 31) / 32 * 32);
  }
  /// Elements between rows: those of a matrix load then lie in different banks.
  RECKON_HOST_DEVICE static int pitch(std::int64_t row_stride) { return dims(row_stride) + 8; }
  RECKON_HOST_DEVICE static int keys_at(int pitch, int stage) { return (kHeads + stage * kKeys) * pitch * 2; }
  RECKON_HOST_DEVICE static int scores_at(int pitch) { return keys_at(pitch, kStages); }
  RECKON_HOST_DEVICE static int weights_at(int pitch) { return scores_at(pitch) + kHeads * kScorePitch * 4; }
  RECKON_HOST_DEVICE static int factors_at(int pitch) {
    return weights_at(pitch) + kHeads * kWeightPitch * 2;
  }
  RECKON_HOST_DEVICE static int shared_bytes(std::int64_t row_stride) {
    return factors_at(pitch(row_stride)) + 2 * kHeads * 4;
  }

  RECKON_DEVICE void operator()() const {
    const QueryTile tile = a.tiles[block_x()];
    const int chunks = (a.heads + kHeads - 1) / kHeads;
    const int token = block_y() / chunks;
    const int first_head = block_y() % chunks * kHeads;
    if (token >= tile.count) return;
    const std::int64_t position = std::int64_t{tile.first_position} + token;
    const std::int64_t begin = kWhole ? 0 : (a.first_cut + std::int64_t{block_z()}) * kKeyCutPositions;
    const std::int64_t end = kWhole ? position + 1 : seen_in_cut(position, 0, begin).end;
    if (end <= 0) return;
    const int heads = a.heads - first_head < kHeads ? a.heads - first_head : kHeads;

    const int row_pitch = pitch(a.place.row_stride);
    const Shared<std::uint16_t> queries = shared_at<std::uint16_t>(0, kHeads * row_pitch);
    const Shared<float> scores = shared_at<float>(scores_at(row_pitch), kHeads * kScorePitch);
    const Shared<std::uint16_t> weights =
        shared_at<std::uint16_t>(weights_at(row_pitch), kHeads * kWeightPitch);
    const Shared<float> factors = shared_at<float>(factors_at(row_pitch), 2 * kHeads);
    const auto stages = static_cast<int>((end + kKeys - 1) / kKeys);
    load_keys(tile, begin, end, row_pitch, 0);
    commit_copies();
    load_queries(queries, tile.first_row + token, first_head, heads, row_pitch);

    float values[kMostValueTiles][4] = {};
    float maximum = -infinity();  // of this thread's row; eight threads have the same
    float sum = 0.0F;
    Joined joined;
    const int row = thread_index() / 8;
    for (int s = 0; s < stages; ++s) {
      if (s + 1 < stages) load_keys(tile, begin, end, row_pitch, s + 1);
      commit_copies();
      wait_copies<1>();
      sync_block();  // the keys of this stage and the queries are there
      const Shared<std::uint16_t> keys =
          shared_at<std::uint16_t>(keys_at(row_pitch, s % kStages), kKeys * row_pitch);
      find_scores(scores, queries, keys, row_pitch, end - std::int64_t{s} * kKeys);
      sync_block();

      // Four keys a thread: maximum, weights, and how much the earlier ones count now.
      float own[4];
      float top = maximum;
      RECKON_UNROLLED
      for (int i = 0; i < 4; ++i) {
        own[i] = scores[row * kScorePitch + thread_index() % 8 * 4 + i];
        top = larger(own[i], top);
      }
      RECKON_UNROLLED
      for (int step = 4; step > 0; step /= 2) top = larger(top, shuffle_xor(top, step));
      float added = 0.0F;
      RECKON_UNROLLED
      for (int i = 0; i < 4; ++i) {
        const float weight = exponential(own[i] - top);
        added = added + weight;
        weights[row * kWeightPitch + thread_index() % 8 * 4 + i] = rounded<type>(weight);
      }
      RECKON_UNROLLED
      for (int step = 4; step > 0; step /= 2) added = added + shuffle_xor(added, step);
      const float factor = exponential(maximum - top);
      sum = fused(sum, factor, added);
      maximum = top;
      if (thread_index() % 8 == 0) factors[row] = factor;
      sync_block();
      add_values(values, weights, factors, keys, row_pitch);
      sync_block();  // before the keys and weights are overwritten
      if constexpr (kWhole) {
        constexpr int kCutStages = kKeyCutPositions / kKeys;
        if (s % kCutStages == kCutStages - 1 || s + 1 == stages) {
          join(joined, factors, maximum, sum, values);
          maximum = -infinity();
          sum = 0.0F;
          RECKON_UNROLLED
          for (int t = 0; t < kMostValueTiles; ++t) {
            RECKON_UNROLLED
            for (int i = 0; i < 4; ++i) values[t][i] = 0.0F;
          }
        }
      }
    }
    wait_copies<0>();
    if constexpr (kWhole)
      store(joined, factors, tile.first_row + token, first_head, heads);
    else
      leave_cut(values, maximum, sum, tile.first_row + token, first_head, heads);
  }

 private:
  /// The cuts of a row so far.
  struct Joined {
    float maximum = -infinity();  // of this thread's row
    float sum = 0.0F;
    float values[kWhole ? kMostValueTiles : 1][4] = {};
  };

  /// Adds a cut with this maximum, sum and values.
  RECKON_DEVICE void join(Joined& joined, Shared<float> factors, float maximum, float sum,
                          const float (&values)[kMostValueTiles][4]) const {
    const int row = thread_index() / 8;
    const float top = larger(joined.maximum, maximum);
    const float old_factor = exponential(joined.maximum - top);
    const float factor = exponential(maximum - top);
    joined.sum = fused(joined.sum, old_factor, sum * factor);
    joined.maximum = top;
    if (thread_index() % 8 == 0) {
      factors[row] = old_factor;
      factors[kHeads + row] = factor;
    }
    sync_block();
    RECKON_UNROLLED
    for (int i = 0; i < 4; ++i) {
      const int head = head_of(i);
      const float old_of_head = factors[head];
      const float of_head = factors[kHeads + head];
      RECKON_UNROLLED
      for (int t = 0; t < kMostValueTiles; ++t)
        joined.values[t][i] = fused(joined.values[t][i], old_of_head, values[t][i] * of_head);
    }
  }

  /// The joined cuts, to the output.
  RECKON_DEVICE void store(const Joined& joined, Shared<float> factors, std::int64_t token, int first_head,
                           int heads) const {
    sync_block();  // the factors of the last cut were read
    if (thread_index() % 8 == 0) factors[thread_index() / 8] = joined.sum;
    sync_block();
    RECKON_UNROLLED
    for (int i = 0; i < 4; ++i) {
      const int head = head_of(i);
      if (head >= heads) continue;
      const float sum = factors[head];
      const Global<float> to =
          a.output.data + (token * a.output.token_stride + (first_head + head) * a.output.head_stride);
      RECKON_UNROLLED
      for (int t = 0; t < kMostValueTiles; ++t) {
        if (column_of(t, i) < a.value_dim) to[column_of(t, i)] = joined.values[t][i] / sum;
      }
    }
  }

  RECKON_DEVICE void leave_cut(const float (&values)[kMostValueTiles][4], float maximum, float sum,
                               std::int64_t token, int first_head, int heads) const {
    const int row = thread_index() / 8;
    const std::int64_t result = block_z() * a.rows + token * a.heads + first_head;
    if (row < heads && thread_index() % 8 == 0) {
      a.maxima[result + row] = maximum;
      a.sums[result + row] = sum;
    }
    RECKON_UNROLLED
    for (int t = 0; t < kMostValueTiles; ++t) {
      RECKON_UNROLLED
      for (int i = 0; i < 4; ++i) {
        if (head_of(i) < heads && column_of(t, i) < a.value_dim)
          a.values[(result + head_of(i)) * a.value_dim + column_of(t, i)] = values[t][i];
      }
    }
  }

  /// Head (of the block's) and column of element i of value tile t.
  RECKON_DEVICE static int head_of(int i) { return lane() / 4 + i / 2 * 8; }
  RECKON_DEVICE static int column_of(int t, int i) { return value_tile(t) * 8 + 2 * (lane() % 4) + i % 2; }

  /// Warps take every fourth tile of eight value columns.
  RECKON_DEVICE static int value_tile(int t) { return t * kWarps + thread_index() / kWarpThreads; }

  RECKON_DEVICE void load_queries(Shared<std::uint16_t> queries, std::int64_t token, int first_head,
                                  int heads, int row_pitch) const {
    const int width = dims(a.place.row_stride);
    for (int i = thread_index(); i < kHeads * width; i += kThreads) {
      const int head = i / width;
      const int d = i % width;
      const bool exists = head < heads && d < a.key_dim;
      const float q =
          exists ? static_cast<float>(a.queries.data[token * a.queries.token_stride +
                                                     (first_head + head) * a.queries.head_stride + d])
                 : 0.0F;
      queries[head * row_pitch + d] = rounded<type>(q);
    }
  }

  /// Queues the copies of 32 keys; zeros beyond the last key and the last dimension.
  RECKON_DEVICE void load_keys(const QueryTile& tile, std::int64_t begin, std::int64_t end, int row_pitch,
                               int s) const {
    const int parts = dims(a.place.row_stride) / 8;  // of 16 bytes
    const Shared<std::uint16_t> to =
        shared_at<std::uint16_t>(keys_at(row_pitch, s % kStages), kKeys * row_pitch);
    for (int i = thread_index(); i < kKeys * parts; i += kThreads) {
      const int key = i / parts;
      const int d = i % parts * 8;
      const bool exists = s * kKeys + key < end && d < a.place.row_stride;
      const std::int64_t position = begin + (exists ? s * kKeys + key : 0);
      const PagePlace page = find_page(a.place, a.table, tile.sequence, position, 0);
      const Global<const std::uint8_t> from =
          page.keys + (page.slot * a.place.row_stride + (exists ? d : 0)) * 2;
      copy_async16<std::uint16_t>(to + (key * row_pitch + d), from, exists ? 16 : 0);
    }
  }

  /// Scores of the sixteen heads and this warp's eight keys; `left` keys of the stage exist.
  RECKON_DEVICE void find_scores(Shared<float> scores, Shared<std::uint16_t> queries,
                                 Shared<std::uint16_t> keys, int row_pitch, std::int64_t left) const {
    const int l = lane();
    const int first_key = thread_index() / kWarpThreads * 8;
    float sums[4] = {};
    for (int d = 0; d < dims(a.place.row_stride); d += 32) {
      std::uint32_t columns[4];
      load_matrices<std::uint16_t>(columns, keys + ((first_key + l % 8) * row_pitch + d + l / 8 * 8));
      RECKON_UNROLLED
      for (int step = 0; step < 2; ++step) {
        std::uint32_t rows[4];
        load_matrices<std::uint16_t>(rows, queries + (l % 16 * row_pitch + d + 16 * step + l / 16 * 8));
        multiply_matrices<type>(sums, rows, columns[2 * step], columns[2 * step + 1]);
      }
    }
    RECKON_UNROLLED
    for (int i = 0; i < 4; ++i) {
      const int key = first_key + 2 * (l % 4) + i % 2;
      scores[(l / 4 + i / 2 * 8) * kScorePitch + key] = key < left ? sums[i] * a.scale : -infinity();
    }
  }

  /// values = values * factor + weights times the first elements of the keys.
  RECKON_DEVICE void add_values(float (&values)[kMostValueTiles][4], Shared<std::uint16_t> weights,
                                Shared<float> factors, Shared<std::uint16_t> keys, int row_pitch) const {
    const int l = lane();
    const float upper = factors[l / 4];
    const float lower = factors[l / 4 + 8];
    std::uint32_t rows[2][4];
    RECKON_UNROLLED
    for (int step = 0; step < 2; ++step)
      load_matrices<std::uint16_t>(rows[step], weights + (l % 16 * kWeightPitch + 16 * step + l / 16 * 8));
    RECKON_UNROLLED
    for (int t = 0; t < kMostValueTiles; ++t) {
      if (value_tile(t) * 8 >= a.value_dim) continue;  // whole warps
      RECKON_UNROLLED
      for (int i = 0; i < 4; ++i) values[t][i] = values[t][i] * (i < 2 ? upper : lower);
      std::uint32_t columns[4];
      load_matrices_transposed<std::uint16_t>(columns, keys + (l * row_pitch + value_tile(t) * 8));
      multiply_matrices<type>(values[t], rows[0], columns[0], columns[1]);
      multiply_matrices<type>(values[t], rows[1], columns[2], columns[3]);
    }
  }
};

template <MmaType type, bool kWhole>
void start(const Stream& stream, const Attention& attention) {
  using Kernel = LatentDecode<type, kWhole>;
  const std::int64_t chunks = latent_chunks(attention.heads);
  launch(stream, "mla_attention (decode)", Kernel{attention},
         {attention.tile_count, kQueryTileTokens * chunks, kWhole ? 1 : attention.cuts},
         Kernel::shared_bytes(attention.place.row_stride));
}

}  // namespace

bool fits_latent_decode(const KvPlace& place, std::int32_t key_dim, std::int32_t value_dim) {
  return (place.type == DataType::f16 || place.type == DataType::bf16) &&
         place.row_stride <= kMostLatentDims && place.row_stride % 8 == 0 && key_dim <= place.row_stride &&
         value_dim <= kMostLatentValues;
}

std::int64_t latent_chunks(std::int32_t heads) {
  return blocks_for(heads, LatentDecode<MmaType::f16, false>::kHeads);
}

void attend_latent(const Stream& stream, const Attention& attention) {
  if (attention.place.type == DataType::f16)
    start<MmaType::f16, false>(stream, attention);
  else
    start<MmaType::bf16, false>(stream, attention);
}

void attend_latent_rows(const Stream& stream, const Attention& attention) {
  if (attention.place.type == DataType::f16)
    start<MmaType::f16, true>(stream, attention);
  else
    start<MmaType::bf16, true>(stream, attention);
}

}  // namespace reckon::kernels::RECKON_CUDA_NS
