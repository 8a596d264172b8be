// Attention in 16-bit fixed point: two products an instruction and lane where a float lane has one. Sums of
// products are exact, so that neither tiles nor the order of keys and dimensions can change a result.
#include "kernels/cpu/ops/loads.h"
#include "kernels/cpu/ops/path_ops.h"
#include "kernels/cpu/ops/row_tiles.h"
#include "kernels/cpu/simd/magnitudes.h"

namespace reckon::kernels::cpu::RECKON_SIMD_NS {
namespace {

#if defined(RECKON_SIMD_AVX512)
constexpr int kScoreRows = 12;  // 12 x 2 sums + 2 keys of 32 registers
constexpr int kValueRows = 6;   // 6 x 4 sums + 4 values + 1 weight of 32 registers
constexpr int kValueVectors = 4;
#else
constexpr int kScoreRows = 2;
constexpr int kValueRows = 2;
constexpr int kValueVectors = 2;
#endif

struct Scaling {
  float scale;
  float inverse;
};

/// Of numbers with these magnitudes in all lanes together.
RECKON_INLINE Scaling scaling(const Magnitudes& sizes, float levels) {
  if (!all(sizes.finite)) return {__builtin_nanf(""), 0.0F};
  const float amax = reduce_max(sizes.largest);
  if (amax < kSmallestAmax) return {0.0F, 0.0F};
  return {amax / levels, levels / amax};
}

/// Words of two 16-bit numbers, the first in the low half.
RECKON_INLINE Vec16i pair_words(Vec16i first, Vec16i second) {
  return (first & broadcast_i32(0xffff)) | shift_left<16>(second);
}

RECKON_INLINE Vec16i word_at(const std::int16_t* pair) {
  std::int32_t word;
  __builtin_memcpy(&word, pair, sizeof word);
  return broadcast_i32(word);
}

RECKON_INLINE std::int16_t* fixed_weights(float* weights) { return reinterpret_cast<std::int16_t*>(weights); }
RECKON_INLINE const std::int16_t* fixed_weights(const float* weights) {
  return reinterpret_cast<const std::int16_t*>(weights);
}

template <class Load>
void fix_keys_typed(std::int32_t* to, float* scales, const typename Load::Element* keys,
                    std::int64_t key_stride, std::int64_t dim, float levels) {
  for (int half = 0; half < 2; ++half, keys += kLanes, to += kLanes, scales += kLanes) {
    Magnitudes sizes;
    for (std::int64_t d = 0; d < dim; ++d) sizes.add(Load::at(keys + d * key_stride));
    const Vec16 amax = sizes.largest;
    const Mask16 is_zero = less(amax, broadcast(kSmallestAmax));
    store(scales, select(sizes.finite, select(is_zero, zero(), amax / broadcast(levels)),
                         broadcast(__builtin_nanf(""))));
    const Vec16 inverse = select(is_zero | ~sizes.finite, zero(), broadcast(levels) / amax);
    for (std::int64_t d = 0; d < dim; d += 2) {
      const Vec16i first = to_int(Load::at(keys + d * key_stride) * inverse);
      const Vec16i second =
          d + 1 < dim ? to_int(Load::at(keys + (d + 1) * key_stride) * inverse) : broadcast_i32(0);
      store_i32(to + d / 2 * kStripKeys, pair_words(first, second));
    }
  }
}

template <class Load>
RECKON_INLINE Scaling scaling_of_values(const typename Load::Element* values, std::int64_t width,
                                        float levels) {
  Magnitudes sizes;
  for (std::int64_t c = 0; c < width; c += kLanes) sizes.add(Load::at(values + c));
  return scaling(sizes, levels);
}

template <class Load>
void fix_values_typed(std::int32_t* to, float* scales, const typename Load::Element* values,
                      std::int64_t value_stride, std::int64_t width, float levels) {
  for (int key = 0; key < kStripKeys; key += 2, to += width, values += 2 * value_stride) {
    const Scaling first = scaling_of_values<Load>(values, width, levels);
    const Scaling second = scaling_of_values<Load>(values + value_stride, width, levels);
    scales[key] = first.scale;
    scales[key + 1] = second.scale;
    for (std::int64_t c = 0; c < width; c += kLanes)
      store_i32(to + c, pair_words(to_int(Load::at(values + c) * broadcast(first.inverse)),
                                   to_int(Load::at(values + value_stride + c) * broadcast(second.inverse))));
  }
}

template <int rows>
void score_tile(float* scores, std::int64_t score_stride, const std::int16_t* queries,
                std::int64_t query_stride, const float* row_scales, const std::int32_t* keys,
                const float* key_scales, std::int64_t words) {
  Vec16i sums[rows][2];
  RECKON_UNROLL
  for (int r = 0; r < rows; ++r) {
    sums[r][0] = broadcast_i32(0);
    sums[r][1] = broadcast_i32(0);
  }
  for (std::int64_t w = 0; w < words; ++w) {
    const Vec16i low = load_i32(keys + w * kStripKeys);
    const Vec16i high = load_i32(keys + w * kStripKeys + kLanes);
    RECKON_UNROLL
    for (int r = 0; r < rows; ++r) {
      const Vec16i query = word_at(queries + r * query_stride + 2 * w);
      add_dot_pairs(sums[r][0], low, query);
      add_dot_pairs(sums[r][1], high, query);
    }
  }
  const Vec16 low_scale = load(key_scales);
  const Vec16 high_scale = load(key_scales + kLanes);
  RECKON_UNROLL
  for (int r = 0; r < rows; ++r) {
    const Vec16 row_scale = broadcast(row_scales[r]);
    store(scores + r * score_stride, to_float(sums[r][0]) * low_scale * row_scale);
    store(scores + r * score_stride + kLanes, to_float(sums[r][1]) * high_scale * row_scale);
  }
}

template <int rows, int vectors>
void value_tile(float* out, std::int64_t out_stride, const float* weights, std::int64_t weight_stride,
                std::int64_t strip, const std::int32_t* values, std::int64_t width) {
  Vec16i sums[rows][vectors];
  RECKON_UNROLL
  for (int r = 0; r < rows; ++r) {
    RECKON_UNROLL
    for (int c = 0; c < vectors; ++c) sums[r][c] = broadcast_i32(0);
  }
  for (std::int64_t pair = 0; pair < kStripKeys / 2; ++pair) {
    Vec16i value[vectors];
    RECKON_UNROLL
    for (int c = 0; c < vectors; ++c) value[c] = load_i32(values + pair * width + c * kLanes);
    RECKON_UNROLL
    for (int r = 0; r < rows; ++r) {
      const Vec16i weight =
          word_at(fixed_weights(weights + r * weight_stride) + strip * kStripKeys + 2 * pair);
      RECKON_UNROLL
      for (int c = 0; c < vectors; ++c) add_dot_pairs(sums[r][c], value[c], weight);
    }
  }
  RECKON_UNROLL
  for (int r = 0; r < rows; ++r) {
    const Vec16 scale = broadcast(weights[r * weight_stride + kFixedScales + strip]);
    RECKON_UNROLL
    for (int c = 0; c < vectors; ++c) {
      float* sum = out + r * out_stride + c * kLanes;
      store(sum, fma(to_float(sums[r][c]), scale, load(sum)));
    }
  }
}

template <int vectors>
void value_columns(float* out, std::int64_t out_stride, const float* weights, std::int64_t weight_stride,
                   std::int64_t rows, std::int64_t strip, const std::int32_t* values, std::int64_t width) {
  in_row_tiles<kValueRows>(rows, [&]<int tile_rows>(std::int64_t row) {
    value_tile<tile_rows, vectors>(out + row * out_stride, out_stride, weights + row * weight_stride,
                                   weight_stride, strip, values, width);
  });
}

}  // namespace

float fix_row(std::int16_t* to, const float* from, std::int64_t n, float levels) {
  const auto lanes_at = [&](std::int64_t i) {
    return i + kLanes <= n ? load(from + i) : load_partial(from + i, static_cast<int>(n - i));
  };
  Magnitudes sizes;
  for (std::int64_t i = 0; i < n; i += kLanes) sizes.add(lanes_at(i));
  const Scaling row = scaling(sizes, levels);
  for (std::int64_t i = 0; i < n; i += kLanes)
    store_u16(reinterpret_cast<std::uint16_t*>(to + i), to_int(lanes_at(i) * broadcast(row.inverse)));
  return row.scale;
}

void fix_keys(std::int32_t* to, float* scales, const void* keys, std::int64_t key_stride, std::int64_t dim,
              Element type, float levels) {
  if (type == Element::f16)
    fix_keys_typed<LoadF16>(to, scales, static_cast<const std::uint16_t*>(keys), key_stride, dim, levels);
  else if (type == Element::bf16)
    fix_keys_typed<LoadBf16>(to, scales, static_cast<const std::uint16_t*>(keys), key_stride, dim, levels);
  else
    fix_keys_typed<LoadF32>(to, scales, static_cast<const float*>(keys), key_stride, dim, levels);
}

void fix_values(std::int32_t* to, float* scales, const void* values, std::int64_t value_stride,
                std::int64_t width, Element type, float levels) {
  if (type == Element::f16)
    fix_values_typed<LoadF16>(to, scales, static_cast<const std::uint16_t*>(values), value_stride, width,
                              levels);
  else if (type == Element::bf16)
    fix_values_typed<LoadBf16>(to, scales, static_cast<const std::uint16_t*>(values), value_stride, width,
                               levels);
  else
    fix_values_typed<LoadF32>(to, scales, static_cast<const float*>(values), value_stride, width, levels);
}

void score_fixed(float* scores, std::int64_t score_stride, const std::int16_t* queries,
                 std::int64_t query_stride, const float* row_scales, std::int64_t rows,
                 const std::int32_t* keys, const float* key_scales, std::int64_t words) {
  in_row_tiles<kScoreRows>(rows, [&]<int tile_rows>(std::int64_t row) {
    score_tile<tile_rows>(scores + row * score_stride, score_stride, queries + row * query_stride,
                          query_stride, row_scales + row, keys, key_scales, words);
  });
}

void fix_weights(float* weights, std::int64_t begin, std::int64_t end, const float* value_scales,
                 float levels) {
  // A key without weight, whether unseen or far below the maximum, counts as nothing whatever its values are:
  // of an unseen one even the scale may be anything.
  const auto product = [&](std::int64_t i) {
    if (i + kLanes <= begin || i >= end) return zero();
    const Vec16 weight = load(weights + i);
    return select(equal(weight, zero()), zero(), weight * load(value_scales + i));
  };
  for (std::int64_t strip = begin / kStripKeys; strip * kStripKeys < end; ++strip) {
    const std::int64_t i = strip * kStripKeys;
    const Vec16 low = product(i);
    const Vec16 high = product(i + kLanes);
    Magnitudes sizes;
    sizes.add(low);
    sizes.add(high);
    const Scaling fixed = scaling(sizes, levels);
    // In place: a number takes half of what its weight took, and this strip's weights are read already.
    auto* to = reinterpret_cast<std::uint16_t*>(fixed_weights(weights) + i);
    store_u16(to, to_int(low * broadcast(fixed.inverse)));
    store_u16(to + kLanes, to_int(high * broadcast(fixed.inverse)));
    weights[kFixedScales + strip] = fixed.scale;
  }
}

void accumulate_fixed(float* out, std::int64_t out_stride, const float* weights, std::int64_t weight_stride,
                      std::int64_t rows, std::int64_t strip, const std::int32_t* values, std::int64_t width) {
  std::int64_t column = 0;
  for (; column + kValueVectors * kLanes <= width; column += kValueVectors * kLanes)
    value_columns<kValueVectors>(out + column, out_stride, weights, weight_stride, rows, strip,
                                 values + column, width);
  for (; column + 2 * kLanes <= width; column += 2 * kLanes)
    value_columns<2>(out + column, out_stride, weights, weight_stride, rows, strip, values + column, width);
  for (; column < width; column += kLanes)
    value_columns<1>(out + column, out_stride, weights, weight_stride, rows, strip, values + column, width);
}

}  // namespace reckon::kernels::cpu::RECKON_SIMD_NS
