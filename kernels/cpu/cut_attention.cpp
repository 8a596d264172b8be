#include "kernels/cpu/cut_attention.h"

#include <algorithm>
#include <limits>

namespace reckon::kernels::cpu {
namespace {

std::int64_t element_bytes(Element type) { return type == Element::f32 ? 4 : 2; }

/// What will be read after the keys (or values) of strip `strip`. Keys of all strips come first, then values
/// of all; a cut that is not in the pages is in the caches already.
const void* after_keys(const Cut& cut, std::int64_t strip) {
  const void* here = cut.strips[strip].keys;
  if (!cut.in_pages) return here;
  const void* ahead = strip + 1 < kCutStrips ? cut.strips[strip + 1].keys : nullptr;
  return ahead != nullptr ? ahead : cut.strips[0].values != nullptr ? cut.strips[0].values : here;
}
const void* after_values(const Cut& cut, const Cut* next, std::int64_t strip) {
  const void* here = cut.strips[strip].values;
  if (!cut.in_pages) return here;
  const void* ahead = strip + 1 < kCutStrips ? cut.strips[strip + 1].values : nullptr;
  if (ahead == nullptr && next != nullptr) ahead = next->strips[0].keys;
  return ahead != nullptr ? ahead : here;
}

}  // namespace

KeyRange seen_in_cut(const QueryBlock& block, std::int64_t cut_begin, std::int64_t token) {
  return {std::max<std::int64_t>(0, block.first_seen(token) - cut_begin),
          std::min<std::int64_t>(kKeyCutPositions, block.first_position + token + 1 - cut_begin)};
}

TokenRange tokens_that_see(const QueryBlock& block, std::int64_t cut_begin, KeyRange keys) {
  TokenRange tokens{0, block.tokens};
  while (tokens.first < tokens.last && seen_in_cut(block, cut_begin, tokens.first).end <= keys.begin)
    ++tokens.first;
  while (tokens.first < tokens.last && seen_in_cut(block, cut_begin, tokens.last - 1).begin >= keys.end)
    --tokens.last;
  return tokens;
}

RowState make_row_state(float* memory, std::int64_t rows, std::int64_t value_width) {
  const RowState state{memory, memory + pad_lanes(rows), memory + 2 * pad_lanes(rows)};
  std::fill_n(state.maxima, rows, -std::numeric_limits<float>::infinity());
  std::fill_n(state.sums, rows, 0.0F);
  std::fill_n(state.values, rows * value_width, 0.0F);
  return state;
}

CutResult compute_cut(const OpTable& ops, const QueryBlock& block, const Cut& cut, float* scratch,
                      const Cut* next) {
  const std::int64_t width = block.value_width;
  const std::int64_t heads = block.heads;
  const CutScratch memory = cut_scratch(scratch, block.rows(), width);
  float* values = memory.values;
  float* scores = memory.scores;
  const auto [first, last] = tokens_that_see(block, cut.begin, {0, kKeyCutPositions});
  if (first >= last) return {};

  for (std::int64_t strip = 0; strip < kCutStrips; ++strip) {
    const std::int64_t key = strip * kStripKeys;
    const auto [from, to] = tokens_that_see(block, cut.begin, {key, key + kStripKeys});
    if (from >= to) continue;
    ops.score_strip(scores + from * heads * kScoreStride + key, kScoreStride,
                    block.queries + from * heads * block.dim, block.dim, (to - from) * heads,
                    cut.strips[strip].keys, cut.key_stride, block.dim, cut.type, block.scale,
                    after_keys(cut, strip));
  }

  for (std::int64_t token = first; token < last; ++token) {
    const KeyRange range = seen_in_cut(block, cut.begin, token);
    for (std::int64_t row = token * heads; row < (token + 1) * heads; ++row)
      ops.softmax_cut(scores + row * kScoreStride, range.begin, range.end, memory.maxima + row,
                      memory.sums + row);
  }

  std::fill_n(values + first * heads * width, (last - first) * heads * width, 0.0F);
  const auto accumulate = [&](std::int64_t strip, std::int64_t from, std::int64_t to, std::int64_t begin,
                              std::int64_t end) {
    const std::int64_t row = from * heads;
    const auto* rows = static_cast<const std::byte*>(cut.strips[strip].values) +
                       (begin - strip * kStripKeys) * cut.value_stride * element_bytes(cut.type);
    ops.accumulate(values + row * width, width, scores + row * kScoreStride + begin, kScoreStride,
                   (to - from) * heads, rows, cut.value_stride, end - begin, width, cut.type,
                   after_values(cut, next, strip));
  };
  for (std::int64_t strip = 0; strip < kCutStrips; ++strip) {
    const std::int64_t key = strip * kStripKeys;
    std::int64_t whole_from = first;  // tokens that see all 32 keys of the strip go through it together
    std::int64_t whole_to = last;
    while (whole_from < last && seen_in_cut(block, cut.begin, whole_from).end < key + kStripKeys)
      ++whole_from;
    while (whole_to > whole_from && seen_in_cut(block, cut.begin, whole_to - 1).begin > key) --whole_to;
    if (whole_from < whole_to) accumulate(strip, whole_from, whole_to, key, key + kStripKeys);
    for (std::int64_t token = first; token < last; ++token) {
      if (token >= whole_from && token < whole_to) continue;
      const KeyRange range = seen_in_cut(block, cut.begin, token);
      const std::int64_t begin = std::max(range.begin, key);
      const std::int64_t end = std::min(range.end, key + kStripKeys);
      if (begin < end) accumulate(strip, token, token + 1, begin, end);
    }
  }

  return {first * heads, last * heads, memory.maxima, memory.sums, values};
}

void join_cut(const OpTable& ops, const QueryBlock& block, const CutResult& cut, const RowState& state) {
  const std::int64_t width = block.value_width;
  for (std::int64_t row = cut.first_row; row < cut.last_row; ++row)
    ops.merge_cut(state.values + row * width, state.maxima + row, state.sums + row, cut.values + row * width,
                  cut.maxima[row], cut.sums[row], width);
}

}  // namespace reckon::kernels::cpu
