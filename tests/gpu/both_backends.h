#pragma once
// Runs the same operations on the CPU back end and on the CUDA one, which must give the same bits.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "kernels/backend.h"
#include "tests/gpu/tested_backend.h"

namespace reckon::kernels::test {

/// Skipped, by name, where there is no device.
class DeviceTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!why_no_device().empty()) GTEST_SKIP() << why_no_device();
  }
};
template <class Parameter>
class DeviceTestWith : public DeviceTest, public testing::WithParamInterface<Parameter> {};

/// Reproducible values in (-scale, scale).
inline std::vector<float> noise(std::size_t count, std::uint32_t seed, float scale = 1.0F) {
  std::mt19937 engine(seed);
  std::vector<float> values(count);
  for (float& value : values) value = scale * (static_cast<float>(engine() >> 8) * 0x1p-23F - 1.0F);
  return values;
}

/// A back end with vectors in and out.
struct Bench {
  Backend& backend;

  Backend* operator->() const { return &backend; }
  Tensor empty(std::initializer_list<std::int64_t> shape, DataType type = DataType::f32) const {
    std::int64_t elements = 1;
    for (const std::int64_t extent : shape) elements *= extent;
    return dense(backend.allocate(bytes_of(type, elements)), type, shape);
  }
  template <class T>
  Tensor put(const std::vector<T>& values, std::initializer_list<std::int64_t> shape) const {
    const Tensor tensor = empty(shape, std::is_same_v<T, float> ? DataType::f32 : DataType::i32);
    backend.upload(tensor, std::as_bytes(std::span(values)));
    return tensor;
  }
  Tensor noise_of(std::initializer_list<std::int64_t> shape, std::uint32_t seed, float scale = 1.0F) const {
    std::int64_t elements = 1;
    for (const std::int64_t extent : shape) elements *= extent;
    return put(noise(static_cast<std::size_t>(elements), seed, scale), shape);
  }
  template <class T = float>
  std::vector<T> get(const Tensor& tensor) const {
    std::vector<T> values(static_cast<std::size_t>(tensor.elements()));
    backend.download(std::as_writable_bytes(std::span(values)), tensor);
    backend.wait();
    return values;
  }
};

/// Values whose bits are compared; integers travel as floats, which are exact for them here.
using Values = std::vector<float>;

inline Values as_values(const std::vector<std::int32_t>& integers) {
  Values values;
  for (const std::int32_t integer : integers) values.push_back(static_cast<float>(integer));
  return values;
}
inline void append(Values& values, const Values& more) {
  values.insert(values.end(), more.begin(), more.end());
}

inline bool same_bits(float a, float b) {
  if (std::isnan(a) && std::isnan(b)) return true;
  return std::memcmp(&a, &b, sizeof a) == 0;
}

inline void expect_same_bits(const Values& cuda, const Values& cpu) {
  ASSERT_EQ(cuda.size(), cpu.size());
  std::size_t wrong = 0;
  std::size_t first = 0;
  for (std::size_t i = 0; i < cpu.size(); ++i) {
    if (same_bits(cuda[i], cpu[i])) continue;
    if (wrong++ == 0) first = i;
  }
  EXPECT_EQ(wrong, 0U) << "of " << cpu.size() << " values; the first is number " << first << ": "
                       << (wrong > 0 ? cuda[first] : 0.0F) << " where the CPU has "
                       << (wrong > 0 ? cpu[first] : 0.0F);
}

/// Within `tolerance` of the largest value; what is not finite must be so in both.
inline void expect_close(const Values& cuda, const Values& cpu, float tolerance) {
  ASSERT_EQ(cuda.size(), cpu.size());
  float largest = 0.0F;
  for (const float value : cpu) largest = std::isfinite(value) ? std::max(largest, std::abs(value)) : largest;
  std::size_t wrong = 0;
  std::size_t first = 0;
  for (std::size_t i = 0; i < cpu.size(); ++i) {
    const bool close = std::isfinite(cpu[i]) ? std::abs(cuda[i] - cpu[i]) <= tolerance * largest
                                             : std::isfinite(cuda[i]) == std::isfinite(cpu[i]);
    if (close) continue;
    if (wrong++ == 0) first = i;
  }
  EXPECT_EQ(wrong, 0U) << "of " << cpu.size() << " values; the first is number " << first << ": "
                       << (wrong > 0 ? cuda[first] : 0.0F) << " where the CPU has "
                       << (wrong > 0 ? cpu[first] : 0.0F) << ", the largest is " << largest;
}

/// `run` gives the values to compare. `exact`: activations=float32.
/// `tolerance`: 0 for the same bits.
inline void expect_same_on_both(const std::function<Values(const Bench&)>& run, bool exact = true,
                                float tolerance = 0.0F) {
  BackendOptions options;
  options.threads = 1;
  options.activations = exact ? ActivationPrecision::float32 : ActivationPrecision::by_weight;
  const std::unique_ptr<Backend> cpu = make_cpu_backend(options);
  const std::unique_ptr<Backend> cuda = make_tested_backend(options);
  const Values expected = run({*cpu});
  if (tolerance > 0.0F)
    expect_close(run({*cuda}), expected, tolerance);
  else
    expect_same_bits(run({*cuda}), expected);
}

}  // namespace reckon::kernels::test
