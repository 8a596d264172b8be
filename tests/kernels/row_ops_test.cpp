// Norms, sums, gathers, copies and marks against double precision, and their bits over paths and threads.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/kernels/device.h"

namespace reckon::kernels::test {
namespace {

TEST(RmsNorm, AgreesWithDoublePrecision) {
  for (const std::int64_t n : {1, 3, 15, 16, 17, 64, 575, 576}) {
    const std::int64_t rows = 5;
    const Device device;
    const auto input = noise(static_cast<std::size_t>(rows * n), 1, 3.0F);
    const auto gain = noise(static_cast<std::size_t>(n), 2);
    const Tensor out = device.empty({rows, n});
    device->rms_norm(out, device.floats(input, {rows, n}), device.floats(gain, {n}), 1e-5F);
    const auto result = device.read(out);
    for (std::int64_t r = 0; r < rows; ++r) {
      double squares = 0;
      for (std::int64_t i = 0; i < n; ++i) squares += std::pow(input[static_cast<std::size_t>(r * n + i)], 2);
      const double scale = 1.0 / std::sqrt(squares / static_cast<double>(n) + 1e-5);
      for (std::int64_t i = 0; i < n; ++i) {
        const auto at = static_cast<std::size_t>(r * n + i);
        const double wanted = input[at] * scale * gain[static_cast<std::size_t>(i)];
        EXPECT_NEAR(result[at], wanted, 1e-6 * (1 + std::abs(wanted))) << "n " << n << " row " << r;
      }
    }
  }
}

TEST(RmsNorm, StridedHeadsInPlace) {
  // Per-head norm of the first 8 of 12 columns, heads of 4, as q_norm does.
  const Device device;
  const auto input = noise(3 * 12, 3);
  const auto gain = noise(4, 4);
  const Tensor whole = device.floats(input, {3, 12});
  const Tensor heads = split_last(narrow(whole, 1, 0, 8), 4);
  device->rms_norm(heads, heads, device.floats(gain, {4}), 1e-6F);
  const auto result = device.read(whole);
  const Tensor plain_out = device.empty({1, 4});
  device->rms_norm(plain_out, device.floats({input.begin() + 16, input.begin() + 20}, {1, 4}),
                   device.floats(gain, {4}), 1e-6F);
  const auto plain = device.read(plain_out);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(result[16 + i], plain[i]);        // row 1, head 1
  for (std::size_t i = 8; i < 12; ++i) EXPECT_EQ(result[12 + i], input[12 + i]);  // past the heads: untouched
}

TEST(RmsNorm, SameBitsOnEveryPathAndThreadCount) {
  const auto input = noise(300 * 577, 5, 10.0F);
  const auto gain = noise(577, 6);
  std::vector<float> first;
  for (const cpu::CpuPath path : available_paths()) {
    for (const int threads : {1, 2, 3}) {
      const Device device(threads, path);
      const Tensor out = device.empty({300, 577});
      device->rms_norm(out, device.floats(input, {300, 577}), device.floats(gain, {577}), 1e-5F);
      const auto result = device.read(out);
      if (first.empty()) first = result;
      EXPECT_EQ(result, first) << cpu::path_name(path) << " with " << threads << " threads";
    }
  }
}

TEST(Add, StridedRows) {
  const Device device;
  const Tensor left = device.floats(noise(4 * 20, 7), {4, 20});
  const Tensor right = device.floats(noise(4 * 17, 8), {4, 17});
  const Tensor out = device.empty({4, 17});
  device->add(out, narrow(left, 1, 3, 17), right);
  const auto a = device.read(left);
  const auto b = device.read(right);
  const auto result = device.read(out);
  for (std::size_t r = 0; r < 4; ++r) {
    for (std::size_t i = 0; i < 17; ++i) EXPECT_EQ(result[r * 17 + i], a[r * 20 + 3 + i] + b[r * 17 + i]);
  }
}

TEST(Copy, AnyStrides) {
  const Device device;
  const auto values = noise(2 * 3 * 8, 9);
  const Tensor from = device.floats(values, {2, 3, 8});
  const Tensor to = device.empty({2, 2, 4});
  device->copy(to, narrow(narrow(from, 1, 1, 2), 2, 4, 4));
  const auto result = device.read(to);
  for (std::size_t a = 0; a < 2; ++a) {
    for (std::size_t b = 0; b < 2; ++b) {
      for (std::size_t c = 0; c < 4; ++c)
        EXPECT_EQ(result[(a * 2 + b) * 4 + c], values[(a * 3 + b + 1) * 8 + 4 + c]);
    }
  }
  Tensor turned = device.floats(noise(6, 10), {2, 3});
  const auto plain = device.read(turned);
  std::swap(turned.shape[0], turned.shape[1]);
  std::swap(turned.strides[0], turned.strides[1]);
  const Tensor transposed = device.empty({3, 2});
  device->copy(transposed, turned);
  EXPECT_EQ(device.read(transposed),
            (std::vector<float>{plain[0], plain[3], plain[1], plain[4], plain[2], plain[5]}));
  EXPECT_NE(error_of([&] { device->copy(to, from); }).find("[2, 3, 8]"), std::string::npos);
}

TEST(GatherRows, PicksRowsAndRefusesOthers) {
  const Device device;
  const auto values = noise(5 * 3, 11);
  const Tensor input = device.floats(values, {5, 3});
  const Tensor out = device.empty({4, 3});
  device->gather_rows(out, input, device.integers({4, 0, 4, 2}, {4}));
  const auto result = device.read(out);
  const std::size_t wanted[] = {4, 0, 4, 2};
  for (std::size_t r = 0; r < 4; ++r) {
    for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(result[r * 3 + i], values[wanted[r] * 3 + i]);
  }
  EXPECT_NE(error_of([&] {
              device->gather_rows(out, input, device.integers({0, 1, 5, 2}, {4}));
            }).find("row 5"),
            std::string::npos);
  EXPECT_THROW(device->gather_rows(out, input, device.integers({0, -1, 3, 2}, {4})), Error);
}

TEST(MarkNonFinite, KeepsTheFirstTag) {
  const Device device;
  std::vector<float> values = noise(4 * 19, 12);
  values[19 + 18] = std::numeric_limits<float>::quiet_NaN();  // the last, past the whole vectors
  values[2 * 19] = -std::numeric_limits<float>::infinity();
  const Tensor marks = device.integers({-1, -1, 7, -1}, {4});
  device->mark_non_finite(marks, device.floats(values, {4, 19}), 9);
  EXPECT_EQ(device.read_integers(marks), (std::vector<std::int32_t>{-1, 9, 7, -1}));
}

TEST(Shapes, ErrorsNameOperationAndShapes) {
  const Device device;
  const Tensor a = device.empty({3, 8});
  const Tensor b = device.empty({3, 9});
  std::string message = error_of([&] { device->add(a, a, b); });
  EXPECT_NE(message.find("add"), std::string::npos) << message;
  EXPECT_NE(message.find("[3, 9]"), std::string::npos) << message;
  message = error_of([&] { device->rms_norm(a, a, device.empty({9}), 1e-5F); });
  EXPECT_NE(message.find("rms_norm gain"), std::string::npos) << message;
  EXPECT_THROW(device->rms_norm(a, b, device.empty({9}), 1e-5F), Error);
  EXPECT_THROW(device->add(a, a, device.empty({3, 8}, DataType::i32)), Error);
  Tensor released = device.empty({3, 8});
  device->release(released.buffer);
  EXPECT_THROW(device->add(a, a, released), Error);
  EXPECT_THROW(device->release(released.buffer), Error);
  EXPECT_THROW(device->add(a, a, Tensor{}), Error);
  Tensor beyond = a;
  beyond.offset_bytes = 4;
  EXPECT_NE(error_of([&] { device->add(a, a, beyond); }).find("beyond its buffer"), std::string::npos);
  beyond = a;
  beyond.strides[0] = INT64_MAX;
  EXPECT_THROW(device->add(a, a, beyond), Error);
  beyond = a;
  beyond.shape[0] = std::int64_t{1} << 39;
  EXPECT_THROW(device->add(beyond, beyond, beyond), Error);
  std::vector<float> few(3);
  EXPECT_THROW(device->upload(a, std::as_bytes(std::span(few))), Error);
  EXPECT_THROW(device->download(std::as_writable_bytes(std::span(few)), a), Error);
}

TEST(Memory, IsCountedAndReused) {
  const Device device;
  const auto before = device->memory_use().buffer_bytes;
  const BufferHandle first = device->allocate(1000);
  EXPECT_EQ(device->memory_use().buffer_bytes, before + 1000);
  device->release(first);
  EXPECT_EQ(device->memory_use().buffer_bytes, before);
  const Tensor second = dense(device->allocate(64), DataType::f32, {16});
  EXPECT_EQ(device.read(second), std::vector<float>(16, 0.0F));
  const DeviceInfo info = device->device();
  EXPECT_EQ(info.backend, "cpu");
  EXPECT_FALSE(info.name.empty());
  EXPECT_GT(info.memory_bytes, info.free_memory_bytes);
}

}  // namespace
}  // namespace reckon::kernels::test
