// The benchmarks of the CUDA back end, tried out on the execution model: every case runs, and its numbers are
// there.

#include <limits>
#include <map>

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "kernels/benchmarks/communication.h"
#include "kernels/cuda/benchmarks/card_evidence.h"
#include "kernels/cuda/benchmarks/device_benchmarks.h"
#include "kernels/cuda/benchmarks/device_cases.h"
#include "kernels/cuda/rate_kernels.h"
#include "reports/estimate/machine.h"
#include "tests/gpu/tested_backend.h"
#include "tests/support/shared_data.h"

namespace reckon::kernels::RECKON_CUDA_NS {
namespace {

DeviceBenchmarkOptions tiny_options(int repetitions) {
  DeviceBenchmarkOptions options;
  options.tiny = true;
  options.repetitions = options.most_repetitions = repetitions;
  options.warm_calls = 1;
  options.swept_bytes = 800;
  return options;
}

TEST(CudaBenchmarks, EveryCaseRunsAndIsWrittenDown) {
  DeviceBenchmarkOptions options = tiny_options(2);
  options.library = [](DataType type, std::int64_t rows, std::int64_t columns, std::int64_t tokens) {
    EXPECT_TRUE(rows == 6 && tokens == 3 && (columns == 32 || columns == 130));
    return type == DataType::bf16 ? std::optional(0.5) : std::nullopt;
  };
  options.catalogue = [](const std::string& device) {
    EXPECT_EQ(device, "execution model");
    return CataloguePeaks{"some card", 1.0, 1.0, 1.0, 1e30, 1.0, 1.0};
  };
  test::use_fp8_device(true);
  const DeviceBenchmarkReport report = run_device_benchmarks(options);
  test::use_fp8_device(false);
  EXPECT_GE(report.timings.size(), 34U);
  std::map<std::string, const DeviceTiming*> by_name;
  for (const DeviceTiming& timing : report.timings) {
    SCOPED_TRACE(timing.name);
    EXPECT_EQ(timing.cold_seconds.size(), 2U);
    EXPECT_GT(timing.cold_seconds[0], 0.0);
    EXPECT_GT(timing.bytes + timing.flops, 0.0);
    EXPECT_LT(timing.difference_to_cpu.value_or(0.0), 0.03);
    const bool leaves_nothing = timing.name == "memory read" || timing.name == "kernel launches" ||
                                timing.name == "graph replay" || timing.name.starts_with("fma ") ||
                                timing.name.starts_with("mma ") || timing.name.starts_with("wgmma ");
    EXPECT_EQ(timing.difference_to_cpu.has_value(), !leaves_nothing);
    by_name[timing.name] = &timing;
  }
  for (const char* name : {"memory copy",
                           "memory read",
                           "memory write",
                           "copy from the host",
                           "copy to the host",
                           "kernel launches",
                           "graph replay",
                           "fma fp64",
                           "fma fp32",
                           "mma bf16",
                           "mma f16",
                           "mma fp8_e4m3",
                           "wgmma bf16",
                           "wgmma fp8_e4m3",
                           "linear bf16 wgmma",
                           "linear fp8_e4m3 wgmma",
                           "grouped fp8_e4m3 contiguous wgmma",
                           "grouped fp8_e4m3 masked wgmma",
                           "rms_norm",
                           "linear bf16",
                           "linear fp8_e4m3",
                           "experts q8_0",
                           "attention decode f16",
                           "attention prefill f16",
                           "mla absorbed f16",
                           "mla expanded f16",
                           "router",
                           "gather_rows",
                           "log_softmax",
                           "sample top-p",
                           "mma fp64",
                           "mma tf32",
                           "mma int8",
                           "permute",
                           "unpermute",
                           "quantise fp8_e4m3",
                           "round bf16",
                           "norm, rope",
                           "norm, rope, cache write f16",
                           "grouped fp8_e4m3 contiguous",
                           "grouped fp8_e4m3 masked"})
    EXPECT_EQ(by_name.count(name), 1U) << name;
  EXPECT_EQ(by_name.at("linear bf16")->library_seconds, 0.5);
  EXPECT_EQ(by_name.at("linear fp8_e4m3 wgmma")->peak, "wgmma fp8_e4m3");
  EXPECT_TRUE(by_name.at("linear fp8_e4m3 wgmma")->share_of_mma);
  for (const char* name : {"linear bf16", "linear bf16 wgmma", "linear fp8_e4m3", "mla absorbed f16"}) {
    SCOPED_TRACE(name);
    const DeviceTiming& timing = *by_name.at(name);
    const std::string type = timing.peak.substr(timing.peak.find(' '));
    const auto share_of_rate = [&](const std::string& instruction) {
      const DeviceTiming& limit = *by_name.at(instruction + type);
      return timing.flops / median_of(timing.cold_seconds) / (limit.flops / median_of(limit.warm_seconds));
    };
    const double mma = share_of_rate("mma");
    const double wgmma = share_of_rate("wgmma");
    EXPECT_DOUBLE_EQ(timing.share_of_mma.value_or(0), timing.peak.starts_with("wg") ? wgmma : mma);
    EXPECT_DOUBLE_EQ(timing.share_of_peak.value_or(0), std::min(mma, wgmma)) << "of the faster one";
  }
  EXPECT_FALSE(by_name.at("linear fp8_e4m3")->library_seconds);
  EXPECT_FALSE(by_name.at("rms_norm")->library_seconds);
  for (const char* name : {"linear bf16", "attention prefill f16", "mla absorbed f16"}) {
    EXPECT_TRUE(by_name.at(name)->difference_to_cpu) << name;
    EXPECT_TRUE(by_name.at(name)->share_of_mma) << name;
  }
  // Of a byte a second far more than all; of an FP8 peak that nothing reaches the bytes count.
  EXPECT_GT(by_name.at("memory copy")->share_of_catalogue.value_or(0.0), 1.0);
  EXPECT_GT(by_name.at("mma bf16")->share_of_catalogue.value_or(0.0), 1.0);
  EXPECT_GT(by_name.at("mma int8")->share_of_catalogue.value_or(0.0), 1.0);
  EXPECT_FALSE(by_name.at("mma tf32")->share_of_catalogue) << "the catalogue has no such figure";
  EXPECT_LT(by_name.at("mma fp8_e4m3")->share_of_catalogue.value_or(1.0), 1e-6);
  EXPECT_TRUE(by_name.at("grouped fp8_e4m3 contiguous")->share_of_mma);
  EXPECT_FALSE(by_name.at("permute")->share_of_mma);
  const json::Document document = json::parse(device_benchmark_json(report, "abc"), "report");
  ASSERT_EQ(document["benchmarks"].Size(), 3 * report.timings.size()) << "two repetitions and their median";
  for (const char* field :
       {"name", "run_type", "real_time", "cpu_time", "time_unit", "warm_time", "share_of_copy"})
    EXPECT_TRUE(document["benchmarks"][0].HasMember(field)) << field;
}

DeviceTiming timing_of(const std::string& name, const std::string& shape, double bytes,
                       std::optional<double> share_of_peak, std::optional<double> library_seconds) {
  DeviceTiming timing;
  timing.name = name;
  timing.shape = shape;
  timing.bytes = bytes;
  timing.cold_seconds = {1.0};
  timing.warm_seconds = {1.0};
  timing.share_of_peak = share_of_peak;
  timing.library_seconds = library_seconds;
  return timing;
}

TEST(CudaBenchmarks, FloorsHoldAreMissedOrWereNotMeasured) {
  DeviceBenchmarkReport report;
  report.copy_bytes_per_second = 100;
  report.timings = {timing_of("mla absorbed bf16",
                              "16 heads, 128+64+128, latent 512, 128 x 1 token after 8192", 81, 0.1, {}),
                    timing_of("mla absorbed bf16",
                              "32 heads, 128+64+128, latent 512, 128 x 1 token after 8192", 79, 0.1, {}),
                    timing_of("mla absorbed bf16",
                              "128 heads, 128+64+128, latent 512, 128 x 1 token after 8192", 5, 0.56, {}),
                    timing_of("grouped fp8_e4m3 masked", "32 x 4, 4096x7168", 90, {}, {}),
                    timing_of("grouped fp8_e4m3 masked", "32 x 8, 7168x2048", 70, {}, {}),
                    timing_of("linear fp8_e4m3", "7168x16384, 128 tokens", 1, {}, 0.9),
                    timing_of("linear fp8_e4m3", "7168x16384, 4096 tokens", 1, {}, {}),
                    timing_of("grouped fp8_e4m3 contiguous wgmma", "4 x 8192, 4096x7168", 1, 0.7, {})};
  const std::vector<Floor> floors = floors_of(report);
  ASSERT_EQ(floors.size(), 11U);
  EXPECT_TRUE(floors[0].holds());
  EXPECT_FALSE(floors[1].holds());
  EXPECT_TRUE(floors[2].holds()) << floors[2].reached.value_or(-1);
  EXPECT_EQ(floors[3].reached, 0.7) << "the slowest shape counts";
  EXPECT_FALSE(floors[4].reached) << "was not timed";
  EXPECT_TRUE(floors[5].holds());
  EXPECT_FALSE(floors[6].holds()) << "nothing to compare with";
  EXPECT_TRUE(floors[8].holds()) << floors[8].what;
  EXPECT_FALSE(floors[9].reached) << "products by mma are not those by wgmma";
  const std::string text = floors_text(floors);
  EXPECT_NE(text.find("0.790 (wanted 0.80) MISSED"), std::string::npos) << text;
  EXPECT_NE(text.find("not measured (wanted 0.60) -"), std::string::npos) << text;
}

TEST(CudaBenchmarks, AModelsOwnShapesAreTimed) {
  DeviceBenchmarkOptions options = tiny_options(1);
  BenchmarkShapes shapes;
  shapes.hidden = 32;
  shapes.vocabulary = 40;
  shapes.linears = {{"q", DataType::bf16, 24, 32}};
  shapes.attention = GroupedAttentionShape{2, 1, 8, 8};
  shapes.router = RouterSpec{};
  shapes.router->experts = 4;
  shapes.router->top_k = 2;
  shapes.expert_type = DataType::bf16;
  shapes.expert_intermediate = 16;
  shapes.kv_type = DataType::bf16;
  shapes.token_counts = {1, 3};
  shapes.context = 5;
  options.shapes = shapes;
  std::map<std::string, int> times;
  for (const DeviceTiming& timing : run_device_benchmarks(options).timings) {
    ++times[timing.name];
    for (const char* products : {"linear", "experts", "attention"}) {
      if (!timing.name.starts_with(products)) continue;
      EXPECT_EQ(timing.peak, "mma bf16") << timing.name << ": weights and cache are BF16";
      EXPECT_TRUE(timing.share_of_mma) << timing.name;
    }
  }
  EXPECT_EQ(times["linear bf16"], 2);
  EXPECT_EQ(times["experts bf16"], 2);
  EXPECT_EQ(times["router"], 2);
  EXPECT_EQ(times["attention prefill bf16"], 1);
  EXPECT_EQ(times["attention decode bf16"], 2);
  EXPECT_EQ(times["sample top-p"], 2);
  EXPECT_EQ(times["mla absorbed bf16"], 0);
}

/// Whether the rules find something small enough to compare.
bool can_be_checked(const KernelCase& item, const CheckRules& rules) {
  if (item.flops <= rules.most_flops && item.bytes <= rules.most_bytes) return true;
  if (item.separate_tokens > 1 && item.weight_bytes < 0.75 * rules.most_bytes) return true;
  const auto smaller = item.smaller ? item.smaller() : std::nullopt;
  return smaller && smaller->name == item.name && can_be_checked(*smaller, rules);
}

TEST(CudaBenchmarks, CasesOfTrueSizeCanAllBeChecked) {
  const CheckRules rules = check_rules({});
  std::vector<DeviceCase> cases = operation_cases(false);
  for (DeviceCase& item : movement_cases(false, true)) cases.push_back(std::move(item));
  cases.push_back(limit_cases(false, true, false).front());
  for (const DeviceCase& item : cases) {
    if (!item.prepare) continue;  // what only the device does is compared in the test of all cases
    EXPECT_TRUE(can_be_checked(item, rules)) << item.name << " " << item.shape;
    // Dense products by some of their own tokens, and so in the tiles that are timed.
    EXPECT_LT(item.product ? item.weight_bytes : 0, 0.75 * rules.most_bytes) << item.shape;
  }
}

TEST(CudaBenchmarks, WhatDiffersFromTheCpuIsNotTimed) {
  const auto copied = [](float wrong) {
    KernelCase item = kernel_case("copy", "64", 0, 0, [wrong](BenchmarkDevice& device) -> PreparedCall {
      const Tensor from = device.floats({64});
      const Tensor to = device.empty({64});
      const bool on_device = device.backend->device().backend == "cuda";
      return {[&device, from, to, on_device, wrong] {
                device.backend->copy(to, from);
                if (on_device && wrong != 0)
                  device.backend->upload(narrow(to, 0, 3, 1), std::as_bytes(std::span(&wrong, 1)));
                device.backend->wait();
              },
              {to}};
    });
    return item;
  };
  const auto check = [](const KernelCase& item) {
    BenchmarkDevice device(std::make_unique<CudaBackend>(BackendOptions{}));
    const PreparedCall prepared = item.prepare(device);
    prepared.call();
    return check_case(item, prepared, device, check_rules({}));
  };
  EXPECT_EQ(check(copied(0)), 0.0);
  EXPECT_THROW(check(copied(7)), Error);
  EXPECT_THROW(check(copied(std::numeric_limits<float>::quiet_NaN())), Error);
  KernelCase large = copied(0);
  large.flops = 1e15;
  EXPECT_EQ(check(large), std::nullopt);
  large.smaller = [&] { return copied(7); };
  EXPECT_THROW(check(large), Error);
}

TEST(CudaBenchmarks, RatesCountWhatTheKernelsDo) {
  RateRun run;
  run.blocks = 2;
  run.steps = 3;
  EXPECT_EQ(rate_run_operations(run), 2.0 * 2 * 256 * 3 * 8);  // fused multiply-adds of eight chains
  run.of = RateOf::bf16;
  EXPECT_EQ(rate_run_operations(run), 2.0 * 2 * 8 * 3 * 8 * 16 * 8 * 16);  // of eight warps: 16 x 8 x 16 each
  run.of = RateOf::tf32;
  EXPECT_EQ(rate_run_operations(run), 2.0 * 2 * 8 * 3 * 8 * 16 * 8 * 8);
  run.of = RateOf::fp64_mma;
  EXPECT_EQ(rate_run_operations(run), 2.0 * 2 * 8 * 3 * 8 * 8 * 8 * 4);
  for (const RateOf bytes : {RateOf::fp8_e4m3, RateOf::int8}) {
    run.of = bytes;
    EXPECT_EQ(rate_run_operations(run), 2.0 * 2 * 8 * 3 * 8 * 16 * 8 * 32);
  }
  run.of = RateOf::fp8_e4m3;
  run.by_warp_groups = true;
  EXPECT_EQ(rate_run_operations(run),
            2.0 * 2 * 2 * 3 * 4 * 64 * 128 * 32);  // four of two groups each: 64 x 128 x 32
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

/// Threads that add up as a library would: in an order of their own.
class SummingCommunicator final : public Communicator {
 public:
  SummingCommunicator(std::shared_ptr<Communicator> real, float more) : real_(std::move(real)), more_(more) {}
  std::int32_t rank() const override { return real_->rank(); }
  std::int32_t ranks() const override { return real_->ranks(); }
  bool takes_device_memory() const override { return false; }
  void all_gather(void* to, const void* from, std::uint64_t bytes, void* stream) override {
    real_->all_gather(to, from, bytes, stream);
  }
  void all_to_all(void* to, const void* from, std::uint64_t bytes, void* stream) override {
    real_->all_to_all(to, from, bytes, stream);
  }
  bool has_own_sums() const override { return true; }
  void own_sum(OwnSum kind, void* to, const void* from, std::uint64_t count, void* stream) override {
    std::vector<float> parts(count * static_cast<std::uint64_t>(ranks()));
    if (kind == OwnSum::all_reduce)
      real_->all_gather(parts.data(), from, count * sizeof(float), stream);
    else
      real_->all_to_all(parts.data(), from, count * sizeof(float), stream);
    for (std::uint64_t i = 0; i < count; ++i) {
      float sum = i == 1 ? more_ : 0.0F;
      for (std::int32_t r = ranks() - 1; r >= 0; --r) sum += parts[static_cast<std::uint64_t>(r) * count + i];
      static_cast<float*>(to)[i] = sum;
    }
  }
  void abort() noexcept override { real_->abort(); }

 private:
  std::shared_ptr<Communicator> real_;
  float more_;
};

TEST(CommunicationBenchmarks, SumsOfALibraryAreTimedBesideOursAndAgainstTheLink) {
  CommunicationOptions options;
  options.least_bytes = options.most_bytes = 64;
  options.repetitions = 2;
  options.calls = 1;
  options.make_backend = [](const BackendOptions& own) { return std::make_unique<CudaBackend>(own); };
  options.link = [](const std::string& device) { return device == "execution model" ? 100.0 : 0.0; };
  for (const float more : {0.0F, 1.0F}) {
    options.wrap = [more](std::shared_ptr<Communicator> real) {
      return std::make_shared<SummingCommunicator>(std::move(real), more);
    };
    const CommunicationReport report = run_communication_benchmarks(options);
    ASSERT_EQ(report.timings.size(), 6U);
    EXPECT_EQ(report.timings[4].operation, "nccl all_reduce");
    EXPECT_EQ(report.timings[5].operation, "nccl reduce_scatter");
    for (const CommunicationTiming& timing : report.timings) {
      // One on each rank, before and after.
      EXPECT_EQ(timing.errors, more != 0 && timing.operation.starts_with("nccl") ? 4 : 0) << timing.operation;
      const double factor = timing.operation.ends_with("all_reduce") ? 1.0 : 0.5;
      EXPECT_DOUBLE_EQ(timing.bus_bytes_per_second, timing.algorithm_bytes_per_second * factor);
    }
    EXPECT_EQ(report.link_bytes_per_second, 100.0);
    const json::Document written = json::parse(communication_json(report), "communication.json");
    EXPECT_NEAR(written["benchmarks"][0]["share_of_link"].GetDouble() * 100.0,
                written["benchmarks"][0]["busbw_bytes_per_second"].GetDouble(), 1e-6);
  }
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
