// Reading and writing the element types of the KV cache.
#include "kernels/cpu/ops/loads.h"
#include "kernels/cpu/ops/path_ops.h"

namespace reckon::kernels::cpu::RECKON_SIMD_NS {
namespace {

template <class Load>
void load_typed(float* to, const void* from, std::int64_t n) {
  const auto* typed = static_cast<const typename Load::Element*>(from);
  for (std::int64_t i = 0; i < n; i += kLanes) store(to + i, Load::at(typed + i));
}

#if defined(RECKON_SIMD_AVX512) || defined(RECKON_SIMD_AVX2)

/// 8 x 8 floats, from rows row_stride apart to rows of a strip.
void transpose_block(float* to, const float* from, std::int64_t row_stride) {
  __m256 pairs[8];
  __m256 quads[8];
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    const __m256 a = _mm256_loadu_ps(from + 2 * i * row_stride);
    const __m256 b = _mm256_loadu_ps(from + (2 * i + 1) * row_stride);
    pairs[2 * i] = _mm256_unpacklo_ps(a, b);      // a0 b0 a1 b1 | a4 b4 a5 b5
    pairs[2 * i + 1] = _mm256_unpackhi_ps(a, b);  // a2 b2 a3 b3 | a6 b6 a7 b7
  }
#pragma GCC unroll 2
  for (int i = 0; i < 2; ++i) {
    quads[4 * i] = _mm256_shuffle_ps(pairs[4 * i], pairs[4 * i + 2], 0x44);
    quads[4 * i + 1] = _mm256_shuffle_ps(pairs[4 * i], pairs[4 * i + 2], 0xee);
    quads[4 * i + 2] = _mm256_shuffle_ps(pairs[4 * i + 1], pairs[4 * i + 3], 0x44);
    quads[4 * i + 3] = _mm256_shuffle_ps(pairs[4 * i + 1], pairs[4 * i + 3], 0xee);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    _mm256_storeu_ps(to + i * kStripKeys, _mm256_permute2f128_ps(quads[i], quads[i + 4], 0x20));
    _mm256_storeu_ps(to + (i + 4) * kStripKeys, _mm256_permute2f128_ps(quads[i], quads[i + 4], 0x31));
  }
}

#endif

}  // namespace

void store_elements(void* to, const float* from, std::int64_t n, Element type) {
  const std::int64_t whole = n / kLanes * kLanes;
  const int rest = static_cast<int>(n - whole);
  if (type == Element::f32) {
    auto* typed = static_cast<float*>(to);
    for (std::int64_t i = 0; i < whole; i += kLanes) store(typed + i, load(from + i));
    if (rest > 0) store_partial(typed + whole, load_partial(from + whole, rest), rest);
  } else if (type == Element::f16) {
    auto* typed = static_cast<std::uint16_t*>(to);
    for (std::int64_t i = 0; i < whole; i += kLanes) store_f16(typed + i, load(from + i));
    if (rest > 0) store_f16_partial(typed + whole, load_partial(from + whole, rest), rest);
  } else {
    auto* typed = static_cast<std::uint16_t*>(to);
    for (std::int64_t i = 0; i < whole; i += kLanes) store_bf16(typed + i, load(from + i));
    if (rest > 0) store_bf16_partial(typed + whole, load_partial(from + whole, rest), rest);
  }
}

void load_elements(float* to, const void* from, std::int64_t n, Element type) {
  if (type == Element::f16)
    load_typed<LoadF16>(to, from, n);
  else if (type == Element::bf16)
    load_typed<LoadBf16>(to, from, n);
  else
    load_typed<LoadF32>(to, from, n);
}

void transpose_strip(float* strip, const float* from, std::int64_t keys, std::int64_t dim,
                     std::int64_t row_stride) {
  std::int64_t whole_keys = 0;
  std::int64_t whole_dim = 0;
#if defined(RECKON_SIMD_AVX512) || defined(RECKON_SIMD_AVX2)
  whole_keys = keys / 8 * 8;
  whole_dim = dim / 8 * 8;
  for (std::int64_t d = 0; d < whole_dim; d += 8) {
    for (std::int64_t j = 0; j < whole_keys; j += 8)
      transpose_block(strip + d * kStripKeys + j, from + j * row_stride + d, row_stride);
  }
#endif
  for (std::int64_t j = 0; j < keys; ++j) {
    for (std::int64_t d = j < whole_keys ? whole_dim : 0; d < dim; ++d)
      strip[d * kStripKeys + j] = from[j * row_stride + d];
  }
  if (keys == kStripKeys) return;
  for (std::int64_t d = 0; d < dim; ++d) {
    for (std::int64_t j = keys; j < kStripKeys; ++j) strip[d * kStripKeys + j] = 0.0F;
  }
}

}  // namespace reckon::kernels::cpu::RECKON_SIMD_NS
