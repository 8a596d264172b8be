// Weights through the back end's interface: shapes, biases, slices, vectors. The products themselves are
// tested in linear/.
#include <gtest/gtest.h>

#include <cmath>

#include "tests/kernels/device.h"

namespace reckon::kernels::test {
namespace {

StoredTensor stored(const std::vector<float>& values, std::int64_t rows, std::int64_t columns) {
  StoredTensor tensor;
  tensor.name = "w";
  tensor.rows = rows;
  tensor.columns = columns;
  tensor.data = std::as_bytes(std::span(values));
  return tensor;
}

TEST(BackendWeights, LinearWithBiasIntoStridedHeads) {
  const Device device;
  const auto weight = noise(6 * 20, 61);
  const auto bias = noise(6, 62);
  const auto input = noise(3 * 20, 63);
  const Tensor whole = device.empty({3, 10});
  const Tensor heads = split_last(narrow(whole, 1, 2, 6), 3);  // [3, 2, 3] inside rows of 10
  const LinearOutput output{device->load_weight(stored(weight, 6, 20)), heads, device.floats(bias, {6})};
  device->linear({&output, 1}, device.floats(input, {3, 20}));
  const auto result = device.read(whole);
  for (std::size_t t = 0; t < 3; ++t) {
    EXPECT_EQ(result[t * 10 + 1], 0.0F);
    EXPECT_EQ(result[t * 10 + 8], 0.0F);
    for (std::size_t n = 0; n < 6; ++n) {
      double wanted = static_cast<double>(bias[n]);
      for (std::size_t k = 0; k < 20; ++k)
        wanted += static_cast<double>(weight[n * 20 + k]) * static_cast<double>(input[t * 20 + k]);
      EXPECT_NEAR(result[t * 10 + 2 + n], wanted, 1e-5);
    }
  }
}

TEST(BackendWeights, SlicesAreRowsAndColumns) {
  const Device device;
  const auto weight = noise(8 * 12, 64);
  const Tensor input = device.floats(noise(2 * 12, 65), {2, 12});
  const auto product = [&](const Shard& shard, const Tensor& from, std::int64_t rows) {
    const Tensor out = device.empty({2, rows});
    const LinearOutput output{device->load_weight(stored(weight, 8, 12), shard), out, Tensor{}};
    device->linear({&output, 1}, from);
    return device.read(out);
  };
  const auto whole = product({}, input, 8);
  for (std::int32_t rank = 0; rank < 2; ++rank) {
    const auto rows = product({Shard::Axis::rows, rank, 2}, input, 4);
    for (std::size_t t = 0; t < 2; ++t) {
      for (std::size_t n = 0; n < 4; ++n)
        EXPECT_EQ(rows[t * 4 + n], whole[t * 8 + static_cast<std::size_t>(rank) * 4 + n]);
    }
  }
  std::vector<float> sum(16, 0.0F);
  for (std::int32_t rank = 0; rank < 3; ++rank) {
    const Tensor part = device.empty({2, 4});
    device->copy(part, narrow(input, 1, rank * 4, 4));
    const auto partial = product({Shard::Axis::columns, rank, 3}, part, 8);
    for (std::size_t i = 0; i < 16; ++i) sum[i] += partial[i];
  }
  for (std::size_t i = 0; i < 16; ++i) EXPECT_NEAR(sum[i], whole[i], 1e-5);
  EXPECT_THROW(device->load_weight(stored(weight, 8, 12), {Shard::Axis::rows, 2, 2}), Error);
}

TEST(BackendWeights, VectorsBecomeFloats) {
  const Device device;
  const std::vector<_Float16> halves = {_Float16{1.5F}, _Float16{-0.25F}, _Float16{3.0F}};
  StoredTensor vector;
  vector.name = "norm";
  vector.type = DataType::f16;
  vector.rows = 1;
  vector.columns = 3;
  vector.data = std::as_bytes(std::span(halves));
  const auto before = device->memory_use();
  const Tensor tensor = device->load_vector(vector);
  EXPECT_EQ(device.read(tensor), (std::vector<float>{1.5F, -0.25F, 3.0F}));
  EXPECT_EQ(device->memory_use().weight_bytes_repacked, before.weight_bytes_repacked + 12);
  EXPECT_EQ(device->memory_use().buffer_bytes, before.buffer_bytes);
}

TEST(BackendWeights, AllAreReadInPiecesOf512Bytes) {
  const Device device;
  EXPECT_EQ(device->read_weights(), 0U);
  const auto small = noise(5 * 30, 68);  // 600 bytes
  const auto large = noise(600 * 512, 69);
  device->load_weight(stored(small, 5, 30));
  EXPECT_EQ(device->read_weights(), 512U);
  device->load_weight(stored(large, 600, 512));
  EXPECT_EQ(device->read_weights(), 512U + 600 * 512 * sizeof(float));
}

TEST(BackendWeights, EmbeddingRowsAndTheirLimits) {
  const Device device;
  const auto table = noise(5 * 8, 66);
  const WeightHandle handle = device->load_weight(stored(table, 5, 8));
  const Tensor out = device.empty({2, 8});
  device->embed(out, handle, device.integers({4, 1}, {2}));
  const auto result = device.read(out);
  for (std::size_t i = 0; i < 8; ++i) {
    EXPECT_EQ(result[i], table[32 + i]);
    EXPECT_EQ(result[8 + i], table[8 + i]);
  }
  EXPECT_THROW(device->embed(out, handle, device.integers({0, 5}, {2})), Error);
  EXPECT_THROW(device->embed(out, handle, device.integers({-1, 0}, {2})), Error);
  EXPECT_THROW(device->embed(out, handle, device.integers({0, 1, 2}, {3})), Error);
  EXPECT_THROW(device->embed(out, WeightHandle{9}, device.integers({0, 1}, {2})), Error);
}

TEST(BackendWeights, ErrorsNameTheOperation) {
  const Device device;
  const auto values = noise(8 * 12, 67);
  const WeightHandle weight = device->load_weight(stored(values, 8, 12));
  const Tensor input = device.empty({2, 12});
  LinearOutput output{weight, device.empty({3, 8}), Tensor{}};
  EXPECT_NE(error_of([&] { device->linear({&output, 1}, input); }).find("linear"), std::string::npos);
  output.output = device.empty({2, 9});
  EXPECT_THROW(device->linear({&output, 1}, input), Error);
  output.output = device.empty({2, 8});
  output.bias = device.empty({7});
  EXPECT_NE(error_of([&] { device->linear({&output, 1}, input); }).find("bias"), std::string::npos);
  output.weight = {};
  EXPECT_THROW(device->linear({&output, 1}, input), Error);
  const Tensor out = device.empty({2, 8});
  EXPECT_THROW(device->gated_linear(out, device.empty({3, 12}), weight, weight, Activation::silu), Error);
  ExpertWeights experts;
  const Tensor chosen = device.empty({2, 1}, DataType::i32);
  const Tensor weights = device.empty({2, 1});
  EXPECT_NE(error_of([&] { device->experts(input, input, chosen, weights, experts); }).find("experts"),
            std::string::npos);
  experts.gate = experts.up = {weight};
  EXPECT_THROW(device->experts(input, input, chosen, weights, experts), Error);
  StoredTensor bad = stored(values, 8, 13);
  EXPECT_NE(error_of([&] { device->load_weight(bad); }).find("w"), std::string::npos);
}

TEST(BackendWeights, OneRankIsAnIdentity) {
  const Device device;
  const auto values = noise(12, 68);
  const Tensor tensor = device.floats(values, {3, 4});
  device->all_reduce(tensor);
  EXPECT_EQ(device.read(tensor), values);
  const Tensor gathered = device.empty({3, 4});
  device->all_gather(gathered, tensor);
  EXPECT_EQ(device.read(gathered), values);
  EXPECT_EQ(device->ranks(), 1);
  EXPECT_THROW(device->all_to_all(device.empty({4, 3}), tensor), Error);
}

}  // namespace
}  // namespace reckon::kernels::test
