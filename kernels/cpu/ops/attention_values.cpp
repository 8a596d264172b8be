// Weighted sums of value rows: lanes run along the value dimension, keys follow each other in one chain of
// fused multiply-adds for each result, whatever the tile.
#include "kernels/cpu/ops/loads.h"
#include "kernels/cpu/ops/path_ops.h"
#include "kernels/cpu/ops/row_tiles.h"

namespace reckon::kernels::cpu::RECKON_SIMD_NS {
namespace {

#if defined(RECKON_SIMD_AVX512)
constexpr int kValueRows = 6;  // 6 x 4 sums + 4 values + 1 weight of 32 registers
constexpr int kValueVectors = 4;
#else
constexpr int kValueRows = 2;
constexpr int kValueVectors = 2;
#endif

template <class Load, int rows, int vectors>
void value_tile(float* out, std::int64_t out_stride, const float* weights, std::int64_t weight_stride,
                const typename Load::Element* values, std::int64_t value_stride, std::int64_t keys,
                const char* ahead) {
  constexpr int kLines =
      (vectors * kLanes * static_cast<int>(sizeof(typename Load::Element)) + kLineBytes - 1) / kLineBytes;
  Vec16 sums[rows][vectors];
#pragma GCC unroll 16
  for (int r = 0; r < rows; ++r) {
#pragma GCC unroll 16
    for (int c = 0; c < vectors; ++c) sums[r][c] = load(out + r * out_stride + c * kLanes);
  }
  for (std::int64_t j = 0; j < keys; ++j) {
    Vec16 value[vectors];
#pragma GCC unroll 16
    for (int c = 0; c < vectors; ++c) value[c] = Load::at(values + j * value_stride + c * kLanes);
#pragma GCC unroll 16
    for (int line = 0; line < kLines; ++line) __builtin_prefetch(ahead + (j * kLines + line) * kLineBytes);
#pragma GCC unroll 16
    for (int r = 0; r < rows; ++r) {
      const Vec16 weight = broadcast(weights[r * weight_stride + j]);
#pragma GCC unroll 16
      for (int c = 0; c < vectors; ++c) sums[r][c] = fma(weight, value[c], sums[r][c]);
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < rows; ++r) {
#pragma GCC unroll 16
    for (int c = 0; c < vectors; ++c) store(out + r * out_stride + c * kLanes, sums[r][c]);
  }
}

template <class Load, int vectors>
void value_columns(float* out, std::int64_t out_stride, const float* weights, std::int64_t weight_stride,
                   std::int64_t rows, const typename Load::Element* values, std::int64_t value_stride,
                   std::int64_t keys, const char* ahead) {
  in_row_tiles<kValueRows>(rows, [&]<int tile_rows>(std::int64_t row) {
    value_tile<Load, tile_rows, vectors>(out + row * out_stride, out_stride, weights + row * weight_stride,
                                         weight_stride, values, value_stride, keys, ahead);
  });
}

template <class Load>
void accumulate_typed(float* out, std::int64_t out_stride, const float* weights, std::int64_t weight_stride,
                      std::int64_t rows, const void* values, std::int64_t value_stride, std::int64_t keys,
                      std::int64_t width, const void* ahead) {
  const auto* typed = static_cast<const typename Load::Element*>(values);
  const auto* next = static_cast<const char*>(ahead);
  std::int64_t column = 0;
  for (; column + kValueVectors * kLanes <= width; column += kValueVectors * kLanes)
    value_columns<Load, kValueVectors>(out + column, out_stride, weights, weight_stride, rows, typed + column,
                                       value_stride, keys,
                                       next + column * keys * std::int64_t{sizeof(typename Load::Element)});
  for (; column + 2 * kLanes <= width; column += 2 * kLanes)
    value_columns<Load, 2>(out + column, out_stride, weights, weight_stride, rows, typed + column,
                           value_stride, keys,
                           next + column * keys * std::int64_t{sizeof(typename Load::Element)});
  for (; column < width; column += kLanes)
    value_columns<Load, 1>(out + column, out_stride, weights, weight_stride, rows, typed + column,
                           value_stride, keys,
                           next + column * keys * std::int64_t{sizeof(typename Load::Element)});
}

}  // namespace

void accumulate(float* out, std::int64_t out_stride, const float* weights, std::int64_t weight_stride,
                std::int64_t rows, const void* values, std::int64_t value_stride, std::int64_t keys,
                std::int64_t width, Element type, const void* ahead) {
  if (type == Element::f16)
    accumulate_typed<LoadF16>(out, out_stride, weights, weight_stride, rows, values, value_stride, keys,
                              width, ahead);
  else if (type == Element::bf16)
    accumulate_typed<LoadBf16>(out, out_stride, weights, weight_stride, rows, values, value_stride, keys,
                               width, ahead);
  else
    accumulate_typed<LoadF32>(out, out_stride, weights, weight_stride, rows, values, value_stride, keys,
                              width, ahead);
}

}  // namespace reckon::kernels::cpu::RECKON_SIMD_NS
