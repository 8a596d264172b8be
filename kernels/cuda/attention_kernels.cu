#include "kernels/cuda/attention_kernels.h"

#include "kernels/cuda/elements.h"
#include "kernels/cuda/kv_pages.h"
#include "kernels/cuda/latent_decode.h"
#include "kernels/cuda/launch.h"
#include "kernels/cuda/math.h"
#include "kernels/cuda/paged_attention.h"

namespace reckon::kernels::RECKON_CUDA_NS {
namespace {

RECKON_DEVICE float cached_at(Global<const std::uint8_t> block, std::int64_t element, DataType type) {
  if (type == DataType::f16) return half_to_float(stored_at<std::uint16_t>(block, element * 2));
  if (type == DataType::bf16) return bf16_to_float(stored_at<std::uint16_t>(block, element * 2));
  return stored_at<float>(block, element * 4);
}

template <KeySource source>
struct Attend {
  static constexpr int kThreads = kKeyCutPositions;  // a thread a key
  /// Query rows of a block: they share every key and value that is read. Latent rows serve all heads.
  static constexpr int kRows = source == KeySource::latent ? 16 : 8;
  /// Keys that lie in rows pass through shared memory, so many dimensions at a time: neighbouring threads
  /// then read neighbouring memory.
  static constexpr bool kStaged = source != KeySource::pages;
  static constexpr int kStagedDims = 32;
  static constexpr int kStagedStride = kStagedDims + 1;  // against bank conflicts
  Attention a;

  /// Row r of the block's: its token in the tile, and its head.
  struct Row {
    int token;
    int head;
  };

