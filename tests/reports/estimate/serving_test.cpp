// Estimates of serving: bounded by their corners, held against published points, honest about what differs.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "base/error.h"
#include "base/files.h"
#include "reports/estimate/comparison.h"
#include "reports/estimate/published_points.h"
#include "reports/estimate/training.h"
#include "reports/estimate/workload.h"
#include "tests/reports/estimate/share_files.h"

namespace reckon::reports {
namespace {

using ::testing::HasSubstr;

class PublishedPoints : public ::testing::Test {
 protected:
  std::vector<PublishedPoint> points_ =
      load_published_points(test::source_file("share/estimate/serving_points.json"), test::models_folder(),
                            test::shipped_hardware());
  Constants constants_ = test::shipped_constants();
};

TEST_F(PublishedPoints, BlindRangesContainEachAndTheMiddleIsNear) {
  int decode = 0;
  for (const BlindRow& row : check_blind(points_, constants_)) {
    if (!row.point->asserted) continue;
    EXPECT_TRUE(row.contains) << row.point->id;
    EXPECT_NEAR(row.middle_over_published, 1, 0.35) << row.point->id;
    decode += row.point->prefill ? 0 : 1;
  }
  EXPECT_EQ(decode, 6);  // five points, one of them with and without drafting
}

TEST_F(PublishedPoints, OneOverlapShareFromTheOthersPredictsEach) {
  for (const LeaveOneOutRow& row : check_leave_one_out(points_, constants_)) {
    if (!row.point->asserted) continue;
    EXPECT_NEAR(row.predicted_over_published, 1, 0.20) << row.point->id;
  }
}

TEST_F(PublishedPoints, ThePageShowsWhatTheModelSays) {
  const std::string page = read_file(test::source_file("docs/estimate.md"));
  EXPECT_THAT(page, HasSubstr(published_points_markdown(points_, constants_)))
      << "docs/estimate.md: put in what `reckon estimate --published` prints";
  EXPECT_THAT(
      page,
      HasSubstr(derivations_markdown(derive_published(test::source_file("share/estimate/training_runs.json"),
                                                      test::models_folder(), test::shipped_hardware()))))
      << "docs/estimate.md: put in what `reckon estimate --train` prints";
}

TEST(Serving, TheTwoCornersBoundEveryOther) {
  const Constants constants = test::shipped_constants();
  std::mt19937_64 random(3);
  for (ServingSetup setup : {test::wide_setup("h800", 32), test::wide_setup("h100", 8)}) {
    setup.draft_tokens = 1;
    setup.draft_acceptance = 0.6;
    for (const bool prefill : {false, true}) {
      const Step step = prefill ? prefill_step(setup) : decode_step(setup);
      const auto evaluate = [&](const Assumptions& values, Corner corner) {
        return step_time(setup, step, rates_of(setup.machine, setup.precision, values, corner));
      };
      const double slow = evaluate(constants.at(Corner::pessimistic), Corner::pessimistic).exposed_seconds;
      const double fast = evaluate(constants.at(Corner::optimistic), Corner::optimistic).overlapped_seconds;
      for (int round = 0; round < 200; ++round) {
        Assumptions values;
        for (const Constant& constant : constants.all) {
          values.*constant.field = random() % 2 == 0 ? constant.low : constant.high;
        }
        const StepTime time = evaluate(values, Corner::middle);
        EXPECT_LE(time.exposed_seconds, slow * (1 + 1e-12));
        EXPECT_GE(time.overlapped_seconds, fast * (1 - 1e-12));
        EXPECT_LE(time.overlapped_seconds, time.exposed_seconds);
      }
    }
  }
}

TEST(Serving, PartsAddUpToTheStep) {
  const ServingSetup setup = test::wide_setup("h800", 64);
  const ServingEstimate estimate = estimate_serving(setup, test::shipped_constants());
  for (const PhaseEstimate* phase : {&estimate.prefill, &estimate.decode}) {
    double sum = 0;
    for (const TimedPart& part : phase->middle.parts) sum += part.seconds;
    EXPECT_NEAR(sum / phase->middle.exposed_seconds, 1, 1e-9);
    EXPECT_NEAR(phase->tokens_per_second.middle,
                std::sqrt(phase->tokens_per_second.low * phase->tokens_per_second.high),
                1e-6 * phase->tokens_per_second.middle);
  }
}

TEST(Serving, MoreRequestsReadTheWeightsLessOften) {
  ServingSetup setup = test::wide_setup("h200", 8);
  const Constants constants = test::shipped_constants();
  double last = 0;
  for (const double batch : {8.0, 64.0, 512.0}) {
    setup.requests = batch;
    const double rate = estimate_serving(setup, constants).decode.tokens_per_second.middle;
    EXPECT_GT(rate, last);
    last = rate;
  }
}

TEST(Serving, MemoryOfDeepSeekV3) {
  const Constants constants = test::shipped_constants();
  ServingSetup setup = test::wide_setup("h800", 8);
  setup.layout.expert_parallel = 1;
  setup.layout.tensor_parallel = 8;
  // 671 GB of FP8 do not go into one node of 80 GB cards, and do into one of 141 GB.
  setup.requests = 8;
  const MemoryEstimate small = estimate_memory(setup, constants);
  EXPECT_NEAR(small.weight_bytes * 8 / 1e9, 680, 15);
  EXPECT_EQ(small.fit, MemoryEstimate::Fit::no);
  EXPECT_EQ(small.most_requests->high, 0);
  setup.machine.card = find_accelerator(test::shipped_hardware(), "h200");
  EXPECT_EQ(estimate_memory(setup, constants).fit, MemoryEstimate::Fit::yes);
  // The latent cache is kept whole by each device of a tensor-parallel group.
  EXPECT_DOUBLE_EQ(estimate_memory(setup, constants).kv_bytes, 8.0 * 4096 * 70'272);
}

TEST(Serving, QuantisedWeightsAreReadAndKeptAsStored) {
  const Constants constants = test::shipped_constants();
  ServingSetup setup;
  setup.shape = test::shipped_shape("llama-3.1-8b");
  setup.machine.card = find_accelerator(test::shipped_hardware(), "h100");
  setup.context_tokens = 16;
  const ServingEstimate plain = estimate_serving(setup, constants);
  EXPECT_NEAR(plain.memory.weight_bytes / 1e9, 16.06, 0.01);
  setup.shape.stored = StoredWeights{0.625, 1.0625};  // Q4_1; embeddings Q8_0
  const ServingEstimate stored = estimate_serving(setup, constants);
  const double embeddings = 2 * setup.shape.hidden * setup.shape.vocabulary;
  EXPECT_NEAR(stored.memory.weight_bytes,
              (setup.shape.parameters() - embeddings) * 0.625 + embeddings * 1.0625, 1e6);
  // One stream waits for its weights: layers 0.625 of 2 bytes, output matrix 1.0625 of 2.
  const double ratio = stored.decode.middle.work_seconds / plain.decode.middle.work_seconds;
  EXPECT_GT(ratio, 0.625 / 2);
  EXPECT_LT(ratio, 0.5);
  // A prompt waits for arithmetic, which they do not change.
  EXPECT_NEAR(stored.prefill.middle.work_seconds / plain.prefill.middle.work_seconds, 1, 0.02);
}

TEST(Serving, LayoutsThatCannotBeAreRefusedWithTheFlag) {
  const Constants constants = test::shipped_constants();
  const auto problem = [&](const ServingSetup& setup) -> std::string {
    try {
      estimate_serving(setup, constants);
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  };
  ServingSetup setup = test::wide_setup("h800", 16);
  EXPECT_EQ(problem(setup), "no error");
  setup.layout.tensor_parallel = 3;
  EXPECT_THAT(problem(setup), HasSubstr("--tp 3"));
  setup = test::wide_setup("h800", 16);
  setup.layout.expert_parallel = 5;
  EXPECT_THAT(problem(setup), HasSubstr("--ep 5"));
  setup = test::wide_setup("a100", 16);
  EXPECT_THAT(problem(setup), HasSubstr("--precision bf16"));
  setup = test::wide_setup("l40s", 16);
  EXPECT_THAT(problem(setup), HasSubstr("--network-gb-per-s"));
  setup = test::wide_setup("h800", 16);
  setup.shape = test::shipped_shape("llama-3.1-8b");
  EXPECT_THAT(problem(setup), HasSubstr("no experts"));
}

const Difference* named(const DeviceEstimate& device, const std::string& figure) {
  for (const Difference& difference : device.differences) {
    if (difference.figure.starts_with(figure)) return &difference;
  }
  return nullptr;
}

TEST(Compare, H800AgainstH100DependsOnTheLayout) {
  const auto cards = test::shipped_hardware();
  const std::vector<Accelerator> pair{find_accelerator(cards, "h800"), find_accelerator(cards, "h100")};
  const Constants constants = test::shipped_constants();
  // Wide expert parallelism waits for the network: the halved links cost nothing.
  ServingSetup setup = test::wide_setup("h800", 128);
  auto devices = compare_devices(setup, pair, constants);
  ASSERT_NE(named(devices[1], "links"), nullptr);
  EXPECT_THAT(named(devices[1], "links")->consequence, HasSubstr("nothing follows"));
  EXPECT_NEAR(devices[1].estimate->decode.tokens_per_second.middle /
                  devices[0].estimate->decode.tokens_per_second.middle,
              1, 0.005);
  EXPECT_EQ(named(devices[1], "memory"), nullptr);
  EXPECT_THAT(named(devices[1], "FP64")->consequence, HasSubstr("no operation"));
  // One node, experts spread over its links: they decide.
  setup = test::wide_setup("h800", 8);
  devices = compare_devices(setup, pair, constants);
  EXPECT_GT(named(devices[1], "links")->decode_ratio, 1.05);
  EXPECT_GT(named(devices[1], "links")->prefill_ratio, 1.05);
  // Tensor parallelism of a prompt as well.
  setup.layout = {8, 8, 1, 0, 8};
  devices = compare_devices(setup, pair, constants);
  EXPECT_GT(named(devices[1], "links")->prefill_ratio, 1.1);
}

TEST(Compare, ReasonsAreTheFiguresThatDiffer) {
  const auto cards = test::shipped_hardware();
  std::vector<Accelerator> six;
  for (const char* name : {"h800", "h100", "h200", "h20", "a100", "b200"}) {
    six.push_back(find_accelerator(cards, name));
  }
  const auto devices = compare_devices(test::wide_setup("h800", 64), six, test::shipped_constants());
  ASSERT_EQ(devices.size(), 6u);
  EXPECT_GT(named(devices[2], "memory bandwidth")->decode_ratio, 1);
  EXPECT_LT(named(devices[3], "arithmetic")->decode_ratio, 0.6);
  EXPECT_EQ(devices[4].setup.precision, Precision::bf16);
  EXPECT_THAT(named(devices[4], "arithmetic")->consequence, HasSubstr("bf16 instead of fp8"));
  EXPECT_LT(named(devices[4], "network")->decode_ratio, 0.9);
  for (const DeviceEstimate& device : devices) {
    ASSERT_TRUE(device.estimate.has_value());
    const Range& range = device.estimate->decode.tokens_per_second;
    EXPECT_LT(range.low, range.middle);
    EXPECT_LT(range.middle, range.high);
  }
}

TEST(Profile, TakesThePlaceOfThePeaks) {
  test::TemporaryFolder folder;
  const std::string path = folder.write("profile.json", R"({"device":{"name":"NVIDIA H800"},
    "limits":{"read_gb_per_s":3000},"kernels":[
    {"name":"linear fp8","shape":"7168x2112, 1 token","seconds":1e-5,"gb_per_s":1500,"gflop_per_s":3000,"bound":"memory"},
    {"name":"linear fp8","shape":"16384x7168, 1 token","seconds":5e-5,"gb_per_s":2500,"gflop_per_s":5000,"bound":"memory"},
    {"name":"linear fp8","shape":"16384x7168, 512 tokens","seconds":1e-4,"gb_per_s":1000,"gflop_per_s":900000,"bound":"compute"}]})");
  const MeasuredProfile profile = load_profile(path);
  EXPECT_DOUBLE_EQ(profile.gemm_bytes.low, 1500e9);
  EXPECT_DOUBLE_EQ(profile.gemm_bytes.middle, 2000e9);
  EXPECT_DOUBLE_EQ(profile.gemm_bytes.high, 2500e9);
  EXPECT_DOUBLE_EQ(profile.gemm_flops.middle, 900e12);
  ServingSetup setup = test::wide_setup("h800", 8);
  const double peak = estimate_serving(setup, test::shipped_constants()).decode.middle.work_seconds;
  setup.machine.profile = profile;
  const double measured = estimate_serving(setup, test::shipped_constants()).decode.middle.work_seconds;
  EXPECT_NE(peak, measured);
  EXPECT_THAT(setup.machine.rates_source(), HasSubstr("measured on NVIDIA H800"));
  EXPECT_THROW(load_profile(folder.write("other.json", R"({"kernels":[]})")), Error);
}

TEST(Profile, ProductsTakeTheRateOfTheNearestMatrixAndTokens) {
  test::TemporaryFolder folder;
  const std::string path = folder.write("profile.json", R"({"device":{"name":"X"},"kernels":[
    {"name":"linear bf16","shape":"100x100, 1 token","seconds":1,"repetition_seconds":[2,1,0.5],"gb_per_s":1,"gflop_per_s":10},
    {"name":"linear bf16","shape":"100x100, 16 tokens","seconds":1,"gb_per_s":1,"gflop_per_s":160},
    {"name":"linear bf16","shape":"1000x1000, 1 token","seconds":1,"gb_per_s":1,"gflop_per_s":30},
    {"name":"linear fp8_e4m3","shape":"100x100, 1 token","seconds":1,"gb_per_s":1,"gflop_per_s":7},
    {"name":"experts bf16","shape":"2 of 8, 100x100, 4 tokens","seconds":1,"gb_per_s":1,"gflop_per_s":3}]})");
  const MeasuredProfile profile = load_profile(path);
  ASSERT_EQ(profile.products.size(), 5U);
  const auto rate = [&](double numbers, double tokens, Corner corner = Corner::middle, bool experts = false,
                        Precision precision = Precision::bf16) {
    return measured_flops(profile, experts, precision, numbers, tokens, corner) / 1e9;
  };
  EXPECT_NEAR(rate(1e4, 1), 10, 1e-9);
  EXPECT_NEAR(rate(1e4, 1, Corner::pessimistic), 5, 1e-9);  // the slowest and the fastest repetition
  EXPECT_NEAR(rate(1e4, 1, Corner::optimistic), 20, 1e-9);
  EXPECT_NEAR(rate(1e4, 4), 40, 1e-9);     // half way in logarithms
  EXPECT_NEAR(rate(1e4, 512), 160, 1e-9);  // beyond what was measured
  EXPECT_NEAR(rate(9e5, 1), 30, 1e-9);
  EXPECT_NEAR(rate(1e4, 8, Corner::middle, true), 3, 1e-9);
  EXPECT_NEAR(rate(1e4, 1, Corner::middle, false, Precision::fp8), 7, 1e-9);
  EXPECT_NEAR(rate(1e4, 1, Corner::middle, true, Precision::fp8), 3, 1e-9);  // experts above all
}

TEST(Workload, HoursAndCostOfTokens) {
  const ServingSetup setup = test::wide_setup("h800", 8);
  const ServingEstimate serving = estimate_serving(setup, test::shipped_constants());
  const double input = serving.prefill.tokens_per_second.middle * 3600;
  const double output = serving.decode.tokens_per_second.middle * 7200;
  const Workload work{10, input, output, "test"};
  const auto priced = estimate_workload(work, serving, setup.layout, DevicePriceRange{2, 3, "s"});
  EXPECT_NEAR(priced.device_hours.middle, 8 * 3, 1e-6);
  EXPECT_NEAR(priced.wall_hours.middle, 3, 1e-6);
  EXPECT_NEAR(priced.usd->low, 2 * priced.device_hours.low, 1e-9);
  EXPECT_NEAR(priced.usd->high, 3 * priced.device_hours.high, 1e-9);
  EXPECT_FALSE(estimate_workload(work, serving, setup.layout, std::nullopt).usd.has_value());
}

TEST(Constants, BadFilesAreNamed) {
  test::TemporaryFolder folder;
  const std::string good = read_file(test::source_file("share/estimate/constants.json"));
  const auto problem = [&](const std::string& from, const std::string& to) -> std::string {
    std::string text = good;
    const std::size_t at = text.find(from);
    if (at == std::string::npos) return "test text not found";
    text.replace(at, from.size(), to);
    try {
      load_constants(folder.write("constants.json", text));
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  };
  EXPECT_EQ(problem("0.62", "0.61"), "no error");
  EXPECT_THAT(problem("\"low\": 0.62", "\"low\": 0.90"), HasSubstr("gemm_fp8_share"));
  EXPECT_THAT(problem("gemm_fp8_share", "gemm_fp8_shares"), HasSubstr("did you mean 'gemm_fp8_share'"));
  EXPECT_THAT(problem("gemm_fp8_share", "gemm_bf16_share"), HasSubstr("twice"));
  EXPECT_THAT(problem("\"high\": 0.784", "\"high\": 1.2"), HasSubstr("'high'"));
}

}  // namespace
}  // namespace reckon::reports
