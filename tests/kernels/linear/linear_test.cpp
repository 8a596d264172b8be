#include "kernels/cpu/linear/linear.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "base/error.h"
#include "tests/kernels/linear/weights.h"

namespace reckon::kernels::cpu {
namespace {

using test::kAllTypes;
using test::random_floats;
using test::random_weight;

std::vector<CpuPath> paths() {
  std::vector<CpuPath> found;
  for (const CpuPath path : kCpuPaths) {
    if (path_available(path)) found.push_back(path);
  }
  return found;
}

struct Setting {
  CpuPath path = CpuPath::portable;
  int threads = 1;
  bool repack = true;
  ActivationPrecision precision = ActivationPrecision::by_weight;
};

/// The product [tokens, rows] under a setting; rows of input and output are `gap` elements further apart than
/// they need to be, and what lies between must stay untouched.
std::vector<float> product(const StoredTensor& stored, const Setting& setting,
                           const std::vector<float>& input, std::int64_t tokens, std::int64_t gap = 0,
                           const float* bias = nullptr) {
  ThreadPool pool(setting.threads);
  LinearRunner runner(pool, setting.path);
  const auto weight =
      LinearWeight::make(stored, {.repack = setting.repack, .activations = setting.precision}, &pool);
  const std::int64_t columns = stored.columns;
  const std::int64_t rows = stored.rows;
  std::vector<float> wide_in(static_cast<std::size_t>(tokens * (columns + gap)), NAN);
  for (std::int64_t t = 0; t < tokens; ++t)
    std::copy_n(input.data() + t * columns, columns, wide_in.data() + t * (columns + gap));
  std::vector<float> wide_out(static_cast<std::size_t>(tokens * (rows + gap)), 777.0F);
  const LinearTask task{weight.get(), {wide_out.data(), tokens, rows, rows + gap}, bias};
  runner.linear({&task, 1}, {wide_in.data(), tokens, columns, columns + gap});
  std::vector<float> out;
  for (std::int64_t t = 0; t < tokens; ++t) {
    const float* row = wide_out.data() + t * (rows + gap);
    out.insert(out.end(), row, row + rows);
    for (std::int64_t i = rows; i < rows + gap; ++i) EXPECT_EQ(row[i], 777.0F) << "written past row " << t;
  }
  return out;
}

::testing::AssertionResult same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  if (a.size() != b.size())
    return ::testing::AssertionFailure() << a.size() << " and " << b.size() << " values";
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::memcmp(&a[i], &b[i], 4) != 0)
      return ::testing::AssertionFailure() << "value " << i << ": " << a[i] << " and " << b[i];
  }
  return ::testing::AssertionSuccess();
}

std::string type_name(const ::testing::TestParamInfo<DataType>& info) { return type_info(info.param).name; }

class EveryType : public ::testing::TestWithParam<DataType> {
 protected:
  std::int64_t unit() const { return type_info(GetParam()).block_elements; }
};
INSTANTIATE_TEST_SUITE_P(Linear, EveryType, ::testing::ValuesIn(kAllTypes), type_name);

TEST_P(EveryType, AgreesWithFloat64OnTheSameActivations) {
  for (const ActivationPrecision precision : {ActivationPrecision::by_weight, ActivationPrecision::float32}) {
    for (const std::int64_t rows : {1, 15, 16, 17, 33}) {
      const std::int64_t columns = unit() == 256 ? 512 : unit() == 32 ? 32 * (rows % 5 + 1) : rows * 7 + 100;
      const auto weight = random_weight(GetParam(), rows, columns, static_cast<unsigned>(rows));
      const auto input = random_floats(3 * columns, 5);
      const auto held = LinearWeight::make(weight->stored, {.activations = precision});
      const auto expected = test::reference_product(*held, precision, input.data(), 3, columns);
      for (const CpuPath path : paths()) {
        const auto got = product(weight->stored, {.path = path, .precision = precision}, input, 3);
        for (std::size_t i = 0; i < got.size(); ++i)
          ASSERT_NEAR(static_cast<double>(got[i]), expected.value[i], 2e-6 * expected.size[i] + 1e-30)
              << path_name(path) << " rows " << rows << " value " << i;
      }
    }
  }
}

// Rows of the norm sqrt(columns): the error of the whole result against its norm.
TEST_P(EveryType, RelativeErrorIsBelow1e5) {
  const std::int64_t columns = 1536;
  const auto weight = random_weight(GetParam(), 48, columns, 21);
  const auto input = random_floats(4 * columns, 22);
  const auto held = LinearWeight::make(weight->stored, {});
  const auto expected =
      test::reference_product(*held, ActivationPrecision::by_weight, input.data(), 4, columns);
  const auto got = product(weight->stored, {.path = path_from("")}, input, 4);
  double error = 0;
  double norm = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    error += std::pow(static_cast<double>(got[i]) - expected.value[i], 2);
    norm += std::pow(expected.value[i], 2);
  }
  EXPECT_LT(std::sqrt(error / norm), 1e-5);
}