  RECKON_DEVICE void operator()() const {
    const QueryTile tile = a.tiles[block_x()];
    const int heads_per_kv = a.heads / a.kv_heads;
    const int chunks = chunks_of(heads_per_kv);
    const int kv_head = block_y() / chunks;
    const int first_row = block_y() % chunks * kRows;
    const int all_rows = tile.count * heads_per_kv;
    if (first_row >= all_rows) return;
    const int rows = all_rows - first_row < kRows ? all_rows - first_row : kRows;
    const std::int64_t cut = a.first_cut + block_z();
    const std::int64_t cut_begin = cut * kKeyCutPositions;

    const auto row_of = [&](int r) {
      Row row;
      row.token = (first_row + r) / heads_per_kv;
      row.head = kv_head * heads_per_kv + (first_row + r) % heads_per_kv;
      return row;
    };
    // Tokens stand in order: the first row sees the earliest key, the last row the latest.
    const std::int64_t first_position = tile.first_position + row_of(0).token;
    const std::int64_t last_position = tile.first_position + row_of(rows - 1).token;
    const std::int64_t begin = seen_in_cut(first_position, a.window, cut_begin).begin;
    const std::int64_t end = seen_in_cut(last_position, a.window, cut_begin).end;
    if (begin >= end) return;

    const Shared<float> queries = shared_at<float>(0, kRows * a.key_dim);
    const Shared<float> scores = shared_at<float>(kRows * a.key_dim * 4, kRows * kThreads);
    for (int i = thread_index(); i < rows * a.key_dim; i += kThreads) {
      const Row row = row_of(i / a.key_dim);
      queries[i] = a.queries.data[(tile.first_row + row.token) * a.queries.token_stride +
                                  row.head * a.queries.head_stride + i % a.key_dim];
    }
    sync_block();

    const int key = thread_index();
    const bool needed = key >= begin && key < end;
    float sums[kRows] = {};
    const auto add_dimension = [&](int d, float k) {
      RECKON_UNROLLED
      for (int r = 0; r < kRows; ++r) {
        if (r < rows) sums[r] = fused(queries[r * a.key_dim + d], k, sums[r]);
      }
    };
    if constexpr (kStaged) {
      const Shared<float> staged =
          shared_at<float>((kRows * a.key_dim + kRows * kThreads) * 4, kThreads * kStagedStride);
      for (int first = 0; first < a.key_dim; first += kStagedDims) {
        const int dims = a.key_dim - first < kStagedDims ? a.key_dim - first : kStagedDims;
        const int d = thread_index() % kStagedDims;
        for (std::int64_t k = thread_index() / kStagedDims; k < kThreads; k += kThreads / kStagedDims) {
          if (k < begin || k >= end || d >= dims) continue;
          const std::int64_t position = cut_begin + k;
          staged[k * kStagedStride + d] =
              key_at(page_of(tile, position, kv_head), position, kv_head, first + d);
        }
        sync_block();
        for (int i = 0; needed && i < dims; ++i) add_dimension(first + i, staged[key * kStagedStride + i]);
        sync_block();
      }
    } else if (needed) {
      const PagePlace page = page_of(tile, cut_begin + key, kv_head);
      for (int d = 0; d < a.key_dim; ++d) add_dimension(d, key_at(page, cut_begin + key, kv_head, d));
    }
    for (int r = 0; r < rows; ++r) {
      const Seen seen = seen_in_cut(tile.first_position + row_of(r).token, a.window, cut_begin);
      float score = 0.0F;
      RECKON_UNROLLED
      for (int i = 0; i < kRows; ++i) score = i == r ? sums[i] : score;
      scores[r * kThreads + key] = key >= seen.begin && key < seen.end ? score * a.scale : -infinity();
    }
    sync_block();

    // 16 lanes a row: maximum, then exponentials and their sum in 16 lanes and a tree.
    const int r = thread_index() / 16;
    const int l = thread_index() % 16;
    const Shared<float> own = scores + (r < rows ? r : 0) * kThreads;
    float top = -infinity();
    for (int i = l; i < kThreads; i += 16) {
      const float score = own[i];
      top = larger(score, top);
    }
    top = largest_of_16(top);
    float sum = 0.0F;
    sync_block();
    if (r < rows) {
      for (int i = l; i < kThreads; i += 16) {
        const float weight = exponential(own[i] - top);
        own[i] = weight;
        sum = sum + weight;
      }
    }
    sum = sum_of_16(sum);
    if (r < rows && l == 0) {
      const std::int64_t at = result_row(tile, row_of(r));
      a.maxima[at] = top;
      a.sums[at] = sum;
    }
    sync_block();

    // A thread a column of the values: one chain over the keys for each row.
    std::int64_t first_key[kRows];
    std::int64_t end_key[kRows];
    RECKON_UNROLLED
    for (int i = 0; i < kRows; ++i) {
      const Seen seen = seen_in_cut(tile.first_position + row_of(i).token, a.window, cut_begin);
      first_key[i] = seen.begin;
      end_key[i] = i < rows ? seen.end : 0;
    }
    for (int c = thread_index(); c < a.value_dim; c += kThreads) {
      float results[kRows] = {};
      for (std::int64_t j = begin; j < end;) {
        PagePlace page = page_of(tile, cut_begin + j, kv_head);
        std::int64_t last = end;
        if constexpr (source != KeySource::expanded)
          last = j + a.place.page_tokens - page.slot < end ? j + a.place.page_tokens - page.slot : end;
        for (; j < last; ++j, ++page.slot) {
          const float value = value_at(page, cut_begin + j, kv_head, c);
          RECKON_UNROLLED
          for (int i = 0; i < kRows; ++i) {
            if (j >= first_key[i] && j < end_key[i])
              results[i] = fused(scores[i * kThreads + j], value, results[i]);
          }
        }
      }
      RECKON_UNROLLED
      for (int i = 0; i < kRows; ++i) {
        if (i < rows) a.values[result_row(tile, row_of(i)) * a.value_dim + c] = results[i];
      }
    }
  }

  RECKON_HOST_DEVICE static int shared_bytes(int key_dim) {
    return (kRows * key_dim + kRows * kThreads + (kStaged ? kThreads * kStagedStride : 0)) * 4;
  }
  RECKON_HOST_DEVICE static int chunks_of(int heads_per_kv) {
    return (kQueryTileTokens * heads_per_kv + kRows - 1) / kRows;
  }

