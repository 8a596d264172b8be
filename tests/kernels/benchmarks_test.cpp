#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "base/json.h"
#include "kernels/benchmarks/communication.h"
#include "kernels/benchmarks/kernel_benchmarks.h"
#include "kernels/cpu/device.h"
#include "kernels/cpu/simd/dispatch.h"

namespace reckon::kernels {
namespace {

BenchmarkShapes small_shapes() {
  BenchmarkShapes shapes;
  shapes.hidden = 64;
  shapes.vocabulary = 100;
  shapes.linears = {
      {"q", DataType::q4_1, 64, 64}, {"k", DataType::q4_1, 64, 64}, {"o", DataType::f16, 32, 64}};
  shapes.attention = GroupedAttentionShape{4, 2, 16, 16};
  MlaSpec latent;
  latent.heads = 2;
  latent.nope_dim = latent.value_dim = 16;
  latent.rope_dim = 8;
  latent.latent_dim = 32;
  shapes.latent_attention = latent;
  RouterSpec router;
  router.experts = 4;
  router.top_k = 2;
  shapes.router = router;
  shapes.expert_type = DataType::q8_0;
  shapes.expert_intermediate = 32;
  shapes.rotary_dim = 16;
  shapes.token_counts = {1, 3};
  shapes.context = 40;
  return shapes;
}

TEST(KernelBenchmarks, EveryKernelOfTheModelIsTimedAgainstALimit) {
  BenchmarkOptions options;
  options.backend.threads = 1;
  options.seconds_per_repetition = 1e-4;
  options.cold_and_warm = true;
  std::size_t calls = 0;
  options.progress = [&](const std::string&, double done) {
    ++calls;
    EXPECT_LE(done, 1.0);
  };
  const KernelReport report = run_kernel_benchmarks(small_shapes(), options);
  EXPECT_GT(report.limits.read_bytes_per_second, 0.0);
  EXPECT_GT(report.limits.fma_flops_per_second, 0.0);
  EXPECT_GT(report.limits.int8_ops_per_second, 0.0);
  EXPECT_GT(report.limits.write_bytes_per_second, 0.0);
  EXPECT_GT(report.limits.copy_bytes_per_second, 0.0);
  EXPECT_GT(report.limits.fp64_flops_per_second, 0.0);
  EXPECT_GT(report.limits.int16_ops_per_second, 0.0);
  EXPECT_EQ(calls, report.kernels.size() + 1);
  const bool several_paths = cpu::path_available(cpu::CpuPath::avx2);
  for (const KernelTiming& timing : report.kernels) {
    EXPECT_GT(timing.seconds, 0) << timing.name;
    EXPECT_GT(timing.bytes, 0) << timing.name;
    EXPECT_GT(timing.flops, 0) << timing.name;
    EXPECT_GE(timing.spread, 0) << timing.name;
    EXPECT_EQ(timing.share_of_limit.has_value(), timing.bound != "cache") << timing.name;
    EXPECT_EQ(timing.warm, timing.bound == "cache") << timing.name;
    EXPECT_EQ(timing.other_seconds.size(), 1U) << timing.name;
    EXPECT_FALSE(timing.noise) << "one repetition says nothing of noise";
    EXPECT_EQ(timing.checked, several_paths) << timing.name;
  }
  const auto count = [&](const std::string& name) {
    return std::count_if(report.kernels.begin(), report.kernels.end(),
                         [&](const KernelTiming& timing) { return timing.name == name; });
  };
  EXPECT_EQ(count("linear q4_1"), 2);  // equal shapes once, at both token counts
  EXPECT_EQ(count("linear f16"), 2);
  EXPECT_EQ(count("experts q8_0"), 2);
  EXPECT_EQ(count("attention prefill f16"), 1);
  EXPECT_EQ(count("attention decode f16"), 2);
  EXPECT_EQ(count("mla expanded f16"), 1);
  EXPECT_EQ(count("mla absorbed f16"), 2);
  for (const char* name : {"rms_norm", "rope", "router", "sample greedy", "sample top-p", "permute",
                           "unpermute", "norm, rope, cache write f16", "quantise int8"})
    EXPECT_EQ(count(name), 2);

  const json::Document document = json::parse(kernel_report_json(report, "abc"), "kernels.json");
  const json::ObjectReader root(document, "kernels.json");
  EXPECT_EQ(root.get_object("device").get_string("backend"), "cpu");
  EXPECT_GT(root.get_object("limits").get_number("read_gb_per_s"), 0.0);
  const auto kernels = root.get_array("kernels").GetArray();
  ASSERT_EQ(kernels.Size(), report.kernels.size());
  const json::ObjectReader first(kernels[0], "kernels");
  EXPECT_EQ(first.get_string("name"), report.kernels[0].name);
  EXPECT_NEAR(first.get_number("gflop_per_s"), report.kernels[0].flops / report.kernels[0].seconds * 1e-9,
              1e-6 * first.get_number("gflop_per_s"));
  EXPECT_EQ(root.get_object("context").get_string("commit"), "abc");
  // An entry a repetition, and the median.
  const auto entries = root.get_array("benchmarks").GetArray();
  ASSERT_EQ(entries.Size(), 2 * report.kernels.size());
  const json::ObjectReader repetition(entries[0], "benchmarks");
  EXPECT_EQ(repetition.get_string("run_type"), "iteration");
  EXPECT_EQ(repetition.get_string("name"), report.kernels[0].name + "/" + report.kernels[0].shape);
  EXPECT_GT(repetition.get_number("warm_time"), 0.0);
  EXPECT_NEAR(repetition.get_number("real_time"), report.kernels[0].seconds * 1e6, 1e-6);
  const json::ObjectReader median(entries[1], "benchmarks");
  EXPECT_EQ(median.get_string("run_type"), "aggregate");
  EXPECT_EQ(median.get_string("name"), repetition.get_string("name") + "_median");
}

TEST(KernelBenchmarks, ImpossibleShapesAreErrors) {
  BenchmarkShapes shapes;
  shapes.linears = {{"q", DataType::q4_1, 64, 65}};
  EXPECT_THROW(run_kernel_benchmarks(shapes), Error);
  shapes.linears = {{"q", DataType::f32, 0, 64}};
  EXPECT_THROW(run_kernel_benchmarks(shapes), Error);
  shapes.linears.clear();
  shapes.attention = GroupedAttentionShape{5, 2, 16, 16};
  EXPECT_THROW(run_kernel_benchmarks(shapes), Error);
}

TEST(Device, WhatOthersTookOfTheProcessorsIsCounted) {
  const std::string stat =
      "cpu  9 9 9 9 9 9 9 9 0 0\ncpu0 100 20 30 1000 5 3 2 45 7 7\ncpu1 1 2 3 4 5 6 7 8 9 10\ncpu2 10 0 0 0 "
      "0 0 0 0 0 "
      "0\nintr 5\n";
  EXPECT_DOUBLE_EQ(cpu::parse_busy_seconds(stat, {true, false, true}, 100.0), 2.1)
      << "not idle, iowait, guest";
  EXPECT_EQ(cpu::parse_busy_seconds("", {true}, 100.0), 0.0);
  EXPECT_DOUBLE_EQ(cpu::processors_of_others({10.0, 4.0, 100.0}, {14.0, 7.0, 102.0}), 0.5);
  EXPECT_EQ(cpu::processors_of_others({10.0, 4.0, 100.0}, {12.0, 7.0, 102.0}), 0.0) << "ticks are coarse";
  const cpu::ProcessorUse before = cpu::processor_use();
  // A process that began just now may not have used a tick: it computes until it has, however long that
  // takes.
  cpu::ProcessorUse after = before;
  while (after.own_seconds <= before.own_seconds) after = cpu::processor_use();
  EXPECT_GT(after.clock_seconds, before.clock_seconds);
}

TEST(Device, MemoryIsWhatSystemAndControlGroupAllow) {
  const std::string meminfo = "MemTotal:       16000 kB\nMemFree:  10 kB\nMemAvailable:    9000 kB\n";
  EXPECT_EQ(cpu::parse_meminfo(meminfo, "MemAvailable"), 9000U * 1024);
  EXPECT_EQ(cpu::parse_meminfo(meminfo, "Absent"), 0U);
  EXPECT_EQ(cpu::within_group_limit(1000, "max\n", "5"), 1000U);
  EXPECT_EQ(cpu::within_group_limit(1000, "", ""), 1000U);
  EXPECT_EQ(cpu::within_group_limit(1000, "600\n", "200\n"), 400U);
  EXPECT_EQ(cpu::within_group_limit(1000, "600\n", "700\n"), 0U);
  EXPECT_EQ(cpu::within_group_limit(100, "600\n", "200\n"), 100U);
}

TEST(CommunicationBenchmarks, CountBytesAsNcclTestsAndFindNothingWrong) {
  CommunicationOptions options;
  options.ranks = 3;
  options.least_bytes = 100;  // no multiple of the ranks' elements
  options.most_bytes = 4000;
  options.repetitions = 3;
  options.calls = 2;
  const CommunicationReport report = run_communication_benchmarks(options);
  ASSERT_EQ(report.timings.size(), 8U);
  EXPECT_EQ(report.communicator, "threads");
  for (const CommunicationTiming& timing : report.timings) {
    EXPECT_EQ(timing.bytes % 12, 0U);
    EXPECT_EQ(timing.errors, 0) << timing.operation;
    EXPECT_EQ(timing.repetition_seconds.size(), 3U);
    EXPECT_GT(timing.seconds, 0.0);
    EXPECT_DOUBLE_EQ(timing.algorithm_bytes_per_second, static_cast<double>(timing.bytes) / timing.seconds);
    const double factor = timing.operation == "all_reduce" ? 4.0 / 3.0 : 2.0 / 3.0;
    EXPECT_DOUBLE_EQ(timing.bus_bytes_per_second, timing.algorithm_bytes_per_second * factor);
  }
  const json::Document written = json::parse(communication_json(report), "communication.json");
  EXPECT_EQ(written["benchmarks"].Size(), 32U);
  EXPECT_STREQ(written["benchmarks"][0]["name"].GetString(), "all_reduce/96");
}

/// Hands everything on.
class Messenger : public Communicator {
 public:
  explicit Messenger(std::shared_ptr<Communicator> real) : real_(std::move(real)) {}
  std::int32_t rank() const override { return real_->rank(); }
  std::int32_t ranks() const override { return real_->ranks(); }
  bool takes_device_memory() const override { return false; }
  void all_gather(void* to, const void* from, std::uint64_t bytes, void* stream) override {
    real_->all_gather(to, from, bytes, stream);
  }
  void all_to_all(void* to, const void* from, std::uint64_t bytes, void* stream) override {
    real_->all_to_all(to, from, bytes, stream);
  }
  void abort() noexcept override { real_->abort(); }

