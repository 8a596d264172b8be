// Operations on single rows: norm, sums, exponentials.
#include "kernels/cpu/ops/path_ops.h"
#include "kernels/cpu/simd/math.h"

namespace reckon::kernels::cpu::RECKON_SIMD_NS {
namespace {

/// Calls body(offset, lanes) for every vector of [0, n); lanes is 16 but for the last.
template <class Body>
RECKON_INLINE void for_vectors(std::int64_t n, const Body& body) {
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) body(i, kLanes);
  if (i < n) body(i, static_cast<int>(n - i));
}

RECKON_INLINE Vec16 load_lanes(const float* p, int lanes) {
  return lanes == kLanes ? load(p) : load_partial(p, lanes);
}

RECKON_INLINE void store_lanes(float* p, Vec16 v, int lanes) {
  if (lanes == kLanes)
    store(p, v);
  else
    store_partial(p, v, lanes);
}

}  // namespace

void rms_norm(float* out, const float* in, const float* gain, std::int64_t n, float epsilon) {
  Vec16 squares = zero();
  for_vectors(n, [&](std::int64_t i, int lanes) {
    const Vec16 x = load_lanes(in + i, lanes);
    squares = fma(x, x, squares);
  });
  const float mean = reduce_add(squares) / static_cast<float>(n);
  const Vec16 scale = broadcast(1.0F / __builtin_sqrtf(mean + epsilon));
  for_vectors(n, [&](std::int64_t i, int lanes) {
    store_lanes(out + i, load_lanes(in + i, lanes) * scale * load_lanes(gain + i, lanes), lanes);
  });
}

void add(float* out, const float* left, const float* right, std::int64_t n) {
  for_vectors(n, [&](std::int64_t i, int lanes) {
    store_lanes(out + i, load_lanes(left + i, lanes) + load_lanes(right + i, lanes), lanes);
  });
}

RowScan scan(const float* in, std::int64_t n) {
  const Vec16 lowest = broadcast(-__builtin_inff());
  const Vec16 infinity = broadcast(__builtin_inff());
  Vec16 largest = lowest;
  Mask16 finite = equal(zero(), zero());
  for_vectors(n, [&](std::int64_t i, int lanes) {
    const Vec16 x = load_lanes(in + i, lanes);
    finite = finite & less(abs(x), infinity);
    if (lanes == kLanes) {
      largest = max(x, largest);
    } else {
      float padded[kLanes];
      store(padded, lowest);
      store_partial(padded, x, lanes);
      largest = max(load(padded), largest);
    }
  });
  return {reduce_max(largest), all(finite)};
}

float exp_sum(float* out, const float* in, std::int64_t n, float shift) {
  const Vec16 offset = broadcast(shift);
  Vec16 total = zero();
  for_vectors(n, [&](std::int64_t i, int lanes) {
    Vec16 value = exp(load_lanes(in + i, lanes) - offset);
    if (lanes < kLanes) {  // lanes past the end hold exp(0 - shift)
      float padded[kLanes] = {};
      store_partial(padded, value, lanes);
      value = load(padded);
    }
    if (out != nullptr) store_lanes(out + i, value, lanes);
    total = total + value;
  });
  return reduce_add(total);
}

void subtract(float* out, const float* in, std::int64_t n, float shift, float second_shift) {
  for_vectors(n, [&](std::int64_t i, int lanes) {
    store_lanes(out + i, (load_lanes(in + i, lanes) - broadcast(shift)) - broadcast(second_shift), lanes);
  });
}

void shift_divide(float* out, const float* in, std::int64_t n, float shift, float divisor) {
  for_vectors(n, [&](std::int64_t i, int lanes) {
    store_lanes(out + i, (load_lanes(in + i, lanes) - broadcast(shift)) / broadcast(divisor), lanes);
  });
}

void divide(float* out, const float* in, std::int64_t n, float divisor) {
  for_vectors(n, [&](std::int64_t i, int lanes) {
    store_lanes(out + i, load_lanes(in + i, lanes) / broadcast(divisor), lanes);
  });
}

void sigmoid_row(float* out, const float* in, std::int64_t n) {
  for_vectors(
      n, [&](std::int64_t i, int lanes) { store_lanes(out + i, sigmoid(load_lanes(in + i, lanes)), lanes); });
}

float log_one(float x) {
  float lanes[kLanes];
  store(lanes, log(broadcast(x)));
  return lanes[0];
}

float read_all(const float* data, std::int64_t n) {
  Vec16 sums[8];
  for (Vec16& sum : sums) sum = zero();
  for (std::int64_t i = 0; i + 128 <= n; i += 128) {
#pragma GCC unroll 8
    for (int k = 0; k < 8; ++k) sums[k] = sums[k] + load(data + i + 16 * k);
  }
  Vec16 total = zero();
  for (const Vec16& sum : sums) total = total + sum;
  return reduce_add(total);
}

const OpTable op_table = {
    rms_norm,        add,         scan,          exp_sum,        subtract,
    shift_divide,    divide,      sigmoid_row,   log_one,        read_all,
    rope_angles,     rope_halves, rope_adjacent, store_elements, load_elements,
    transpose_strip, score_strip, softmax_cut,   accumulate,     fix_row,
    fix_keys,        fix_values,  score_fixed,   fix_weights,    accumulate_fixed,
    merge_cut,
};

}  // namespace reckon::kernels::cpu::RECKON_SIMD_NS
