#include "engine/model/wanted_rows.h"

#include <algorithm>
#include <cstddef>
#include <numeric>

namespace reckon::engine {
namespace {

template <typename T>
void append(std::vector<T>& to, const std::vector<T>& from, std::int32_t first, std::int32_t count) {
  to.insert(to.end(), from.begin() + first, from.begin() + first + count);
}

}  // namespace

WantedRows wanted_rows(const kernels::RaggedBatch& batch, std::span<const std::int32_t> rows) {
  std::vector<std::int32_t> places(batch.token_ids.size(), -1);  // of rows in the part; 0 marks a wanted one
  for (const std::int32_t row : rows) places[static_cast<std::size_t>(row)] = 0;

  WantedRows wanted;
  for (const kernels::SequenceSlice& slice : batch.sequences) {
    const auto begin = places.begin() + slice.first_token;
    const auto end = begin + slice.token_count;
    const auto skipped = static_cast<std::int32_t>(std::find(begin, end, 0) - begin);
    const std::int32_t count = slice.token_count - skipped;
    if (count == 0) continue;
    const std::int32_t first = slice.first_token + skipped;
    const std::int32_t at = wanted.tokens();
    wanted.batch.sequences.push_back({at, count, slice.first_position + skipped, slice.pages});
    append(wanted.batch.token_ids, batch.token_ids, first, count);
    append(wanted.batch.positions, batch.positions, first, count);
    append(wanted.batch.roles, batch.roles, first, count);
    std::iota(begin + skipped, end, at);
    if (!wanted.ranges.empty() && wanted.ranges.back().first + wanted.ranges.back().count == first) {
      wanted.ranges.back().count += count;
    } else {
      wanted.ranges.push_back({first, count, at});
    }
  }
  for (const std::int32_t row : rows) wanted.rows.push_back(places[static_cast<std::size_t>(row)]);
  return wanted;
}

}  // namespace reckon::engine
