#include "kernels/benchmarks/kernel_benchmarks.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <map>

#include "base/error.h"
#include "kernels/benchmarks/cases.h"
#include "kernels/benchmarks/google_json.h"
#include "kernels/cpu/device.h"

namespace reckon::kernels {
namespace {

/// Takes Google Benchmark's results in place of its printing.
class Collector final : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.error_occurred) fail_evaluation("bench: {}: {}", run.benchmark_name(), run.error_message);
      if (run.run_type == Run::RT_Iteration)
        seconds_[run.run_name.function_name].push_back(run.real_accumulated_time /
                                                       static_cast<double>(run.iterations));
    }
  }
  const std::vector<double>& seconds(const std::string& name) const {
    const auto found = seconds_.find(name);
    if (found == seconds_.end()) fail_evaluation("bench: case '{}' gave no time", name);
    return found->second;
  }

 private:
  std::map<std::string, std::vector<double>> seconds_;
};

/// The inputs of the case that runs now. Google Benchmark calls a case several times with more and more
/// iterations; its inputs are made once and dropped when the next case begins.
struct Prepared {
  std::size_t index = SIZE_MAX;
  std::function<void()> call;
};

std::string case_name(std::size_t index, const BenchmarkCase& item) {
  return std::to_string(index) + " " + item.name + " " + item.shape;
}

KernelTiming timing_of(const BenchmarkCase& item, const std::vector<double>& repetitions,
                       const MachineLimits& limits) {
  const double seconds = median_of(repetitions);
  KernelTiming timing;
  timing.name = item.name;
  timing.shape = item.shape;
  timing.seconds = seconds;
  timing.repetition_seconds = repetitions;
  timing.spread = spread_of(repetitions);
  timing.bytes = item.bytes;
  timing.flops = item.flops;
  const double memory_seconds = item.bytes / limits.read_bytes_per_second;
  const double compute_seconds =
      item.flops / (item.unit == BenchmarkCase::Unit::int8    ? limits.int8_ops_per_second
                    : item.unit == BenchmarkCase::Unit::int16 ? limits.int16_ops_per_second
                                                              : limits.fma_flops_per_second);
  if (item.cached) {
    timing.bound = "cache";
  } else {
    timing.bound = memory_seconds >= compute_seconds ? "memory" : "compute";
    timing.share_of_limit = std::max(memory_seconds, compute_seconds) / seconds;
  }
  return timing;
}

}  // namespace

KernelReport run_kernel_benchmarks(const BenchmarkShapes& shapes, const BenchmarkOptions& options) {
  std::vector<BenchmarkCase> cases;
  for (const auto& make :
       {linear_cases, expert_cases, attention_cases, latent_attention_cases, row_cases, movement_cases}) {
    for (BenchmarkCase& item : make(shapes, options.backend)) cases.push_back(std::move(item));
  }
  KernelReport report;
  {
    const auto backend = make_cpu_backend(options.backend);
    report.device = backend->device();
  }
  if (options.progress) options.progress("machine limits", 0.0);
  report.limits = measure_limits(report.device.threads);

  Prepared prepared;
  int others = 0;  // counted while no other thread of this program runs
  benchmark::ClearRegisteredBenchmarks();
  for (std::size_t i = 0; i < cases.size(); ++i) {
    auto run = [&, i](benchmark::State& state) {
      if (prepared.index != i) {
        prepared.call = nullptr;  // first give the last case's memory back
        if (options.progress)
          options.progress(cases[i].name + " " + cases[i].shape,
                           static_cast<double>(i) / static_cast<double>(cases.size()));
        others += cpu::other_running_tasks();
        prepared = {i, cases[i].prepare()};
        prepared.call();  // scratch memory grows, pages are touched
      }
      for (auto _ : state) prepared.call();
    };
    benchmark::RegisterBenchmark(case_name(i, cases[i]).c_str(), run)
        ->MinTime(options.seconds_per_case)
        ->Repetitions(std::max(1, options.repetitions))
        ->UseRealTime();
  }
  Collector collector;
  benchmark::RunSpecifiedBenchmarks(&collector, nullptr, ".*");
  benchmark::ClearRegisteredBenchmarks();
  if (!cases.empty()) report.other_tasks = static_cast<double>(others) / static_cast<double>(cases.size());
  for (std::size_t i = 0; i < cases.size(); ++i)
    report.kernels.push_back(timing_of(cases[i], collector.seconds(case_name(i, cases[i])), report.limits));
  return report;
}

}  // namespace reckon::kernels
