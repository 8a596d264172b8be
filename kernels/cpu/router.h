#pragma once
// Expert choice of one token (RouterSpec in kernels/backend.h).

#include <cstdint>
#include <vector>

#include "kernels/backend.h"
#include "kernels/cpu/ops/op_table.h"

namespace reckon::kernels::cpu {

/// Errors: counts that are not positive, experts that the groups do not divide, top_k over what the kept
/// groups hold, groups of one expert with top-2 sums.
void check_router(const RouterSpec& spec);

struct RouterScratch {
  std::vector<float> scores;         ///< [E] weights before normalisation
  std::vector<float> biased;         ///< [E] what the choice is made by
  std::vector<std::uint8_t> masked;  ///< [E] not to be chosen (any more)
};

/// `logits` [E], `bias` [E] or null -> `chosen` and `weights` [K]. Not-a-number scores still give distinct
/// experts.
void route_token(const OpTable& ops, const RouterSpec& spec, const float* logits, const float* bias,
                 std::int32_t* chosen, float* weights, RouterScratch& scratch);

}  // namespace reckon::kernels::cpu