TEST_P(EveryType, PathsThreadsAndRepackingGiveTheSameBits) {
  const std::int64_t columns = unit() == 256 ? 768 : unit() == 32 ? 352 : 333;
  const auto weight = random_weight(GetParam(), 70, columns, 9);
  for (const ActivationPrecision precision : {ActivationPrecision::by_weight, ActivationPrecision::float32}) {
    const auto input = random_floats(19 * columns, 10);
    const auto expected = product(weight->stored, {.precision = precision}, input, 19);
    for (const CpuPath path : paths()) {
      for (const int threads : {1, 2, 3}) {
        for (const bool repack : {true, false}) {
          const Setting setting{path, threads, repack, precision};
          EXPECT_TRUE(same_bits(product(weight->stored, setting, input, 19), expected))
              << path_name(path) << " threads " << threads << " repack " << repack;
        }
      }
    }
  }
}

TEST_P(EveryType, ATokenIsTheSameInAnyBatchAndStride) {
  const std::int64_t columns = unit() == 256 ? 256 : unit() == 32 ? 96 : 100;
  const std::int64_t rows = 35;
  const auto weight = random_weight(GetParam(), rows, columns, 11);
  const auto input = random_floats(512 * columns, 12);
  for (const CpuPath path : paths()) {
    std::vector<float> alone;
    for (std::int64_t t = 0; t < 33; ++t) {
      const std::vector<float> row(input.begin() + t * columns, input.begin() + (t + 1) * columns);
      const auto one = product(weight->stored, {.path = path}, row, 1);
      alone.insert(alone.end(), one.begin(), one.end());
    }
    for (const std::int64_t tokens : {2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 33, 512}) {
      auto got = product(weight->stored, {.path = path}, input, tokens, tokens % 3 * 5);
      const auto compared = static_cast<std::size_t>(std::min<std::int64_t>(tokens, 33) * rows);
      got.resize(compared);
      const std::vector<float> expected(alone.begin(), alone.begin() + static_cast<std::ptrdiff_t>(compared));
      EXPECT_TRUE(same_bits(got, expected)) << path_name(path) << " tokens " << tokens;
    }
  }
}

TEST_P(EveryType, BiasIsAddedLast) {
  const std::int64_t columns = unit() > 1 ? unit() : 40;
  const auto weight = random_weight(GetParam(), 19, columns, 13);
  const auto input = random_floats(2 * columns, 14);
  const auto bias = random_floats(19, 15);
  for (const CpuPath path : paths()) {
    auto expected = product(weight->stored, {.path = path}, input, 2);
    for (std::size_t i = 0; i < expected.size(); ++i) expected[i] += bias[i % 19];
    EXPECT_TRUE(same_bits(product(weight->stored, {.path = path}, input, 2, 0, bias.data()), expected));
  }
}

TEST_P(EveryType, RepackedRowsDequantiseToTheSameValues) {
  const std::int64_t columns = unit() == 256 ? 512 : 64;
  const auto weight = random_weight(GetParam(), 37, columns, 16);
  const auto packed = LinearWeight::make(weight->stored, {.repack = true});
  const auto in_place = LinearWeight::make(weight->stored, {.repack = false});
  EXPECT_EQ(packed->repacked_bytes() > 0, is_quantised(GetParam()));
  EXPECT_EQ(in_place->repacked_bytes(), 0U);
  EXPECT_EQ(in_place->in_place_bytes(), weight->data.size());
  std::vector<float> a(static_cast<std::size_t>(20 * columns));
  std::vector<float> b(a.size());
  packed->dequantise(13, 20, a.data());
  in_place->dequantise(13, 20, b.data());
  EXPECT_TRUE(same_bits(a, b));
  EXPECT_THROW(packed->dequantise(30, 8, a.data()), Error);
}

TEST_P(EveryType, ANonFiniteActivationReachesTheResult) {
  const std::int64_t columns = unit() > 1 ? unit() : 40;
  const auto weight = random_weight(GetParam(), 16, columns, 17);
  for (const float bad : {NAN, INFINITY, -INFINITY}) {
    auto input = random_floats(columns, 18);
    input[static_cast<std::size_t>(columns / 2)] = bad;
    for (const CpuPath path : paths()) {
      const auto got = product(weight->stored, {.path = path}, input, 1);
      EXPECT_FALSE(std::isfinite(got[3])) << path_name(path);
    }
  }
}

TEST_P(EveryType, ZeroActivationsGiveZero) {
  const std::int64_t columns = unit() > 1 ? unit() : 40;
  const auto weight = random_weight(GetParam(), 5, columns, 19);
  const std::vector<float> input(static_cast<std::size_t>(columns), 0.0F);
  for (const float value : product(weight->stored, {.path = path_from("")}, input, 1)) EXPECT_EQ(value, 0.0F);
}

}  // namespace
}  // namespace reckon::kernels::cpu
