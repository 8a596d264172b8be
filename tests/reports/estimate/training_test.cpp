// Published training and serving bills follow from their published parts.

#include <gtest/gtest.h>

#include "reports/estimate/training.h"
#include "tests/reports/estimate/share_files.h"

namespace reckon::reports {
namespace {

class PublishedRuns : public ::testing::Test {
 protected:
  const Derivation& titled(const std::string& start) {
    for (const Derivation& derivation : derivations_) {
      if (derivation.title.starts_with(start)) return derivation;
    }
    throw std::runtime_error("no derivation of " + start);
  }
  std::vector<Derivation> derivations_ =
      derive_published(test::source_file("share/estimate/training_runs.json"), test::models_folder(),
                       test::shipped_hardware());
};

TEST_F(PublishedRuns, DeepSeekV3StepByStep) {
  const Derivation& run = titled("DeepSeek-V3 on H800");
  EXPECT_DOUBLE_EQ(run.step("pre-training").value, 2'664'000);
  EXPECT_DOUBLE_EQ(run.step("device-hours").value, 2'788'000);
  EXPECT_DOUBLE_EQ(run.step("cost").value, 5'576'000);
  EXPECT_NEAR(run.step("days a trillion tokens").value, 3.7, 0.05);
  EXPECT_NEAR(run.step("rate").value, 385.4, 0.05);
  EXPECT_NEAR(run.step("share of the BF16 peak (MFU)").value, 0.3896, 0.00005);
  EXPECT_NEAR(run.step("operations a token, from the shape").value, 250, 1);
  for (const DerivationStep& step : run.steps) {
    // The sources round: the paper's own MFU is 38.94 %, from 385 TFLOPS.
    if (step.published && step.what != "share of the BF16 peak (MFU)" &&
        step.what != "operations a token, from the shape") {
      EXPECT_NEAR(step.value / *step.published, 1, 0.002) << step.what;
    }
  }
}

TEST_F(PublishedRuns, Llama405BBesideIt) {
  const Derivation& run = titled("Llama 3.1 405B");
  EXPECT_DOUBLE_EQ(run.step("device-hours").value, 30'840'000);
  EXPECT_NEAR(run.step("rate").value, 341, 0.5);
  EXPECT_NEAR(run.step("share of the BF16 peak (MFU)").value, 0.345, 0.0005);
}

TEST_F(PublishedRuns, R1AndADayOfServing) {
  EXPECT_NEAR(titled("DeepSeek-R1").step("device-hours").value, 147'336, 0.5);
  const Derivation& day = titled("a day of serving");
  EXPECT_DOUBLE_EQ(day.step("cost of a day").value, 87'072);
  EXPECT_NEAR(day.step("node-hours from the tokens").value, 5444.7, 0.05);
  EXPECT_NEAR(titled("SGLang").step("cost of a million output tokens").value, 0.20, 0.001);
}

TEST(Training, HoursDaysAndCostOfARun) {
  TrainingSetup setup;
  setup.card = find_accelerator(test::shipped_hardware(), "h800");
  setup.flop_per_token = 250e9;
  setup.tokens = 14.8e12;
  setup.devices = 2048;
  setup.flops_per_device = {300e12, 385.4e12, 400e12};
  const TrainingEstimate estimate = estimate_training(setup, DevicePriceRange{2, 2, "assumed"});
  // 14.8 T x 250 GFLOP / 385.4 TFLOPS
  EXPECT_NEAR(estimate.device_hours.middle, 2'667'000, 1'000);
  EXPECT_NEAR(estimate.days.middle, estimate.device_hours.middle / 2048 / 24, 1e-9);
  EXPECT_GT(estimate.device_hours.high, estimate.device_hours.low);
  EXPECT_NEAR(estimate.usd->middle, 2 * estimate.device_hours.middle, 1e-3);
  EXPECT_FALSE(estimate_training(setup, std::nullopt).usd.has_value());
}

TEST(Training, WhatAClusterCouldHaveTrainedIsTheInverse) {
  TrainingSetup setup;
  setup.flop_per_token = 250e9;
  setup.tokens = 14.8e12;
  setup.devices = 2048;
  setup.flops_per_device = {385.4e12, 385.4e12, 385.4e12};
  const double days = estimate_training(setup, std::nullopt).days.middle;
  EXPECT_NEAR(tokens_in(setup, days).middle, 14.8e12, 1e6);
  setup.devices = 50'000;
  EXPECT_NEAR(tokens_in(setup, days).middle / 14.8e12, 50'000.0 / 2048, 1e-6);
}

}  // namespace
}  // namespace reckon::reports
