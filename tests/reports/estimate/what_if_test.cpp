// A run's own tokens on an H800 and on an H100.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "reports/estimate/what_if.h"
#include "tests/reports/estimate/share_files.h"

namespace reckon::reports {
namespace {

using ::testing::HasSubstr;

EstimateSources sources() {
  return load_estimate_sources(test::source_file("share/hardware"), test::source_file("share/estimate"),
                               test::source_file("share/prices"), {"h800", "h100"});
}

RunData run_with(std::int64_t input, std::int64_t output) {
  RunData run;
  run.display_name = "mine";
  run.created = "2025-06-01T00:00:00Z";
  TaskData task;
  for (int i = 0; i < 10; ++i) {
    SampleRecord sample;
    sample.doc_id = i;
    sample.usage.input = input;
    sample.usage.output = output;
    task.records.push_back(sample);
  }
  run.tasks = {task};
  return run;
}

// New over old tokens a second, of decode.
double ratio_of(const WhatIfCase& one) {
  return one.devices[1].device.estimate->decode.tokens_per_second.middle /
         one.devices[0].device.estimate->decode.tokens_per_second.middle;
}

TEST(WhatIf, WideExpertsWaitForTheNetworkAndOneNodeForItsLinks) {
  const auto found = what_if(run_with(500, 4000), sources());
  ASSERT_TRUE(found.has_value());
  ASSERT_EQ(found->cases.size(), 3U);
  EXPECT_DOUBLE_EQ(found->work.output_tokens, 40'000);
  const WhatIfCase& wide = found->cases[0];
  EXPECT_THAT(wide.layout, HasSubstr("expert parallel over the network of 16 nodes"));
  EXPECT_NEAR(ratio_of(wide), 1, 0.005);
  EXPECT_THAT(found->cases[1].layout, HasSubstr("8 devices, expert parallel in one node"));
  EXPECT_GT(ratio_of(found->cases[1]), 1.05);
  EXPECT_THAT(found->cases[2].layout, HasSubstr("8 devices, tensor parallel in one node"));
  const auto& prefill = [](const DeviceReport& device) {
    return device.device.estimate->prefill.tokens_per_second.middle;
  };
  EXPECT_GT(prefill(found->cases[2].devices[1]) / prefill(found->cases[2].devices[0]), 1.1);
  for (const WhatIfCase& one : found->cases) {
    EXPECT_NE(one.devices[0].device.estimate->memory.fit, MemoryEstimate::Fit::no) << one.model;
    ASSERT_TRUE(one.devices[0].work && one.devices[0].work->usd) << one.model;
    EXPECT_NEAR(one.devices[0].work->usd->low, 2.0 * one.devices[0].work->device_hours.low, 1e-12);
  }
}

TEST(WhatIf, TheRunsOwnModelTakesTheSmallestLayoutThatFits) {
  RunData run = run_with(500, 4000);
  const auto layout = [&](const std::string& file) {
    run.model_config_json = read_file(test::source_file("share/estimate/models/" + file));
    const auto found = what_if(run, sources());
    return found && found->cases.size() == 4 && found->cases[0].own ? found->cases[0].layout : "none";
  };
  EXPECT_EQ(layout("llama-3.1-8b.json"), "one device");
  EXPECT_EQ(layout("llama-3.1-70b.json"), "4 devices, tensor parallel in one node");
  EXPECT_EQ(layout("deepseek-v3.json"), "16 devices, expert parallel over the network of 2 nodes");
  EXPECT_EQ(layout("llama-3.1-405b.json"), "none");  // in 16 bits no node holds it
  run.model_config_json = R"({"model_type":"mamba"})";
  EXPECT_EQ(what_if(run, sources())->cases.size(), 3U);
}

TEST(WhatIf, NothingWithoutTokens) { EXPECT_FALSE(what_if(run_with(0, 0), sources()).has_value()); }

}  // namespace
}  // namespace reckon::reports
