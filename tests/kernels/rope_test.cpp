#include <gtest/gtest.h>

#include <cmath>

#include "tests/kernels/device.h"

namespace reckon::kernels::test {
namespace {

struct RopeCase {
  RopeSpec::Pairing pairing;
  std::int32_t head_dim;
  std::int32_t rotary_dim;
};

RaggedBatch batch_at(const std::vector<std::int32_t>& starts, std::int32_t count) {
  RaggedBatch batch;
  for (const std::int32_t start : starts) {
    SequenceSlice slice;
    slice.first_token = static_cast<std::int32_t>(batch.token_ids.size());
    slice.token_count = count;
    slice.first_position = start;
    for (std::int32_t i = 0; i < count; ++i) {
      batch.token_ids.push_back(0);
      batch.positions.push_back(start + i);
      batch.roles.push_back(TokenRole::prompt);
    }
    batch.sequences.push_back(slice);
  }
  return batch;
}

TEST(Rope, AgreesWithDoublePrecision) {
  const RopeCase cases[] = {{RopeSpec::Pairing::halves, 64, 64}, {RopeSpec::Pairing::adjacent, 64, 64},
                            {RopeSpec::Pairing::halves, 80, 20}, {RopeSpec::Pairing::adjacent, 10, 6},
                            {RopeSpec::Pairing::halves, 2, 2},   {RopeSpec::Pairing::halves, 96, 66}};
  for (const RopeCase& test : cases) {
    const Device device;
    const std::int64_t heads = 3;
    const RaggedBatch batch = batch_at({0, 8190, 131000}, 2);
    const std::int64_t tokens = 6;
    const std::int64_t half = test.rotary_dim / 2;
    std::vector<float> frequencies(static_cast<std::size_t>(half));
    for (std::int64_t i = 0; i < half; ++i)
      frequencies[static_cast<std::size_t>(i)] =
          static_cast<float>(std::pow(10000.0, -2.0 * static_cast<double>(i) / test.rotary_dim));
    const auto input = noise(static_cast<std::size_t>(tokens * heads * test.head_dim), 21);
    const Tensor data = device.floats(input, {tokens, heads, test.head_dim});
    RopeSpec spec;
    spec.pairing = test.pairing;
    spec.rotary_dim = test.rotary_dim;
    spec.inverse_frequencies = device.floats(frequencies, {half});
    spec.magnitude = 1.25F;
    device->rope(data, device->begin_step(batch), spec);
    const auto result = device.read(data);
    for (std::int64_t t = 0; t < tokens; ++t) {
      for (std::int64_t h = 0; h < heads; ++h) {
        const auto row = static_cast<std::size_t>((t * heads + h) * test.head_dim);
        for (std::int64_t i = 0; i < half; ++i) {
          const bool halves = test.pairing == RopeSpec::Pairing::halves;
          const auto a = row + static_cast<std::size_t>(halves ? i : 2 * i);
          const auto b = row + static_cast<std::size_t>(halves ? i + half : 2 * i + 1);
          // The angle is defined in float32; its cosine and sine are not.
          const float angle = static_cast<float>(batch.positions[static_cast<std::size_t>(t)]) *
                              frequencies[static_cast<std::size_t>(i)];
          const double c = 1.25 * std::cos(static_cast<double>(angle));
          const double s = 1.25 * std::sin(static_cast<double>(angle));
          EXPECT_NEAR(result[a], input[a] * c - input[b] * s, 1e-6);
          EXPECT_NEAR(result[b], input[b] * c + input[a] * s, 1e-6);
        }
        for (std::int64_t i = test.rotary_dim; i < test.head_dim; ++i)
          EXPECT_EQ(result[row + static_cast<std::size_t>(i)], input[row + static_cast<std::size_t>(i)]);
      }
    }
  }
}

TEST(Rope, StridedViewsAndSameBitsEverywhere) {
  std::vector<float> first;
  for (const cpu::CpuPath path : available_paths()) {
    for (const int threads : {1, 2, 3}) {
      const Device device(threads, path);
      const RaggedBatch batch = batch_at({5, 900}, 60);
      const Tensor whole = device.floats(noise(120 * 400, 22), {120, 400});
      const Tensor view = split_last(narrow(whole, 1, 8, 320), 64);
      RopeSpec spec;
      spec.rotary_dim = 64;
      spec.inverse_frequencies = device.floats(noise(32, 23), {32});
      device->rope(view, device->begin_step(batch), spec);
      const auto result = device.read(whole);
      if (first.empty()) first = result;
      EXPECT_EQ(result, first) << cpu::path_name(path) << " with " << threads << " threads";
    }
  }
}

TEST(Rope, RefusesOddOrOversizedRotaryDimensions) {
  const Device device;
  const RaggedBatch batch = batch_at({0}, 1);
  const StepTensors step = device->begin_step(batch);
  const Tensor data = device.empty({1, 1, 8});
  RopeSpec spec;
  for (const std::int32_t bad : {0, 3, 10, -2}) {
    spec.rotary_dim = bad;
    spec.inverse_frequencies = device.empty({4});
    EXPECT_THROW(device->rope(data, step, spec), Error) << bad;
  }
  spec.rotary_dim = 8;
  spec.inverse_frequencies = device.empty({3});
  EXPECT_THROW(device->rope(data, step, spec), Error);
}

}  // namespace
}  // namespace reckon::kernels::test