 private:
  RECKON_DEVICE std::int64_t result_row(const QueryTile& tile, const Row& row) const {
    return block_z() * a.rows + std::int64_t{tile.first_row + row.token} * a.heads + row.head;
  }
  RECKON_DEVICE PagePlace page_of(const QueryTile& tile, std::int64_t position, int kv_head) const {
    if constexpr (source == KeySource::expanded) return {};
    return find_page(a.place, a.table, tile.sequence, position, kv_head);
  }
  RECKON_DEVICE float key_at(const PagePlace& page, std::int64_t position, int kv_head, int d) const {
    if constexpr (source == KeySource::pages)
      return cached_at(page.keys, std::int64_t{d} * a.place.page_tokens + page.slot, a.place.type);
    if constexpr (source == KeySource::latent)
      return cached_at(page.keys, page.slot * a.place.row_stride + d, a.place.type);
    const std::int64_t i = position - std::int64_t{a.first_cut} * kKeyCutPositions;
    if (d >= a.nope_dim) return a.latent_rows[i * a.latent_stride + a.latent_dim + d - a.nope_dim];
    return a.expanded[(i * a.heads + kv_head) * (a.nope_dim + a.value_dim) + d];
  }
  RECKON_DEVICE float value_at(const PagePlace& page, std::int64_t position, int kv_head, int c) const {
    if constexpr (source == KeySource::pages)
      return cached_at(page.keys + static_cast<std::int64_t>(a.place.value_offset),
                       page.slot * a.place.row_stride + c, a.place.type);
    if constexpr (source == KeySource::latent)
      return cached_at(page.keys, page.slot * a.place.row_stride + c, a.place.type);
    const std::int64_t i = position - std::int64_t{a.first_cut} * kKeyCutPositions;
    return a.expanded[(i * a.heads + kv_head) * (a.nope_dim + a.value_dim) + a.nope_dim + c];
  }
};

/// Online softmax over cuts: Milakov and Gimelshein, arXiv 1805.02867.
struct JoinCuts {
  static constexpr int kThreads = 128;
  Attention a;
  JoinState state;

  RECKON_DEVICE void operator()() const {
    const QueryTile tile = a.tiles[block_x()];
    const int token = block_y() / a.heads;
    const int head = block_y() % a.heads;
    if (token >= tile.count) return;
    const std::int64_t position = tile.first_position + token;
    const std::int64_t row = std::int64_t{tile.first_row + token} * a.heads + head;
    const CutsSeen seen = cuts_seen(position, a.window);
    const std::int64_t first = seen.first > a.first_cut ? seen.first - a.first_cut : 0;
    const std::int64_t end = seen.end - a.first_cut < a.cuts ? seen.end - a.first_cut : a.cuts;
    if (first >= end) return;  // its output is written with the last cut that it sees
    const bool begins = seen.first >= a.first_cut;
    const bool ends = seen.end <= std::int64_t{a.first_cut} + a.cuts;
    const float old_maximum = begins ? -infinity() : static_cast<float>(state.maxima[row]);
    const float old_sum = begins ? 0.0F : static_cast<float>(state.sums[row]);
    float maximum = old_maximum;
    float sum = old_sum;
    sync_block();  // the state is read before it is written below
    for (int c = thread_index(); c - thread_index() < a.value_dim; c += kThreads) {
      const bool exists = c < a.value_dim;
      maximum = old_maximum;
      sum = old_sum;
      float value = exists && !begins ? static_cast<float>(state.values[row * a.value_dim + c]) : 0.0F;
      for (std::int64_t i = first; i < end; ++i) {
        const std::int64_t at = i * a.rows + row;
        const float cut_maximum = a.maxima[at];
        const float top = larger(maximum, cut_maximum);
        const float old_factor = exponential(maximum - top);
        const float cut_factor = exponential(cut_maximum - top);
        if (exists) value = fused(value, old_factor, a.values[at * a.value_dim + c] * cut_factor);
        sum = fused(sum, old_factor, a.sums[at] * cut_factor);
        maximum = top;
      }
      if (!exists) continue;
      if (ends)
        a.output.data[(tile.first_row + token) * a.output.token_stride + head * a.output.head_stride + c] =
            value / sum;
      else
        state.values[row * a.value_dim + c] = value;
    }
    if (ends || thread_index() != 0) return;
    state.maxima[row] = maximum;
    state.sums[row] = sum;
  }
};

struct LoadLatent {
  static constexpr int kThreads = 128;
  LatentLoad a;

