#include "suites/generators/counter_rng.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <vector>

namespace reckon::suites {
namespace {

// The first outputs of SplitMix64 from state 0, as published with its reference implementation.
TEST(CounterRng, MixesAsPublished) {
  EXPECT_EQ(mix64(1 * kGoldenGamma), 0xe220a8397b1dcdafULL);
  EXPECT_EQ(mix64(2 * kGoldenGamma), 0x6e789e6aa1b965f4ULL);
  EXPECT_EQ(mix64(3 * kGoldenGamma), 0x06c45d188009454fULL);
}

TEST(CounterRng, SameKeySameDrawsAndOtherStreamsDiffer) {
  CounterRng first(7, 3);
  CounterRng again(7, 3);
  CounterRng other_stream(7, 4);
  CounterRng other_seed(8, 3);
  for (int i = 0; i < 100; ++i) {
    const std::uint64_t drawn = first.next();
    EXPECT_EQ(drawn, again.next());
    EXPECT_NE(drawn, other_stream.next());
    EXPECT_NE(drawn, other_seed.next());
  }
}

TEST(CounterRng, BelowReachesEveryValueAboutEquallyOften) {
  CounterRng rng(1, 0);
  std::array<int, 7> counts{};
  for (int i = 0; i < 7000; ++i) {
    const int value = rng.below(7);
    ASSERT_GE(value, 0);
    ASSERT_LT(value, 7);
    ++counts[static_cast<std::size_t>(value)];
  }
  // Six standard deviations of a binomial with n = 7000, p = 1/7.
  for (const int count : counts) {
    EXPECT_NEAR(count, 1000, 180);
  }
}

TEST(CounterRng, ShuffleKeepsTheElements) {
  CounterRng rng(5, 0);
  std::vector<int> values = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  const std::vector<int> before = values;
  rng.shuffle(values);
  EXPECT_NE(values, before);
  std::sort(values.begin(), values.end());
  EXPECT_EQ(values, before);
}

}  // namespace
}  // namespace reckon::suites
