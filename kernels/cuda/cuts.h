#pragma once
// How the back end divides the keys of a step among calls.

#include <algorithm>
#include <bit>
#include <cstdint>

#include "kernels/cuda/attention_kernels.h"
#include "kernels/tensor.h"

namespace reckon::kernels::RECKON_CUDA_NS {

/// Memory for the results of cuts, and for keys and values of MLA's expanded form, before they are joined.
constexpr std::int64_t kCutFloats = std::int64_t{16} << 20;

inline std::int32_t cuts_of(std::int64_t positions) {
  return static_cast<std::int32_t>((positions + kKeyCutPositions - 1) / kKeyCutPositions);
}

/// Cuts of a decode step: a number that changes rarely, so that steps are alike, in four steps from one power
/// of two to the next. Cuts that no token sees yet cost a launch where each is a call of its own, and no
/// memory.
inline std::int32_t decode_cuts(std::int64_t positions) {
  const auto cuts = static_cast<std::uint32_t>(cuts_of(positions));
  const std::uint32_t step = std::max(std::bit_floor(cuts) / 4, 1U);
  return static_cast<std::int32_t>((cuts + step - 1) / step * step);
}

template <class T>
HeadRows<T> head_rows(Global<T> data, const Tensor& tensor) {
  return {data, tensor.stride(0), tensor.stride(1)};
}

}  // namespace reckon::kernels::RECKON_CUDA_NS
