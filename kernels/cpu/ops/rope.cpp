// Rotary embedding. Angles as transformers computes them: float(position) * inverse frequency in float32.
#include "kernels/cpu/ops/path_ops.h"
#include "kernels/cpu/simd/math.h"

namespace reckon::kernels::cpu::RECKON_SIMD_NS {

void rope_angles(float* cosines, float* sines, const float* frequencies, std::int64_t n, float position,
                 float magnitude) {
  const Vec16 where = broadcast(position);
  const Vec16 factor = broadcast(magnitude);
  for (std::int64_t i = 0; i < n; i += kLanes) {
    const int lanes = n - i < kLanes ? static_cast<int>(n - i) : kLanes;
    const SinCos angle = sin_cos(where * load_partial(frequencies + i, lanes));
    store_partial(cosines + i, angle.cos * factor, lanes);
    store_partial(sines + i, angle.sin * factor, lanes);
  }
}

void rope_halves(float* head, const float* cosines, const float* sines, std::int64_t half) {
  for (std::int64_t i = 0; i < half; i += kLanes) {
    const int lanes = half - i < kLanes ? static_cast<int>(half - i) : kLanes;
    const Vec16 first = load_partial(head + i, lanes);
    const Vec16 second = load_partial(head + half + i, lanes);
    const Vec16 cosine = load_partial(cosines + i, lanes);
    const Vec16 sine = load_partial(sines + i, lanes);
    store_partial(head + i, first * cosine - second * sine, lanes);
    store_partial(head + half + i, second * cosine + first * sine, lanes);
  }
}

void rope_adjacent(float* head, const float* cosines, const float* sines, std::int64_t half) {
  for (std::int64_t i = 0; i < half; ++i) {
    const float first = head[2 * i];
    const float second = head[2 * i + 1];
    head[2 * i] = first * cosines[i] - second * sines[i];
    head[2 * i + 1] = second * cosines[i] + first * sines[i];
  }
}

}  // namespace reckon::kernels::cpu::RECKON_SIMD_NS