 private:
  std::shared_ptr<Communicator> real_;
};

/// Changes one number of what arrives.
class Forger final : public Messenger {
 public:
  using Messenger::Messenger;
  void all_gather(void* to, const void* from, std::uint64_t bytes, void* stream) override {
    Messenger::all_gather(to, from, bytes, stream);
    if (bytes > 4) static_cast<float*>(to)[1] += 1.0F;
  }
  void all_to_all(void* to, const void* from, std::uint64_t bytes, void* stream) override {
    Messenger::all_to_all(to, from, bytes, stream);
    static_cast<float*>(to)[1] += 1.0F;
  }
};

/// Says that it has sums, which the CPU's back end does not ask for.
class Boaster final : public Messenger {
 public:
  using Messenger::Messenger;
  bool has_own_sums() const override { return true; }
};

TEST(CommunicationBenchmarks, CountWhatDidNotArriveAsItWasSent) {
  CommunicationOptions options;
  options.least_bytes = options.most_bytes = 64;
  options.repetitions = 1;
  options.wrap = [](std::shared_ptr<Communicator> real) { return std::make_shared<Forger>(std::move(real)); };
  for (const CommunicationTiming& timing : run_communication_benchmarks(options).timings)
    EXPECT_EQ(timing.errors, 4) << timing.operation;  // one on each rank, before and after
}

TEST(CommunicationBenchmarks, SumsThatAreNotMadeAreNotTimed) {
  CommunicationOptions options;
  options.least_bytes = options.most_bytes = 64;
  options.repetitions = 1;
  options.wrap = [](std::shared_ptr<Communicator> real) {
    return std::make_shared<Boaster>(std::move(real));
  };
  try {
    run_communication_benchmarks(options);
    FAIL() << "sums of nobody were timed";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("does not make the communicator's own sums"), std::string::npos)
        << error.what();
  }
}

TEST(CommunicationBenchmarks, OneRankIsRefused) {
  CommunicationOptions options;
  options.ranks = 1;
  EXPECT_THROW(run_communication_benchmarks(options), Error);
}

}  // namespace
}  // namespace reckon::kernels
