// Every path computes the same bits, and the right ones.

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "base/error.h"
#include "kernels/cpu/simd/dispatch.h"
#include "tests/kernels/simd/probe.h"

namespace reckon::kernels::cpu {
namespace {

struct Path {
  const char* name;
  const SimdProbe* probe;
};

std::vector<Path> paths() {
  std::vector<Path> found = {{"portable", &portable::simd_probe}};
#if defined(__x86_64__)
  if (path_available(CpuPath::avx2)) found.push_back({"avx2", &avx2::simd_probe});
  if (path_available(CpuPath::avx512)) found.push_back({"avx512", &avx512::simd_probe});
#endif
  return found;
}

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

float from_raw(std::uint32_t raw) {
  float value;
  std::memcpy(&value, &raw, 4);
  return value;
}
std::uint32_t raw_of(float value) {
  std::uint32_t raw;
  std::memcpy(&raw, &value, 4);
  return raw;
}

/// Special values, then every magnitude: random bit patterns.
std::vector<float> all_sorts(std::size_t count, unsigned seed) {
  std::vector<float> values = {
      0.0F,       -0.0F,      kInf,          -kInf,          kNan,          1.0F,     -1.0F,
      0.5F,       1.5F,       2.5F,          -2.5F,          1e-40F,        -1e-45F,  3.4e38F,
      8388608.0F, 8388609.0F, 2147483648.0F, -2147483648.0F, 2147483520.0F, 65504.0F, 65519.9F,
      65520.0F,   6.0e-8F,    2.98e-8F,      6.1e-5F,        16777216.0F};
  std::mt19937 random(seed);
  while (values.size() < count) values.push_back(from_raw(static_cast<std::uint32_t>(random())));
  return values;
}

/// The same bits, any NaN standing for any other.
void expect_same(const std::vector<float>& got, const std::vector<float>& expected, const std::string& what) {
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    if (std::isnan(got[i]) && std::isnan(expected[i])) continue;
    ASSERT_EQ(raw_of(got[i]), raw_of(expected[i]))
        << what << " value " << i << ": " << got[i] << " " << expected[i];
  }
}

using Member = UnaryProbe SimdProbe::*;
struct Unary {
  const char* name;
  Member member;
};
const Unary kUnary[] = {{"negate", &SimdProbe::negate},
                        {"abs", &SimdProbe::abs},
                        {"sqrt", &SimdProbe::sqrt},
                        {"round_even", &SimdProbe::round_even},
                        {"to_int", &SimdProbe::to_int_and_back},
                        {"f16", &SimdProbe::through_f16},
                        {"bf16", &SimdProbe::through_bf16},
                        {"exp", &SimdProbe::exp},
                        {"log", &SimdProbe::log},
                        {"sin", &SimdProbe::sin},
                        {"cos", &SimdProbe::cos},
                        {"sigmoid", &SimdProbe::sigmoid},
                        {"silu", &SimdProbe::silu},
                        {"gelu_tanh", &SimdProbe::gelu_tanh}};

std::vector<float> results_of(UnaryProbe probe, const std::vector<float>& in) {
  std::vector<float> out(in.size());
  probe(out.data(), in.data(), static_cast<int>(in.size()));
  return out;
}

TEST(Simd, PathsGiveTheSameBitsForEveryFunction) {
  auto values = all_sorts(1 << 15, 1);
  std::mt19937 random(2);
  std::uniform_real_distribution<float> ordinary(-100.0F, 100.0F);
  for (std::size_t i = 1 << 14; i < values.size(); ++i) values[i] = ordinary(random);
  for (const Unary& unary : kUnary) {
    const auto expected = results_of(portable::simd_probe.*unary.member, values);
    for (const Path& path : paths())
      expect_same(results_of(path.probe->*unary.member, values), expected,
                  std::string(unary.name) + " " + path.name);
  }
}

TEST(Simd, ArithmeticIsThatOfTheLanguage) {
  constexpr int n = 4096;
  const auto a = all_sorts(n, 3);
  auto b = all_sorts(n, 4);
  const auto c = all_sorts(n, 5);
  for (std::size_t i = 0; i < n; i += 3) b[i] = a[(i * 7) % n];
  for (std::size_t i = 1; i < n; i += 3) b[i] = a[i];
  std::vector<float> expected(9 * n);
  std::vector<float> fused(n);
  std::vector<float> negated(n);
  for (std::size_t i = 0; i < n; ++i) {
    const float x = a[i];
    const float y = b[i];
    const float results[9] = {x + y,
                              x - y,
                              x * y,
                              x / y,
                              x > y ? x : y,
                              x < y ? x : y,
                              x < y ? 1.0F : 0.0F,
                              x <= y && !(x < y) ? 1.0F : 0.0F,
                              x == y || std::isnan(x) ? 1.0F : 0.0F};
    for (std::size_t k = 0; k < 9; ++k) expected[k * n + i] = results[k];
    fused[i] = std::fma(x, y, c[i]);
    negated[i] = std::fma(-x, y, c[i]);
  }
  for (const Path& path : paths()) {
    std::vector<float> got(9 * n);
    path.probe->arithmetic(got.data(), a.data(), b.data(), n);
    expect_same(got, expected, path.name);
    got.resize(n);
    path.probe->fma(got.data(), a.data(), b.data(), c.data(), n);
    expect_same(got, fused, path.name);
    path.probe->fnma(got.data(), a.data(), b.data(), c.data(), n);
    expect_same(got, negated, path.name);
  }
}

TEST(Simd, IntegersWrapAround) {
  constexpr int n = 1024;
  std::mt19937 random(6);
  std::vector<std::int32_t> a(n);
  std::vector<std::int32_t> b(n);
  for (std::size_t i = 0; i < n; ++i) {
    a[i] = static_cast<std::int32_t>(random());
    b[i] = i % 4 == 0 ? a[i] : static_cast<std::int32_t>(random());
  }
  for (const Path& path : paths()) {
    std::vector<std::int32_t> out(11 * n);
    path.probe->integers(out.data(), a.data(), b.data(), n);
    for (std::size_t i = 0; i < n; ++i) {
      const auto x = static_cast<std::uint32_t>(a[i]);
      const auto y = static_cast<std::uint32_t>(b[i]);
      const std::uint32_t expected[11] = {x + y,
                                          x - y,
                                          x * y,
                                          x & y,
                                          x | y,
                                          x ^ y,
                                          x << 5U,
                                          static_cast<std::uint32_t>(a[i] >> 7),
                                          x >> 7U,
                                          x == y ? x : 1U,
                                          a[i] < b[i] ? x : y};
      for (std::size_t k = 0; k < 11; ++k)
        ASSERT_EQ(static_cast<std::uint32_t>(out[k * n + i]), expected[k]) << path.name << " operation " << k;
    }
  }
}

TEST(Simd, HalvesOfWordsAreMultipliedAsSignedNumbers) {
  const std::int32_t ends[] = {0, 1, -1, 255, -256, 32767, -32767, -32768};
  std::vector<std::int32_t> a;
  std::vector<std::int32_t> b;
  std::vector<std::int32_t> wanted;
  const auto word = [](std::int32_t low, std::int32_t high) { return (low & 0xffff) | (high * 65536); };
  for (const std::int32_t low : ends) {
    for (const std::int32_t high : ends) {
      for (const std::int32_t other : {3, -7, 32767, -32767}) {
        if (low == -32768 && high == -32768) continue;  // the sum would not fit
        a.push_back(word(low, high));
        b.push_back(word(other, -other));
        wanted.push_back(low * other - high * other + 5);
      }
    }
  }
  while (a.size() % 16 != 0) {
    a.push_back(0);
    b.push_back(0);
    wanted.push_back(5);
  }
  for (const Path& path : paths()) {
    std::vector<std::int32_t> sums(a.size(), 5);
    path.probe->add_dot_pairs(sums.data(), a.data(), b.data(), static_cast<int>(a.size()));
    EXPECT_EQ(sums, wanted) << path.name;
  }
}

TEST(Simd, SumsAndMaximaFollowTheTree) {
  std::mt19937 random(7);
  std::normal_distribution<float> normal;
  for (int round = 0; round < 200; ++round) {
    float lanes[16];
    for (float& lane : lanes) lane = normal(random) * std::ldexp(1.0F, static_cast<int>(random() % 20));
    float sum[16];
    float largest[16];
    std::memcpy(sum, lanes, sizeof sum);
    std::memcpy(largest, lanes, sizeof largest);
    for (int step = 8; step > 0; step /= 2) {
      for (int i = 0; i < step; ++i) {
        sum[i] += sum[i + step];
        largest[i] = std::max(largest[i], largest[i + step]);
      }
    }
    for (const Path& path : paths()) {
      EXPECT_EQ(path.probe->reduce_add(lanes), sum[0]) << path.name;
      EXPECT_EQ(path.probe->reduce_max(lanes), largest[0]) << path.name;
    }
  }
}

TEST(Simd, EveryHalfComesBack) {
  std::vector<std::uint16_t> halves(1 << 16);
  for (std::size_t i = 0; i < halves.size(); ++i) halves[i] = static_cast<std::uint16_t>(i);
  const int n = static_cast<int>(halves.size());
  for (const Path& path : paths()) {
    std::vector<float> values(halves.size());
    std::vector<std::uint16_t> back(halves.size());
    path.probe->load_f16(values.data(), halves.data(), n);
    path.probe->store_f16(back.data(), values.data(), n);
    for (std::size_t i = 0; i < halves.size(); ++i) {
      const bool nan = (i & 0x7fffU) > 0x7c00U;
      ASSERT_EQ(back[i], nan ? i | 0x200U : i) << path.name;
      ASSERT_EQ(std::isnan(values[i]), nan);
      const auto exponent = static_cast<int>((i >> 10U) & 31U);
      const auto mantissa = static_cast<int>(i & 1023U);
      if (exponent == 31) continue;
      const double size =
          exponent == 0 ? std::ldexp(mantissa, -24) : std::ldexp(1024 + mantissa, exponent - 25);
      ASSERT_EQ(static_cast<double>(values[i]), (i & 0x8000U) != 0 ? -size : size) << path.name;
    }
    path.probe->load_bf16(values.data(), halves.data(), n);
    path.probe->store_bf16(back.data(), values.data(), n);
    for (std::size_t i = 0; i < halves.size(); ++i) {
      const bool nan = (i & 0x7fffU) > 0x7f80U;
      ASSERT_EQ(raw_of(values[i]), static_cast<std::uint32_t>(i) << 16U) << path.name;
      ASSERT_EQ(back[i], nan ? i | 0x40U : i) << path.name;
    }
  }
}

TEST(Simd, HalvesRoundToNearestEven) {
  const float input[16] = {
      1.0F + 1.0F / 2048, 1.0F + 3.0F / 2048, 1.0F + 1.1F / 2048, 65519.9F, 65520.0F, 2.98e-8F, 2.99e-8F,
      8.9407e-8F,         6.10352e-5F,        -65536.0F,          2049.0F,  2051.0F,  1e-10F,   -1e-10F,
      5.96e-8F,           0.33325195F};
  const std::uint16_t f16[16] = {0x3c00, 0x3c02, 0x3c01, 0x7bff, 0x7c00, 0x0000, 0x0001, 0x0002,
                                 0x0400, 0xfc00, 0x6800, 0x6802, 0x0000, 0x8000, 0x0001, 0x3555};
  for (const Path& path : paths()) {
    std::uint16_t got[16];
    path.probe->store_f16(got, input, 16);
    for (int i = 0; i < 16; ++i) EXPECT_EQ(got[i], f16[i]) << path.name << " " << input[i];
  }
}

TEST(Simd, BytesWiden) {
  std::vector<std::int8_t> bytes(256);
  for (std::size_t i = 0; i < 256; ++i) bytes[i] = static_cast<std::int8_t>(i);
  for (const Path& path : paths()) {
    std::vector<std::int32_t> out(256);
    path.probe->load_i8(out.data(), bytes.data(), 256);
    for (std::size_t i = 0; i < 256; ++i) EXPECT_EQ(out[i], bytes[i]) << path.name;
    path.probe->load_u8(out.data(), reinterpret_cast<const std::uint8_t*>(bytes.data()), 256);
    for (std::size_t i = 0; i < 256; ++i) EXPECT_EQ(out[i], static_cast<int>(i)) << path.name;
  }
}

TEST(Simd, PartialLoadsAndStoresTouchNoMore) {
  for (const Path& path : paths()) {
    for (int n = 0; n <= 16; ++n) {
      const std::vector<float> in(static_cast<std::size_t>(n),
                                  2.5F);  // the sanitizer sees a read past its end
      std::vector<float> out(20, 7.0F);
      path.probe->copy_partial(out.data(), in.data(), n);
      for (std::size_t i = 0; i < 20; ++i) EXPECT_EQ(out[i], i < static_cast<std::size_t>(n) ? 2.5F : 7.0F);
      const std::vector<std::uint16_t> halves(static_cast<std::size_t>(n), 0x3c01);
      for (const auto probe : {path.probe->copy_partial_f16, path.probe->copy_partial_bf16}) {
        std::vector<std::uint16_t> to(20, 9);
        probe(to.data(), halves.data(), n);
        for (std::size_t i = 0; i < 20; ++i) EXPECT_EQ(to[i], i < static_cast<std::size_t>(n) ? 0x3c01 : 9);
      }
    }
  }
}

// --- Functions, against double

double error_in_ulps(float got, double expected) {
  const float nearest = static_cast<float>(expected);
  if (std::isinf(nearest) || nearest == 0.0F) return got == nearest ? 0.0 : 1e9;
  const double spacing =
      static_cast<double>(std::nextafter(std::fabs(nearest), kInf)) - std::fabs(static_cast<double>(nearest));
  return std::fabs(static_cast<double>(got) - expected) / spacing;
}

double worst_ulps(UnaryProbe probe, double (*function)(double), float low, float high) {
  std::mt19937 random(8);
  std::uniform_real_distribution<float> range(low, high);
  std::vector<float> in(1 << 16);
  for (float& x : in) x = range(random);
  const auto out = results_of(probe, in);
  double worst = 0;
  for (std::size_t i = 0; i < in.size(); ++i)
    worst = std::max(worst, error_in_ulps(out[i], function(static_cast<double>(in[i]))));
  return worst;
}

TEST(Math, ExpAndLogAreAccurate) {
  const SimdProbe& probe = portable::simd_probe;
  EXPECT_LT(worst_ulps(probe.exp, std::exp, -87.0F, 88.7F), 1.5);
  EXPECT_LT(worst_ulps(probe.exp, std::exp, -1.0F, 1.0F), 1.5);
  EXPECT_LT(worst_ulps(probe.exp, std::exp, -103.0F, -87.0F), 1.5);
  EXPECT_LT(worst_ulps(probe.log, std::log, 1e-38F, 10.0F), 1.5);
  EXPECT_LT(worst_ulps(probe.log, std::log, 1.5F, 1e30F), 1.5);
  EXPECT_LT(worst_ulps(probe.log, std::log, 0.0F, 1e-38F), 1.5);
}

TEST(Math, EndsOfTheRange) {
  const auto exp = results_of(portable::simd_probe.exp, {0.0F, 88.8F, kInf, -104.0F, -kInf, kNan, -0.0F, 1.0F,
                                                         -1000.0F, 1000.0F, 0, 0, 0, 0, 0, 0});
  EXPECT_EQ(exp[0], 1.0F);
  EXPECT_EQ(exp[1], kInf);
  EXPECT_EQ(exp[2], kInf);
  EXPECT_EQ(exp[3], 0.0F);
  EXPECT_EQ(exp[4], 0.0F);
  EXPECT_TRUE(std::isnan(exp[5]));
  EXPECT_EQ(exp[6], 1.0F);
  EXPECT_EQ(exp[8], 0.0F);
  EXPECT_EQ(exp[9], kInf);
  const auto log = results_of(portable::simd_probe.log,
                              {0.0F, -0.0F, 1.0F, kInf, -1.0F, kNan, -kInf, 1e-45F, 1, 1, 1, 1, 1, 1, 1, 1});
  EXPECT_EQ(log[0], -kInf);
  EXPECT_EQ(log[1], -kInf);
  EXPECT_EQ(log[2], 0.0F);
  EXPECT_EQ(log[3], kInf);
  EXPECT_TRUE(std::isnan(log[4]));
  EXPECT_TRUE(std::isnan(log[5]));
  EXPECT_TRUE(std::isnan(log[6]));
  EXPECT_NEAR(log[7], -103.2789, 1e-4);
}

TEST(Math, SinAndCosOfRopeAngles) {
  std::mt19937 random(9);
  for (const float reach : {1.0F, 100.0F, 1.0e4F, 1.0e6F, 2.0e6F}) {
    std::uniform_real_distribution<float> range(-reach, reach);
    std::vector<float> in(1 << 15);
    for (float& x : in) x = range(random);
    for (std::size_t i = 0; i < 4096; ++i) in[i] = std::floor(std::fabs(in[i]));  // positions themselves
    const auto sin = results_of(portable::simd_probe.sin, in);
    const auto cos = results_of(portable::simd_probe.cos, in);
    const double allowed = reach > 1.0e6F ? 4.0e-7 : 1.5e-7;
    for (std::size_t i = 0; i < in.size(); ++i) {
      ASSERT_NEAR(static_cast<double>(sin[i]), std::sin(static_cast<double>(in[i])), allowed) << in[i];
      ASSERT_NEAR(static_cast<double>(cos[i]), std::cos(static_cast<double>(in[i])), allowed) << in[i];
    }
  }
  const auto bad = results_of(portable::simd_probe.sin, std::vector<float>(16, kInf));
  EXPECT_TRUE(std::isnan(bad[0]));
}

double sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }
double silu(double x) { return x * sigmoid(x); }
double gelu(double x) {
  return 0.5 * x * (1.0 + std::tanh(std::sqrt(2.0 / M_PI) * (x + 0.044715 * x * x * x)));
}

