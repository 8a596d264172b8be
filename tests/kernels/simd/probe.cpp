#include "tests/kernels/simd/probe.h"

#include "kernels/cpu/simd/math.h"

namespace reckon::kernels::cpu::RECKON_SIMD_NS {
namespace {

template <typename F>
RECKON_INLINE void map(float* out, const float* in, int n, F f) {
  for (int i = 0; i < n; i += kLanes) store(out + i, f(load(in + i)));
}

void negate(float* out, const float* in, int n) {
  map(out, in, n, [](Vec16 v) { return -v; });
}
void absolute(float* out, const float* in, int n) {
  map(out, in, n, [](Vec16 v) { return abs(v); });
}
void root(float* out, const float* in, int n) {
  map(out, in, n, [](Vec16 v) { return sqrt(v); });
}
void rounded(float* out, const float* in, int n) {
  map(out, in, n, [](Vec16 v) { return round_even(v); });
}
void to_int_and_back(float* out, const float* in, int n) {
  map(out, in, n, [](Vec16 v) { return to_float(to_int(v)); });
}
void through_f16(float* out, const float* in, int n) {
  map(out, in, n, [](Vec16 v) {
    std::uint16_t lanes[kLanes];
    store_f16(lanes, v);
    return load_f16(lanes);
  });
}
void through_bf16(float* out, const float* in, int n) {
  map(out, in, n, [](Vec16 v) {
    std::uint16_t lanes[kLanes];
    store_bf16(lanes, v);
    return load_bf16(lanes);
  });
}
void exponential(float* out, const float* in, int n) {
  map(out, in, n, [](Vec16 v) { return exp(v); });
}
void logarithm(float* out, const float* in, int n) {
  map(out, in, n, [](Vec16 v) { return log(v); });
}
void sine(float* out, const float* in, int n) {
  map(out, in, n, [](Vec16 v) { return sin_cos(v).sin; });
}
void cosine(float* out, const float* in, int n) {
  map(out, in, n, [](Vec16 v) { return sin_cos(v).cos; });
}
void logistic(float* out, const float* in, int n) {
  map(out, in, n, [](Vec16 v) { return sigmoid(v); });
}
void swish(float* out, const float* in, int n) {
  map(out, in, n, [](Vec16 v) { return silu(v); });
}
void gelu(float* out, const float* in, int n) {
  map(out, in, n, [](Vec16 v) { return gelu_tanh(v); });
}
void fused(float* out, const float* a, const float* b, const float* c, int n) {
  for (int i = 0; i < n; i += kLanes) store(out + i, fma(load(a + i), load(b + i), load(c + i)));
}
void fused_negated(float* out, const float* a, const float* b, const float* c, int n) {
  for (int i = 0; i < n; i += kLanes) store(out + i, fnma(load(a + i), load(b + i), load(c + i)));
}
void arithmetic(float* out, const float* a, const float* b, int n) {
  const Vec16 one = broadcast(1.0F);
  for (int i = 0; i < n; i += kLanes) {
    const Vec16 x = load(a + i);
    const Vec16 y = load(b + i);
    const Vec16 results[9] = {x + y,
                              x - y,
                              x * y,
                              x / y,
                              max(x, y),
                              min(x, y),
                              select(less(x, y), one, zero()),
                              select(less_equal(x, y) & ~less(x, y), one, zero()),
                              select(equal(x, y) | is_nan(x), one, zero())};
    for (int k = 0; k < 9; ++k) store(out + k * n + i, results[k]);
  }
}
void integers(std::int32_t* out, const std::int32_t* a, const std::int32_t* b, int n) {
  for (int i = 0; i < n; i += kLanes) {
    const Vec16i x = load_i32(a + i);
    const Vec16i y = load_i32(b + i);
    const Vec16i results[11] = {x + y,
                                x - y,
                                x * y,
                                x & y,
                                x | y,
                                x ^ y,
                                shift_left<5>(x),
                                shift_right<7>(x),
                                shift_right_logical<7>(x),
                                select(equal(x, y), x, broadcast_i32(1)),
                                select(less(x, y), x, y)};
    for (int k = 0; k < 11; ++k) store_i32(out + k * n + i, results[k]);
  }
}
void dot_halves(std::int32_t* sums, const std::int32_t* a, const std::int32_t* b, int n) {
  for (int i = 0; i < n; i += kLanes) {
    Vec16i sum = load_i32(sums + i);
    add_dot_pairs(sum, load_i32(a + i), load_i32(b + i));
    store_i32(sums + i, sum);
  }
}
float sum(const float* lanes) { return reduce_add(load(lanes)); }
float largest(const float* lanes) { return reduce_max(load(lanes)); }
void put_f16(std::uint16_t* out, const float* in, int n) {
  for (int i = 0; i < n; i += kLanes) store_f16(out + i, load(in + i));
}
void put_bf16(std::uint16_t* out, const float* in, int n) {
  for (int i = 0; i < n; i += kLanes) store_bf16(out + i, load(in + i));
}
void get_f16(float* out, const std::uint16_t* in, int n) {
  for (int i = 0; i < n; i += kLanes) store(out + i, load_f16(in + i));
}
void get_bf16(float* out, const std::uint16_t* in, int n) {
  for (int i = 0; i < n; i += kLanes) store(out + i, load_bf16(in + i));
}
void get_i8(std::int32_t* out, const std::int8_t* in, int n) {
  for (int i = 0; i < n; i += kLanes) store_i32(out + i, load_i8(in + i));
}
void get_u8(std::int32_t* out, const std::uint8_t* in, int n) {
  for (int i = 0; i < n; i += kLanes) store_i32(out + i, load_u8(in + i));
}
void copy_partial(float* out, const float* in, int n) { store_partial(out, load_partial(in, n), n); }
void copy_partial_f16(std::uint16_t* out, const std::uint16_t* in, int n) {
  store_f16_partial(out, load_f16_partial(in, n), n);
}
void copy_partial_bf16(std::uint16_t* out, const std::uint16_t* in, int n) {
  store_bf16_partial(out, load_bf16_partial(in, n), n);
}

}  // namespace

extern const SimdProbe simd_probe;
const SimdProbe simd_probe = {
    .negate = negate,
    .abs = absolute,
    .sqrt = root,
    .round_even = rounded,
    .to_int_and_back = to_int_and_back,
    .through_f16 = through_f16,
    .through_bf16 = through_bf16,
    .exp = exponential,
    .log = logarithm,
    .sin = sine,
    .cos = cosine,
    .sigmoid = logistic,
    .silu = swish,
    .gelu_tanh = gelu,
    .fma = fused,
    .fnma = fused_negated,
    .arithmetic = arithmetic,
    .integers = integers,
    .add_dot_pairs = dot_halves,
    .reduce_add = sum,
    .reduce_max = largest,
    .store_f16 = put_f16,
    .store_bf16 = put_bf16,
    .load_f16 = get_f16,
    .load_bf16 = get_bf16,
    .load_i8 = get_i8,
    .load_u8 = get_u8,
    .copy_partial = copy_partial,
    .copy_partial_f16 = copy_partial_f16,
    .copy_partial_bf16 = copy_partial_bf16,
};

}  // namespace reckon::kernels::cpu::RECKON_SIMD_NS
