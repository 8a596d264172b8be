#include "kernels/cuda/expert_kernels.h"

#include "kernels/cuda/faults.h"
#include "kernels/cuda/launch.h"
#include "kernels/cuda/tensor_products.h"

namespace reckon::kernels::RECKON_CUDA_NS {
namespace {

/// One block: thread e goes through all choices for expert e, so that the order within an expert is that of
/// the tokens, without any sorting.
struct GroupByExpert {
  static constexpr int kThreads = 256;
  ExpertGrouping a;

  RECKON_DEVICE void operator()() const {
    const std::int64_t pairs = a.tokens * a.top_k;
    for (int e = thread_index(); e < a.experts; e += kThreads) {
      std::int32_t count = 0;
      for (std::int64_t i = 0; i < pairs; ++i) count += a.chosen[i] == e ? 1 : 0;
      a.first_pair[e + 1] = count;
    }
    sync_block();
    if (thread_index() == 0) {
      a.first_pair[0] = 0;
      a.first_tile[0] = 0;
      std::int32_t pair = 0;
      std::int32_t tile = 0;
      for (int e = 0; e < a.experts; ++e) {
        const std::int32_t count = a.first_pair[e + 1];
        pair += count;
        tile += (count + a.tile_tokens - 1) / a.tile_tokens;
        a.first_pair[e + 1] = pair;
        a.first_tile[e + 1] = tile;
      }
    }
    sync_block();
    for (int e = thread_index(); e < a.experts; e += kThreads) {
      const std::int32_t first = a.first_pair[e];
      std::int32_t next = first;
      for (std::int64_t i = 0; i < pairs; ++i) {
        if (a.chosen[i] == e) a.pairs[next++] = static_cast<std::int32_t>(i);
      }
      std::int32_t tile = a.first_tile[e];
      for (std::int32_t at = first; at < next; at += a.tile_tokens) {
        ExpertTile work;
        work.expert = e;
        work.first = at;
        work.count = next - at < a.tile_tokens ? next - at : a.tile_tokens;
        a.tiles[tile++] = work;
      }
    }
    for (std::int64_t i = thread_index(); i < pairs; i += kThreads) {
      const std::int32_t expert = a.chosen[i];
      if (expert >= -1 && expert < a.experts) continue;
      if (atomic_exchange_if(a.faults, 0, static_cast<int>(Fault::expert_index)) == 0)
        atomic_exchange_if(a.faults + 1, 0, expert);
    }
  }
};

struct AddExperts {
  static constexpr int kThreads = 256;
  ExpertSum a;

  RECKON_DEVICE void operator()() const {
    const std::int64_t token = block_x();
    const std::int64_t column = std::int64_t{block_y()} * kThreads + thread_index();
    if (column >= a.output.columns) return;
    float sum = a.output.row(token)[column];
    std::int32_t last_expert = -1;
    std::int32_t last_choice = -1;
    for (std::int32_t n = 0; n < a.top_k; ++n) {
      // The next by expert; the same expert twice: by choice.
      std::int32_t best = -1;
      std::int32_t best_expert = 0;
      for (std::int32_t j = 0; j < a.top_k; ++j) {
        const std::int32_t expert = a.chosen[token * a.top_k + j];
        const bool after = expert > last_expert || (expert == last_expert && j > last_choice);
        if (after && (best < 0 || expert < best_expert)) {
          best = j;
          best_expert = expert;
        }
      }
      if (best < 0) break;
      const std::int64_t pair = token * a.top_k + best;
      const std::int64_t row = a.places != nullptr ? std::int64_t{a.places[pair]} : pair;
      if (a.places == nullptr || (row >= 0 && row < a.partial_rows))
        sum = fused(a.weights[pair], a.partial[row * a.output.columns + column], sum);
      last_expert = best_expert;
      last_choice = best;
    }
    a.output.row(token)[column] = sum;
  }
};

/// One block: thread r goes through all pairs for rank r.
struct PlaceByRank {
  static constexpr int kThreads = 64;
  RankPlaces a;

