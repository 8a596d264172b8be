#pragma once
// Grouping of tokens by expert, and the sum of the experts' outputs.

#include "kernels/cuda/product_kernels.h"

namespace reckon::kernels::RECKON_CUDA_NS {

struct ExpertGrouping {
  Global<const std::int32_t> chosen = nullptr;  ///< [tokens, top_k]
  std::int64_t tokens = 0;
  std::int32_t top_k = 0;
  std::int32_t experts = 0;
  std::int32_t tile_tokens = kTileTokens;  ///< most pairs of a tile
  // Results: pairs by expert, within an expert in token order, and the tiles that cover them.
  Global<std::int32_t> pairs = nullptr;       ///< [tokens * top_k]
  Global<std::int32_t> first_pair = nullptr;  ///< [experts + 1]
  Global<std::int32_t> first_tile = nullptr;  ///< [experts + 1]; the last is the number of tiles
  Global<ExpertTile> tiles = nullptr;         ///< [most_tiles()]
  Global<int> faults = nullptr;

  std::int64_t most_tiles() const {
    const std::int64_t all = tokens * top_k;
    return all / tile_tokens + (all < experts ? all : experts);
  }
};
/// The pair of a choice that names no expert is in no tile; one other than -1 is noted as a fault.
void group_by_expert(const Stream& stream, const ExpertGrouping& grouping);

/// Most pairs of a tile of tensor cores, of how many pairs there are on average an expert: long tiles for
/// prompts, whose rows fill them ("contiguous" in other libraries), short ones for decode ("masked"). Both
/// give the same bits.
std::int32_t expert_tile_tokens(std::int64_t pairs, std::int32_t experts);
/// The groups as a product takes them. `input_divisor`: input row = pair / input_divisor.
ExpertWork work_of(const ExpertGrouping& grouping, Global<const WeightView> weights,
                   std::int32_t input_divisor);

/// output [tokens, columns] += sum of weights[t, j] * partial[p], in ascending expert order, each by one
/// fused multiply-add; p = t * top_k + j, or places[t, j] where there are places.
struct ExpertSum {
  RowsOf<float> output;
  Global<const float> partial = nullptr;        ///< [tokens * top_k, columns]
  Global<const std::int32_t> chosen = nullptr;  ///< [tokens, top_k]
  Global<const float> weights = nullptr;        ///< [tokens, top_k]
  Global<const std::int32_t> places = nullptr;  ///< [tokens, top_k] or none
  std::int64_t partial_rows = 0;                ///< with places: how many rows there are
  std::int32_t top_k = 0;
};
void add_experts(const Stream& stream, const ExpertSum& sum);

/// Which of the rows for the ranks each pair (token, choice) takes: those of rank r in the order of the pairs
/// from row r * capacity on. A rank with more pairs than that is noted as a fault.
struct RankPlaces {
  Global<const std::int32_t> chosen = nullptr;  ///< [tokens, top_k]
  std::int64_t pairs = 0;                       ///< tokens * top_k
  std::int32_t ranks = 0;
  std::int32_t experts_per_rank = 0;
  std::int32_t capacity = 0;
  Global<std::int32_t> places = nullptr;   ///< [tokens, top_k]
  Global<std::int32_t> experts = nullptr;  ///< [ranks * capacity]: expert of the rank, -1: row not in use
  Global<int> faults = nullptr;
};
void place_by_rank(const Stream& stream, const RankPlaces& places);
/// Row places[t, j] of `to` [.., columns] = row t of `from`.
void send_rows(const Stream& stream, Global<float> to, const RowsOf<const float>& from,
               Global<const std::int32_t> places, std::int32_t top_k);
/// sum[i] = parts[0][i] + parts[1][i] + ..., in this order; parts [ranks][count].
void add_ranks(const Stream& stream, Global<float> sum, Global<const float> parts, std::int64_t count,
               std::int32_t ranks);

}  // namespace reckon::kernels::RECKON_CUDA_NS