TEST(Math, ActivationsAreAccurate) {
  const SimdProbe& probe = portable::simd_probe;
  EXPECT_LT(worst_ulps(probe.sigmoid, sigmoid, -80.0F, 30.0F), 4);
  EXPECT_LT(worst_ulps(probe.silu, silu, -80.0F, 30.0F), 4);
  EXPECT_LT(worst_ulps(probe.gelu_tanh, gelu, -2.0F, 30.0F), 8);
  std::vector<float> in(16);
  for (std::size_t i = 0; i < 16; ++i) in[i] = -2.0F - static_cast<float>(i) / 4;
  const auto out = results_of(probe.gelu_tanh, in);
  for (std::size_t i = 0; i < 16; ++i)
    EXPECT_NEAR(static_cast<double>(out[i]), gelu(static_cast<double>(in[i])),
                1e-6 * std::fabs(gelu(static_cast<double>(in[i]))) + 1e-7);
  const auto ends =
      results_of(probe.silu, {-1000.0F, 1000.0F, -kInf, kInf, kNan, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  EXPECT_EQ(ends[0], 0.0F);
  EXPECT_EQ(ends[1], 1000.0F);
  EXPECT_EQ(ends[3], kInf);
  EXPECT_TRUE(std::isnan(ends[4]));
}

// --- Choice of the path

TEST(Dispatch, NamesAndRefusals) {
  EXPECT_EQ(path_from("portable"), CpuPath::portable);
  EXPECT_TRUE(path_available(path_from("")));
  for (const CpuPath path : kCpuPaths) {
    if (path_available(path)) {
      EXPECT_EQ(path_from(path_name(path)), path);
    } else {
      EXPECT_THROW(path_from(path_name(path)), Error);
    }
  }
  try {
    path_from("avx1024");
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what())
                  .find("RECKON_CPU=avx1024: no such instruction path; use portable, avx2 or avx512"),
              std::string::npos);
  }
}

}  // namespace
}  // namespace reckon::kernels::cpu
