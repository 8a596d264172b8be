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
  for (std::int64_t d0 = 0; d0 < dim; d0 += kLanes) {
    const std::int64_t d1 = d0 + kLanes < dim ? d0 + kLanes : dim;
    for (std::int64_t j = 0; j < keys; ++j) {
      for (std::int64_t d = d0; d < d1; ++d) strip[d * kStripKeys + j] = from[j * row_stride + d];
    }
    for (std::int64_t j = keys; j < kStripKeys; ++j) {
      for (std::int64_t d = d0; d < d1; ++d) strip[d * kStripKeys + j] = 0.0F;
    }
  }
}

}  // namespace reckon::kernels::cpu::RECKON_SIMD_NS