  RECKON_DEVICE void operator()() const {
    const int rank = thread_index();
    if (rank >= a.ranks) return;
    const std::int32_t first = rank * a.capacity;
    std::int32_t used = 0;
    for (std::int64_t pair = 0; pair < a.pairs; ++pair) {
      const std::int32_t expert = a.chosen[pair];
      if (expert < 0 || expert / a.experts_per_rank != rank) continue;
      if (used == a.capacity) {
        if (atomic_exchange_if(a.faults, 0, static_cast<int>(Fault::capacity)) == 0)
          atomic_exchange_if(a.faults + 1, 0, rank);
        a.places[pair] = -1;
        continue;
      }
      a.places[pair] = first + used;
      a.experts[first + used] = expert % a.experts_per_rank;
      ++used;
    }
    for (; used < a.capacity; ++used) a.experts[first + used] = -1;
  }
};

struct SendRows {
  static constexpr int kThreads = 256;
  Global<float> to;
  RowsOf<const float> from;
  Global<const std::int32_t> places;
  std::int32_t top_k;

  RECKON_DEVICE void operator()() const {
    const std::int64_t pair = block_x();
    const std::int64_t column = std::int64_t{block_y()} * kThreads + thread_index();
    const std::int64_t place = places[pair];
    if (place >= 0 && column < from.columns)
      to[place * from.columns + column] = from.row(pair / top_k)[column];
  }
};

struct AddRanks {
  static constexpr int kThreads = 256;
  Global<float> sum;
  Global<const float> parts;
  std::int64_t count;
  std::int32_t ranks;

  RECKON_DEVICE void operator()() const {
    const std::int64_t i = std::int64_t{block_x()} * kThreads + thread_index();
    if (i >= count) return;
    float total = parts[i];
    for (std::int32_t r = 1; r < ranks; ++r) total = total + parts[r * count + i];
    sum[i] = total;
  }
};

}  // namespace

void place_by_rank(const Stream& stream, const RankPlaces& places) {
  launch(stream, "dispatch (places)", PlaceByRank{places}, {1});
}

void send_rows(const Stream& stream, Global<float> to, const RowsOf<const float>& from,
               Global<const std::int32_t> places, std::int32_t top_k) {
  launch(stream, "dispatch (rows)", SendRows{to, from, places, top_k},
         {from.rows * top_k, blocks_for(from.columns, SendRows::kThreads)});
}

void add_ranks(const Stream& stream, Global<float> sum, Global<const float> parts, std::int64_t count,
               std::int32_t ranks) {
  launch(stream, "all_reduce", AddRanks{sum, parts, count, ranks}, {blocks_for(count, AddRanks::kThreads)});
}

void group_by_expert(const Stream& stream, const ExpertGrouping& grouping) {
  launch(stream, "experts (grouping)", GroupByExpert{grouping}, {1});
}

std::int32_t expert_tile_tokens(std::int64_t pairs, std::int32_t experts) {
  return pairs > std::int64_t{kManyTileTokens} / 2 * experts ? kManyTileTokens : kFewTileTokens;
}

ExpertWork work_of(const ExpertGrouping& grouping, Global<const WeightView> weights,
                   std::int32_t input_divisor) {
  ExpertWork work;
  work.weights = weights;
  work.tiles = grouping.tiles;
  work.tile_count = grouping.first_tile + grouping.experts;
  work.pairs = grouping.pairs;
  work.input_divisor = input_divisor;
  work.most_tiles = grouping.most_tiles();
  work.tile_tokens = grouping.tile_tokens;
  return work;
}

void add_experts(const Stream& stream, const ExpertSum& sum) {
  launch(stream, "experts (sum)", AddExperts{sum},
         {sum.output.rows, blocks_for(sum.output.columns, AddExperts::kThreads)});
}

}  // namespace reckon::kernels::RECKON_CUDA_NS
