#pragma once
// The tokens that penalties ask for, counted as they come instead of anew for each token.

#include <cstdint>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/tokenizer/tokenizer.h"
#include "kernels/sampling.h"

namespace reckon::engine {

inline bool has_penalties(const kernels::SamplingRow& row) {
  return row.repetition_penalty != 1.0F || row.presence_penalty != 0.0F || row.frequency_penalty != 0.0F;
}

/// Keeps SamplingRow::seen of one sequence up to date.
class SeenTokens {
 public:
  void add_prompt(kernels::SamplingRow& row, std::span<const TokenId> tokens) {
    for (const TokenId token : tokens) entry(row, token);
  }
  void add_generated(kernels::SamplingRow& row, TokenId token) { ++entry(row, token).second; }

 private:
  std::pair<std::int32_t, std::int32_t>& entry(kernels::SamplingRow& row, TokenId token) {
    const auto [place, added] = places_.try_emplace(token, row.seen.size());
    if (added) row.seen.emplace_back(token, 0);
    return row.seen[place->second];
  }

  std::unordered_map<TokenId, std::size_t> places_;
};

}  // namespace reckon::engine
