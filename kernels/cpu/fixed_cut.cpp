#include "kernels/cpu/fixed_cut.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace reckon::kernels::cpu {

static_assert(kFixedScales == kKeyCutPositions && kFixedScales + kCutStrips <= kScoreStride);

float score_levels(std::int64_t dim) {
  const double largest = std::numeric_limits<std::int32_t>::max();
  return static_cast<float>(std::min(32767.0, std::floor(std::sqrt(largest / static_cast<double>(dim)))));
}

std::int64_t fixed_cut_floats(std::int64_t dim, std::int64_t value_width) {
  return kKeyCutPositions * (fixed_words(dim) + value_width / 2 + 2);
}

FixedCut fix_cut(const OpTable& ops, const Cut& cut, std::int64_t dim, std::int64_t value_width,
                 float* memory) {
  FixedCut fixed;
  fixed.begin = cut.begin;
  fixed.key_scales = memory;
  fixed.value_scales = memory + kKeyCutPositions;
  fixed.keys = reinterpret_cast<std::int32_t*>(memory + 2 * kKeyCutPositions);
  fixed.values = fixed.keys + kKeyCutPositions * fixed_words(dim);
  const float levels = score_levels(dim);
  for (std::int64_t strip = 0; strip < kCutStrips; ++strip) {
    if (cut.strips[strip].keys == nullptr) continue;
    ops.fix_keys(fixed.keys + strip * kStripKeys * fixed_words(dim), fixed.key_scales + strip * kStripKeys,
                 cut.strips[strip].keys, cut.key_stride, dim, cut.type, levels);
    ops.fix_values(fixed.values + strip * (kStripKeys / 2) * value_width,
                   fixed.value_scales + strip * kStripKeys, cut.strips[strip].values, cut.value_stride,
                   value_width, cut.type, kValueLevels);
  }
  return fixed;
}

CutResult compute_fixed_cut(const OpTable& ops, const QueryBlock& block, const FixedQueries& queries,
                            const FixedCut& cut, float* scratch) {
  const std::int64_t width = block.value_width;
  const std::int64_t heads = block.heads;
  const std::int64_t words = fixed_words(block.dim);
  const std::int64_t query_stride = pad_lanes(block.dim);
  const CutScratch memory = cut_scratch(scratch, block.rows(), width);
  const auto [first, last] = tokens_that_see(block, cut.begin, {0, kKeyCutPositions});
  if (first >= last) return {};

  const auto seen_of_strip = [&, begin = cut.begin](std::int64_t strip) {
    return tokens_that_see(block, begin, {strip * kStripKeys, (strip + 1) * kStripKeys});
  };
  for (std::int64_t strip = 0; strip < kCutStrips; ++strip) {
    const TokenRange tokens = seen_of_strip(strip);
    if (tokens.first >= tokens.last) continue;
    const std::int64_t row = tokens.first * heads;
    ops.score_fixed(memory.scores + row * kScoreStride + strip * kStripKeys, kScoreStride,
                    queries.numbers + row * query_stride, query_stride, queries.scales + row,
                    (tokens.last - tokens.first) * heads, cut.keys + strip * kStripKeys * words,
                    cut.key_scales + strip * kStripKeys, words);
  }
  for (std::int64_t token = first; token < last; ++token) {
    const KeyRange range = seen_in_cut(block, cut.begin, token);
    for (std::int64_t row = token * heads; row < (token + 1) * heads; ++row) {
      float* scores = memory.scores + row * kScoreStride;
      ops.softmax_cut(scores, range.begin, range.end, memory.maxima + row, memory.sums + row);
      ops.fix_weights(scores, range.begin, range.end, cut.value_scales, kWeightLevels);
    }
  }
  std::fill_n(memory.values + first * heads * width, (last - first) * heads * width, 0.0F);
  for (std::int64_t strip = 0; strip < kCutStrips; ++strip) {
    const TokenRange tokens = seen_of_strip(strip);
    if (tokens.first >= tokens.last) continue;
    const std::int64_t row = tokens.first * heads;
    ops.accumulate_fixed(memory.values + row * width, width, memory.scores + row * kScoreStride, kScoreStride,
                         (tokens.last - tokens.first) * heads, strip,
                         cut.values + strip * (kStripKeys / 2) * width, width);
  }
  return {first * heads, last * heads, memory.maxima, memory.sums, memory.values};
}

}  // namespace reckon::kernels::cpu
