#pragma once
// From a tile of results to the output rows. Kernel code (see vec16.h).

#include "kernels/cpu/linear/product_table.h"
#include "kernels/cpu/simd/math.h"

namespace reckon::kernels::cpu::RECKON_SIMD_NS {
namespace {

RECKON_INLINE void put(float* out, Vec16 v, int rows) {
  if (rows == kPanelRows) {
    store(out, v);
  } else {
    store_partial(out, v, rows);
  }
}

void finish(float* out, std::int64_t stride, const float* tile, int tokens, int rows, const float* bias) {
  if (bias == nullptr) {
    for (int t = 0; t < tokens; ++t) put(out + t * stride, load(tile + t * kPanelRows), rows);
    return;
  }
  const Vec16 b = load_partial(bias, rows);
  for (int t = 0; t < tokens; ++t) put(out + t * stride, load(tile + t * kPanelRows) + b, rows);
}

void finish_gated(float* out, std::int64_t stride, const float* gate, const float* up, int tokens, int rows,
                  GateKind kind) {
  for (int t = 0; t < tokens; ++t) {
    const Vec16 g = load(gate + t * kPanelRows);
    const Vec16 activated = kind == kGateSilu ? silu(g) : gelu_tanh(g);
    put(out + t * stride, activated * load(up + t * kPanelRows), rows);
  }
}

void add_scaled(float* out, const float* in, float scale, std::int64_t n) {
  const Vec16 s = broadcast(scale);
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) store(out + i, fma(s, load(in + i), load(out + i)));
  if (i < n) {
    const int rest = static_cast<int>(n - i);
    store_partial(out + i, fma(s, load_partial(in + i, rest), load_partial(out + i, rest)), rest);
  }
}

}  // namespace
}  // namespace reckon::kernels::cpu::RECKON_SIMD_NS
