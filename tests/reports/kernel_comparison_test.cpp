// Timings of kernels: faster, slower, the same, or not to be told.

#include "reports/compare/kernel_comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/json.h"
#include "reports/statistics/counter_random.h"

namespace reckon::reports {
namespace {

using ::testing::HasSubstr;

KernelTiming timing(const std::string& name, double seconds, std::uint64_t seed,
                    std::size_t repetitions = 9) {
  KernelTiming kernel;
  kernel.name = name;
  kernel.shape = "64x64";
  for (std::size_t i = 0; i < repetitions; ++i) {
    kernel.repetitions.push_back(seconds *
                                 (1 + 0.01 * static_cast<double>(random_below(seed, 0, i, 1000)) / 1000));
  }
  return kernel;
}

KernelTable table(std::vector<KernelTiming> kernels) {
  KernelTable made;
  made.device_name = "card";
  made.kernels = std::move(kernels);
  return made;
}

TEST(KernelComparison, FasterSlowerAndTheSame) {
  const KernelComparison comparison =
      compare_kernels(table({timing("a", 1e-3, 1), timing("b", 1e-3, 2), timing("c", 1e-3, 3)}),
                      table({timing("a", 2e-3, 4), timing("b", 5e-4, 5), timing("c", 1.001e-3, 6)}));
  ASSERT_EQ(comparison.kernels.size(), 3u);
  EXPECT_EQ(comparison.kernels[0].verdict, Verdict::worse);
  EXPECT_EQ(comparison.kernels[1].verdict, Verdict::better);
  EXPECT_EQ(comparison.kernels[2].verdict, Verdict::same);
  EXPECT_NEAR(comparison.geometric_mean, 1.0, 0.01);
  EXPECT_LE(comparison.geometric_mean_interval->low, comparison.geometric_mean);
  EXPECT_GE(comparison.geometric_mean_interval->high, comparison.geometric_mean);
  EXPECT_THAT(kernel_comparison_text(comparison), HasSubstr("slower"));
  const json::Document document = json::parse(kernel_comparison_json(comparison), "kernels");
  EXPECT_STREQ(document["kernels"][1]["verdict"].GetString(), "faster");
}

TEST(KernelComparison, AChangeBelowTheMinimumEffectIsNoVerdict) {
  const auto older = table({timing("a", 1e-3, 1)});
  const auto newer = table({timing("a", 1.015e-3, 2)});
  EXPECT_EQ(compare_kernels(older, newer, {0.016, 0.05, 1}).kernels[0].verdict, Verdict::inconclusive);
  EXPECT_EQ(compare_kernels(older, newer, {0.02, 0.05, 1}).kernels[0].verdict, Verdict::same);
  EXPECT_EQ(compare_kernels(older, newer, {0.001, 0.05, 1}).kernels[0].verdict, Verdict::worse);
}

TEST(KernelComparison, NeedsNineRepetitions) {
  try {
    compare_kernels(table({timing("a", 1e-3, 1)}), table({timing("a", 1e-3, 1, 8)}));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::not_evaluated);
    EXPECT_THAT(error.what(), HasSubstr("has 8 repetitions"));
    EXPECT_THAT(error.what(), HasSubstr("--repetitions 9"));
  }
}

TEST(KernelComparison, NamesDevicesAndKernelsThatDiffer) {
  KernelTable newer = table({timing("a", 1e-3, 1), timing("new", 1e-3, 1)});
  newer.device_name = "other card";
  const KernelComparison comparison =
      compare_kernels(table({timing("a", 1e-3, 1), timing("old", 1e-3, 1)}), newer);
  ASSERT_EQ(comparison.warnings.size(), 3u);
  EXPECT_THAT(comparison.warnings[0], HasSubstr("'card' and 'other card'"));
  EXPECT_THROW(compare_kernels(table({timing("a", 1, 1)}), table({timing("b", 1, 1)})), Error);
}

}  // namespace
}  // namespace reckon::reports
