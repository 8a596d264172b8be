#pragma once
// One step of the engine: N sequences, each with any number of new tokens, over a paged KV cache.

#include <cstdint>
#include <vector>

#include "kernels/tensor.h"

namespace reckon::kernels {

/// What a token is to its sequence. The arithmetic of a token may depend on its role (MLA: prompt tokens
/// attend in the expanded form, generated ones in the absorbed form), never on what else is in the step.
enum class TokenRole : std::uint8_t { prompt = 0, generated = 1 };

/// New tokens of one sequence. They stand at positions [first_position, first_position + token_count), and
/// attend to every earlier position of the sequence, whose keys lie in `pages` already.
struct SequenceSlice {
  std::int32_t first_token = 0;     ///< row of its first new token in the step
  std::int32_t token_count = 0;     ///< > 0
  std::int32_t first_position = 0;  ///< tokens of the sequence already in the cache
  std::vector<std::int32_t> pages;  ///< physical page of positions [i * page_tokens, (i + 1) * page_tokens)
};

/// A ragged batch. T = token_ids.size() = sum of token_count.
struct RaggedBatch {
  std::vector<std::int32_t> token_ids;  ///< [T]
  std::vector<std::int32_t> positions;  ///< [T]
  std::vector<TokenRole> roles;         ///< [T]
  std::vector<SequenceSlice> sequences;
};

/// The batch after `Backend::begin_step` brought it to the device.
struct StepTensors {
  std::int32_t tokens = 0;            ///< T
  Tensor token_ids;                   ///< i32 [T]
  Tensor positions;                   ///< i32 [T]
  const RaggedBatch* host = nullptr;  ///< lives until the step's wait()
};

}  // namespace reckon::kernels
