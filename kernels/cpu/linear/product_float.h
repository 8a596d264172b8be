#pragma once
// Products with float activations: sixteen lanes along k. Kernel code (see vec16.h).

#include "kernels/cpu/linear/product_table.h"
#include "kernels/cpu/simd/vec16.h"

namespace reckon::kernels::cpu::RECKON_SIMD_NS {
namespace {

struct F32Rows {
  using Element = float;
  RECKON_INLINE static Vec16 get(const float* p) { return load(p); }
  RECKON_INLINE static Vec16 get_partial(const float* p, int n) { return load_partial(p, n); }
};
struct F16Rows {
  using Element = std::uint16_t;
  RECKON_INLINE static Vec16 get(const std::uint16_t* p) { return load_f16(p); }
  RECKON_INLINE static Vec16 get_partial(const std::uint16_t* p, int n) { return load_f16_partial(p, n); }
};
struct Bf16Rows {
  using Element = std::uint16_t;
  RECKON_INLINE static Vec16 get(const std::uint16_t* p) { return load_bf16(p); }
  RECKON_INLINE static Vec16 get_partial(const std::uint16_t* p, int n) { return load_bf16_partial(p, n); }
};

// Rows and tokens whose sums stay in registers together.
#if defined(RECKON_SIMD_AVX512)
constexpr int kTileRows = 4;
constexpr int kTileTokens = 6;
#else
constexpr int kTileRows = 2;
constexpr int kTileTokens = 2;
#endif

/// `rows` of R weights times `input` of T tokens.
template <typename Type, int R, int T>
RECKON_INLINE void float_tile(float* tile, const typename Type::Element* const* rows,
                              const float* const* input, std::int64_t columns) {
  Vec16 sums[R][T];
  RECKON_UNROLL
  for (int r = 0; r < R; ++r) {
    RECKON_UNROLL
    for (int t = 0; t < T; ++t) sums[r][t] = zero();
  }
  std::int64_t k = 0;
  for (; k + kLanes <= columns; k += kLanes) {
    Vec16 w[R];
    RECKON_UNROLL
    for (int r = 0; r < R; ++r) w[r] = Type::get(rows[r] + k);
    RECKON_UNROLL
    for (int t = 0; t < T; ++t) {
      const Vec16 x = load(input[t] + k);
      RECKON_UNROLL
      for (int r = 0; r < R; ++r) sums[r][t] = fma(w[r], x, sums[r][t]);
    }
  }
  if (k < columns) {
    const int rest = static_cast<int>(columns - k);
    RECKON_UNROLL
    for (int t = 0; t < T; ++t) {
      const Vec16 x = load_partial(input[t] + k, rest);
      RECKON_UNROLL
      for (int r = 0; r < R; ++r) sums[r][t] = fma(Type::get_partial(rows[r] + k, rest), x, sums[r][t]);
    }
  }
  RECKON_UNROLL
  for (int t = 0; t < T; ++t) {
    RECKON_UNROLL
    for (int r = 0; r < R; ++r) tile[t * kPanelRows + r] = reduce_add(sums[r][t]);
  }
}

/// All rows of the panel for T tokens, R at a time.
template <typename Type, int R, int T>
void float_tokens(const FloatArguments& a, int first_token) {
  const float* input[T];
  for (int t = 0; t < T; ++t) input[t] = a.input + (first_token + t) * a.input_stride;
  for (int first = 0; first < a.rows; first += R) {
    const typename Type::Element* rows[R];
    for (int r = 0; r < R; ++r) {  // past the end: the last row again, its results are left out
      const int row = first + r < a.rows ? first + r : a.rows - 1;
      rows[r] = reinterpret_cast<const typename Type::Element*>(static_cast<const char*>(a.weights) +
                                                                row * a.row_bytes);
    }
    float_tile<Type, R, T>(a.tile + first_token * kPanelRows + first, rows, input, a.columns);
  }
}

template <typename Type>
void float_product(const FloatArguments& a) {
  int t = 0;
  for (; t + kTileTokens <= a.tokens; t += kTileTokens) float_tokens<Type, kTileRows, kTileTokens>(a, t);
  if constexpr (kTileTokens > 2) {
    for (; t + 4 <= a.tokens; t += 4) float_tokens<Type, kTileRows, 4>(a, t);
    for (; t + 2 <= a.tokens; t += 2) float_tokens<Type, kTileRows, 2>(a, t);
  }
  // One token leaves registers for more rows, hence more rows of memory in flight.
  for (; t < a.tokens; ++t) float_tokens<Type, kTileRows * 2, 1>(a, t);
}

}  // namespace
}  // namespace reckon::kernels::cpu::RECKON_SIMD_NS
