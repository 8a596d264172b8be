// Scores of queries against a strip of 32 keys: lanes run along the keys.
//
// Each score is one chain of fused multiply-adds over the head dimension, so that tile sizes are free: a
// result never depends on which rows share its tile.
#include "kernels/cpu/ops/loads.h"
#include "kernels/cpu/ops/path_ops.h"
#include "kernels/cpu/ops/row_tiles.h"

namespace reckon::kernels::cpu::RECKON_SIMD_NS {
namespace {

#if defined(RECKON_SIMD_AVX512)
constexpr int kScoreRows = 12;  // 12 x 2 sums + 2 keys + 1 query of 32 registers
#else
constexpr int kScoreRows = 2;
#endif

template <class Load, int rows>
void score_tile(float* scores, std::int64_t score_stride, const float* queries, std::int64_t query_stride,
                const typename Load::Element* keys, std::int64_t key_stride, std::int64_t dim, float scale,
                const char* ahead) {
  Vec16 sums[rows][2];
#pragma GCC unroll 16
  for (int r = 0; r < rows; ++r) {
    sums[r][0] = zero();
    sums[r][1] = zero();
  }
  for (std::int64_t d = 0; d < dim; ++d) {
    const Vec16 low = Load::at(keys + d * key_stride);
    const Vec16 high = Load::at(keys + d * key_stride + kLanes);
    __builtin_prefetch(ahead + d * kLineBytes);
#pragma GCC unroll 16
    for (int r = 0; r < rows; ++r) {
      const Vec16 query = broadcast(queries[r * query_stride + d]);
      sums[r][0] = fma(query, low, sums[r][0]);
      sums[r][1] = fma(query, high, sums[r][1]);
    }
  }
  const Vec16 factor = broadcast(scale);
#pragma GCC unroll 16
  for (int r = 0; r < rows; ++r) {
    store(scores + r * score_stride, sums[r][0] * factor);
    store(scores + r * score_stride + kLanes, sums[r][1] * factor);
  }
}

template <class Load>
void score_typed(float* scores, std::int64_t score_stride, const float* queries, std::int64_t query_stride,
                 std::int64_t rows, const void* keys, std::int64_t key_stride, std::int64_t dim, float scale,
                 const void* ahead) {
  const auto* typed = static_cast<const typename Load::Element*>(keys);
  const auto* next = static_cast<const char*>(ahead);
  in_row_tiles<kScoreRows>(rows, [&]<int tile_rows>(std::int64_t row) {
    score_tile<Load, tile_rows>(scores + row * score_stride, score_stride, queries + row * query_stride,
                                query_stride, typed, key_stride, dim, scale, next);
  });
}

}  // namespace

void score_strip(float* scores, std::int64_t score_stride, const float* queries, std::int64_t query_stride,
                 std::int64_t rows, const void* keys, std::int64_t key_stride, std::int64_t dim, Element type,
                 float scale, const void* ahead) {
  if (type == Element::f16)
    score_typed<LoadF16>(scores, score_stride, queries, query_stride, rows, keys, key_stride, dim, scale,
                         ahead);
  else if (type == Element::bf16)
    score_typed<LoadBf16>(scores, score_stride, queries, query_stride, rows, keys, key_stride, dim, scale,
                          ahead);
  else
    score_typed<LoadF32>(scores, score_stride, queries, query_stride, rows, keys, key_stride, dim, scale,
                         ahead);
}

}  // namespace reckon::kernels::cpu::RECKON_SIMD_NS
