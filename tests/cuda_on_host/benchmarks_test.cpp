// The benchmarks of the CUDA back end, tried out on the execution model: every case runs, and its numbers are
// there.

#include <map>

#include <gtest/gtest.h>

#include "base/files.h"
#include "base/json.h"
#include "kernels/cuda/benchmarks/card_evidence.h"
#include "kernels/cuda/benchmarks/device_benchmarks.h"
#include "kernels/cuda/rate_kernels.h"
#include "reports/estimate/machine.h"
#include "tests/gpu/tested_backend.h"
#include "tests/support/shared_data.h"

namespace reckon::kernels::RECKON_CUDA_NS {
namespace {

TEST(CudaBenchmarks, EveryCaseRunsAndIsWrittenDown) {
  DeviceBenchmarkOptions options;
  options.tiny = true;
  options.repetitions = options.most_repetitions = 2;
  options.warm_calls = 1;
  options.swept_bytes = 800;
  options.library = [](DataType type, std::int64_t rows, std::int64_t columns, std::int64_t tokens) {
    EXPECT_TRUE(rows == 6 && tokens == 3 && (columns == 32 || columns == 130));
    return type == DataType::bf16 ? std::optional(0.5) : std::nullopt;
  };
  test::use_fp8_device(true);
  const DeviceBenchmarkReport report = run_device_benchmarks(options);
  test::use_fp8_device(false);
  EXPECT_GE(report.timings.size(), 24U);
  std::map<std::string, const DeviceTiming*> by_name;
  for (const DeviceTiming& timing : report.timings) {
    SCOPED_TRACE(timing.name);
    EXPECT_EQ(timing.cold_seconds.size(), 2U);
    EXPECT_GT(timing.cold_seconds[0], 0.0);
    EXPECT_GT(timing.bytes + timing.flops, 0.0);
    EXPECT_LT(timing.difference_to_cpu.value_or(0.0), 0.03);
    by_name[timing.name] = &timing;
  }
  for (const char* name : {"memory copy",      "memory read",       "memory write",    "copy from the host",
                           "copy to the host", "kernel launches",   "graph replay",    "fma fp64",
                           "fma fp32",         "mma bf16",          "mma f16",         "mma fp8_e4m3",
                           "rms_norm",         "linear bf16",       "linear fp8_e4m3", "experts q8_0",
                           "attention decode", "attention prefill", "mla absorbed",    "mla expanded",
                           "router",           "gather_rows",       "log_softmax",     "sampling"})
    EXPECT_EQ(by_name.count(name), 1U) << name;
  EXPECT_EQ(by_name.at("linear bf16")->library_seconds, 0.5);
  EXPECT_FALSE(by_name.at("linear fp8_e4m3")->library_seconds);
  EXPECT_FALSE(by_name.at("rms_norm")->library_seconds);
  for (const char* name : {"linear bf16", "attention prefill", "mla absorbed"}) {
    EXPECT_TRUE(by_name.at(name)->difference_to_cpu) << name;
    EXPECT_TRUE(by_name.at(name)->share_of_mma) << name;
  }
  const json::Document document = json::parse(device_benchmark_json(report, "abc"), "report");
  ASSERT_EQ(document["benchmarks"].Size(), report.timings.size());
  for (const char* field :
       {"name", "run_type", "real_time", "cpu_time", "time_unit", "warm_time", "share_of_copy"})
    EXPECT_TRUE(document["benchmarks"][0].HasMember(field)) << field;
}

TEST(CudaBenchmarks, RatesCountWhatTheKernelsDo) {
  RateRun run;
  run.blocks = 2;
  run.steps = 3;
  EXPECT_EQ(rate_run_operations(run), 2.0 * 2 * 256 * 3 * 8);  // fused multiply-adds of eight chains
  run.of = RateOf::bf16;
  EXPECT_EQ(rate_run_operations(run), 2.0 * 2 * 8 * 3 * 8 * 16 * 8 * 16);  // of eight warps: 16 x 8 x 16 each
  run.of = RateOf::fp8_e4m3;
  EXPECT_EQ(rate_run_operations(run), 2.0 * 2 * 8 * 3 * 8 * 16 * 8 * 32);
}

TEST(CudaBenchmarks, TheirFileIsAProfileForEstimates) {
  DeviceBenchmarkOptions options;
  options.tiny = true;
  options.repetitions = options.most_repetitions = 1;
  options.warm_calls = 1;
  options.swept_bytes = 800;
  const reckon::test::TemporaryFolder folder;
  const std::string path = folder.file("device_profile.json");
  write_file_atomically(path, device_benchmark_json(run_device_benchmarks(options), "abc"));
  const reports::MeasuredProfile profile = reports::load_profile(path);
  EXPECT_EQ(profile.device_name, "execution model");
  EXPECT_EQ(profile.shapes, 2U) << "bf16 and fp8";
  EXPECT_GT(profile.gemm_flops.high, 0.0);
  EXPECT_GT(profile.read_bytes.value_or(0.0), 0.0);
}

TEST(CudaBenchmarks, EvidenceIsGathered) {
  const cuda::CardEvidence evidence = gather_card_evidence(20);
  EXPECT_EQ(evidence.name, "execution model");
  EXPECT_GT(evidence.fp64_tflops, 0.0);
  EXPECT_GT(evidence.fp32_tflops, 0.0);
  EXPECT_FALSE(evidence.peer_gb_per_s);
  EXPECT_NE(evidence.no_peer, "");
}

cuda::CardEvidence hopper(const std::string& name, double fp64, std::optional<double> peer) {
  cuda::CardEvidence evidence;
  evidence.name = name;
  evidence.compute_major = 9;
  evidence.multiprocessors = 132;
  evidence.memory_gb = 85;
  evidence.fp64_tflops = fp64;
  evidence.fp32_tflops = 58;
  evidence.peer_gb_per_s = peer;
  if (!peer) evidence.no_peer = "one card is visible";
  return evidence;
}

TEST(IdentifyCard, WhatWasCutTellsCardsApart) {
  using cuda::identify_card;
  EXPECT_EQ(identify_card(hopper("NVIDIA H100 80GB HBM3", 30, 370)).card, "H100");
  EXPECT_EQ(identify_card(hopper("NVIDIA H100 80GB HBM3", 30, {})).card, "H100");
  EXPECT_EQ(identify_card(hopper("NVIDIA H800", 0.9, 160)).card, "H800");
  EXPECT_TRUE(identify_card(hopper("NVIDIA H800", 0.9, 160)).agrees_with_name);
  cuda::CardEvidence other = hopper("NVIDIA H200", 30, {});
  other.memory_gb = 150;
  EXPECT_EQ(identify_card(other).card, "H200");
  other = hopper("NVIDIA H20", 0.9, 370);
  other.multiprocessors = 78;
  EXPECT_EQ(identify_card(other).card, "H20");
}

TEST(IdentifyCard, ANameThatDoesNotFitIsSaidAndContradictionsDecideNothing) {
  const cuda::CardIdentity renamed = cuda::identify_card(hopper("NVIDIA H100 80GB HBM3", 0.9, 160));
  EXPECT_EQ(renamed.card, "H800");
  EXPECT_FALSE(renamed.agrees_with_name);
  EXPECT_EQ(cuda::identify_card(hopper("NVIDIA H100 80GB HBM3", 30, 160)).card, "not told apart");
  cuda::CardEvidence ampere = hopper("NVIDIA A100-SXM4-80GB", 9, {});
  ampere.compute_major = 8;
  EXPECT_EQ(cuda::identify_card(ampere).card, "not told apart");
  EXPECT_EQ(cuda::identify_card(hopper("NVIDIA H100 80GB HBM3", 0, {})).card, "not told apart");
}

}  // namespace
}  // namespace reckon::kernels::RECKON_CUDA_NS
