#pragma once
// The part of a step whose results are wanted. What a prompt's tokens leave behind are keys and values, so
// the last layer need not go beyond these for the rows that nobody asks for.

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/batch.h"

namespace reckon::engine {

struct WantedRows {
  /// Consecutive rows of the whole step, which stand in `batch` from row `at` on.
  struct Range {
    std::int32_t first = 0;
    std::int32_t count = 0;
    std::int32_t at = 0;
  };

  kernels::RaggedBatch batch;  ///< of each sequence the tokens from its first wanted row on; none, no slice
  std::vector<Range> ranges;   ///< ascending, none next to the one before it
  std::vector<std::int32_t> rows;  ///< the wanted rows in their order, as rows of `batch`

  std::int32_t tokens() const { return static_cast<std::int32_t>(batch.token_ids.size()); }
};

/// `rows` in any order, each in [0, T).
WantedRows wanted_rows(const kernels::RaggedBatch& batch, std::span<const std::int32_t> rows);

}  // namespace reckon::engine