  RECKON_DEVICE void operator()() const {
    const std::int64_t i = block_x();
    const PagePlace page = find_page(a.place, a.table, a.sequence, a.first + i, 0);
    for (int d = thread_index(); d < a.place.row_stride; d += kThreads)
      a.to[i * a.place.row_stride + d] =
          d < a.dim ? cached_at(page.keys, page.slot * a.place.row_stride + d, a.place.type) : 0.0F;
  }
};

struct MultiplyHeads {
  static constexpr int kThreads = 128;
  static constexpr int kTokens = 4;  // share each element of the matrix that is read
  HeadProduct a;

  RECKON_DEVICE void operator()() const {
    const int head = block_y();
    const std::int64_t first = std::int64_t{block_x()} * kTokens;
    Global<const float> inputs[kTokens];
    Global<float> outputs[kTokens];
    for (int t = 0; t < kTokens; ++t) {
      const std::int64_t token = first + t < a.tokens ? first + t : a.tokens - 1;
      const std::int64_t from = a.input_rows != nullptr ? std::int64_t{a.input_rows[token]} : token;
      const std::int64_t to = a.output_rows != nullptr ? std::int64_t{a.output_rows[token]} : token;
      inputs[t] = a.input.data + (from * a.input.token_stride + head * a.input.head_stride);
      outputs[t] = a.output.data + (to * a.output.token_stride + head * a.output.head_stride);
    }
    const Global<const float> matrix = a.matrix + head * a.inner * a.width;
    for (int c = thread_index(); c < a.columns; c += kThreads) {
      float sums[kTokens] = {};
      for (int k = 0; k < a.inner; ++k) {
        const float m = matrix[k * a.width + c];
        RECKON_UNROLLED
        for (int t = 0; t < kTokens; ++t) sums[t] = fused(inputs[t][k], m, sums[t]);
      }
      RECKON_UNROLLED
      for (int t = 0; t < kTokens; ++t) {
        if (first + t < a.tokens) outputs[t][c] = sums[t];
      }
    }
    for (int c = thread_index(); c < a.carried; c += kThreads) {
      for (int t = 0; t < kTokens; ++t) {
        if (first + t < a.tokens) outputs[t][a.columns + c] = inputs[t][a.inner + c];
      }
    }
  }
};

template <KeySource source>
void start(const Stream& stream, const Attention& attention) {
  using Kernel = Attend<source>;
  const std::int64_t chunks = Kernel::chunks_of(attention.heads / attention.kv_heads);
  launch(stream, "attention", Kernel{attention},
         {attention.tile_count, attention.kv_heads * chunks, attention.cuts},
         Kernel::shared_bytes(attention.key_dim));
}

}  // namespace

void attend(const Stream& stream, const Attention& attention) {
  if (attention.on_tensor_cores)
    return attention.source == KeySource::pages ? attend_generated(stream, attention)
                                                : attend_latent(stream, attention);
  if (attention.source == KeySource::pages) return start<KeySource::pages>(stream, attention);
  if (attention.source == KeySource::latent) return start<KeySource::latent>(stream, attention);
  start<KeySource::expanded>(stream, attention);
}

void join_cuts(const Stream& stream, const Attention& attention, const JoinState& state) {
  launch(stream, "attention (joining cuts)", JoinCuts{attention, state},
         {attention.tile_count, std::int64_t{kQueryTileTokens} * attention.heads});
}

void load_latent(const Stream& stream, const LatentLoad& load) {
  launch(stream, "mla_attention (latent rows)", LoadLatent{load}, {load.count});
}

void multiply_heads(const Stream& stream, const HeadProduct& product) {
  launch(stream, "mla_attention (latent space)", MultiplyHeads{product},
         {blocks_for(product.tokens, MultiplyHeads::kTokens), product.heads});
}

}  // namespace reckon::kernels::RECKON_CUDA_NS
