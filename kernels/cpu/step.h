#pragma once
// Checks of a ragged batch before anything runs on it.

#include <cstdint>

#include "kernels/batch.h"
#include "kernels/kv_cache.h"

namespace reckon::kernels::cpu {

/// Sizes agree, the sequences cover the tokens one after the other without gap or overlap, positions count up
/// from first_position, page numbers are not negative. Errors name the sequence.
void check_batch(const RaggedBatch& batch);

/// Every page that the batch's positions need is listed and exists in a cache of `spec`.
void check_pages(const RaggedBatch& batch, const KvCacheSpec& spec, const char* operation);

/// A run of consecutive new tokens of one sequence that share a role.
struct RoleRun {
  std::int32_t sequence = 0;
  std::int32_t first_token = 0;  ///< row in the step
  std::int32_t token_count = 0;
  std::int32_t first_position = 0;
  TokenRole role = TokenRole::prompt;
};
std::vector<RoleRun> role_runs(const RaggedBatch& batch);

}  // namespace reckon::kernels::cpu
