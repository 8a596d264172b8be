#pragma once
// Attention of a block of query rows over the keys of one sequence, cut by cut.
//
// Arithmetic of one row (a token and head), for each cut of kKeyCutPositions positions from position 0:
//   score = scale * (chain of fma over the head dimension), maximum, exp(score - maximum) in 16 lanes and a
//   tree, values in a chain of fma over the keys; cuts are then joined in order (OpTable::merge_cut).
// The rows that share a block, and whether keys are read from pages or from a converted copy, change nothing.

#include <cstdint>

#include "kernels/cpu/memory.h"
#include "kernels/cpu/ops/op_table.h"
#include "kernels/kv_cache.h"

namespace reckon::kernels::cpu {

constexpr std::int64_t kCutStrips = kKeyCutPositions / kStripKeys;
/// Rows a block aims at: enough to pay for converting a cut, few enough for its scores to stay in the L2
/// cache.
constexpr std::int64_t kBlockRows = 96;
/// Floats between rows of scores: a cut and one vector more, for rows 1 KiB apart would share a few cache
/// sets.
constexpr std::int64_t kScoreStride = kKeyCutPositions + kVectorFloats;

/// 32 positions: keys [dim][key_stride], values [32][value_stride].
struct Strip {
  const void* keys = nullptr;
  const void* values = nullptr;
};

/// The keys and values of one cut, by strips. Only strips that hold needed positions are set.
struct Cut {
  std::int64_t begin = 0;  ///< position of its first key
  Strip strips[kCutStrips];
  std::int64_t key_stride = kStripKeys;
  std::int64_t value_stride = 0;
  Element type = Element::f32;
  bool in_pages = false;  ///< where other work has pushed it out of the caches
};

/// `tokens` consecutive tokens of a sequence times `heads` heads; row r = token r / heads, head r % heads.
struct QueryBlock {
  const float* queries = nullptr;  ///< dense [rows][dim]
  std::int64_t tokens = 0;
  std::int64_t heads = 0;
  std::int64_t first_position = 0;
  std::int64_t window = 0;  ///< 0: none; else a token sees itself and window - 1 positions before it
  std::int64_t dim = 0;
  std::int64_t value_width = 0;  ///< padded to 16
  float scale = 1.0F;

  std::int64_t rows() const { return tokens * heads; }
  /// First position that token `token` sees.
  std::int64_t first_seen(std::int64_t token) const {
    const std::int64_t position = first_position + token;
    return window > 0 && position >= window ? position - window + 1 : 0;
  }
};

/// Keys [begin, end) of a cut; none when end <= begin.
struct KeyRange {
  std::int64_t begin;
  std::int64_t end;
};
/// What one token sees of the cut that starts at position `cut_begin`.
KeyRange seen_in_cut(const QueryBlock& block, std::int64_t cut_begin, std::int64_t token);

/// Tokens [first, last) of a block.
struct TokenRange {
  std::int64_t first;
  std::int64_t last;
};
/// The tokens that see one of `keys`. They follow each other: those before the keys come first, those whose
/// window has left them behind come last.
TokenRange tokens_that_see(const QueryBlock& block, std::int64_t cut_begin, KeyRange keys);

/// What a block has summed up over the cuts so far.
struct RowState {
  float* maxima = nullptr;  ///< [rows]
  float* sums = nullptr;    ///< [rows]
  float* values = nullptr;  ///< [rows][value_width]
};

/// What one cut gives for the rows that see a position of it. Rows index the block.
struct CutResult {
  std::int64_t first_row = 0;
  std::int64_t last_row = 0;
  const float* maxima = nullptr;  ///< [rows]
  const float* sums = nullptr;    ///< [rows]
  const float* values = nullptr;  ///< [rows][value_width]
};

/// What computing a cut needs; the CutResult lies in it.
struct CutScratch {
  float* values = nullptr;  ///< [rows][value_width]
  float* maxima = nullptr;  ///< [rows]
  float* sums = nullptr;    ///< [rows]
  float* scores = nullptr;  ///< [rows][kScoreStride]
};
inline CutScratch cut_scratch(float* memory, std::int64_t rows, std::int64_t value_width) {
  float* maxima = memory + rows * value_width;
  return {memory, maxima, maxima + pad_lanes(rows), maxima + 2 * pad_lanes(rows)};
}
/// Floats of scratch that compute_cut needs for a block of `rows`; its result lies in the first of them.
inline std::int64_t cut_scratch_floats(std::int64_t rows, std::int64_t value_width) {
  return rows * (kScoreStride + value_width) + 2 * pad_lanes(rows);
}

/// Floats that the state of `rows` takes.
inline std::int64_t row_state_floats(std::int64_t rows, std::int64_t value_width) {
  return pad_lanes(rows) * 2 + rows * value_width;
}
/// Lays a state out in memory of row_state_floats() floats and empties it.
RowState make_row_state(float* memory, std::int64_t rows, std::int64_t value_width);

/// `next`, or null, is the cut that will be computed next: its first keys are asked for towards the end.
CutResult compute_cut(const OpTable& ops, const QueryBlock& block, const Cut& cut, float* scratch,
                      const Cut* next = nullptr);
/// Adds a cut to the state. Cuts are to be joined in ascending order.
void join_cut(const OpTable& ops, const QueryBlock& block, const CutResult& cut, const RowState& state);

inline void attend_cut(const OpTable& ops, const QueryBlock& block, const Cut& cut, const RowState& state,
                       float* scratch, const Cut* next = nullptr) {
  join_cut(ops, block, compute_cut(ops, block, cut, scratch, next), state);
}

}  // namespace reckon::kernels::cpu
