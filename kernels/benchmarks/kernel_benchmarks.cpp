#include "kernels/benchmarks/kernel_benchmarks.h"

#include <algorithm>

#include "kernels/benchmarks/check.h"
#include "kernels/benchmarks/google_json.h"
#include "kernels/cpu/backend.h"
#include "kernels/cpu/device.h"

namespace reckon::kernels {
namespace {

/// Of very large layers only so many experts are held.
constexpr double kExpertBytes = 1e9;

/// The paths give the same bits, so that one checks the other; nothing where there is but one.
std::optional<CheckRules> rules_of(const BackendOptions& options) {
  const cpu::CpuPath chosen = cpu::chosen_path();
  const cpu::CpuPath other = chosen == cpu::CpuPath::portable ? cpu::CpuPath::avx2 : cpu::CpuPath::portable;
  if (!cpu::path_available(other)) return std::nullopt;
  CheckRules rules;
  rules.reference_name = cpu::path_name(other);
  rules.reference = [=] { return BenchmarkDevice(cpu::make_cpu_backend_on(other, options)); };
  rules.timed = [=] { return BenchmarkDevice(make_cpu_backend(options)); };
  // Some twenty milliseconds of the portable path on one thread.
  rules.most_flops = 1e7;
  rules.most_bytes = 3e7;
  return rules;
}

KernelTiming timing_of(const KernelCase& item, double bytes, const Samples& samples,
                       const MachineLimits& limits, ActivationPrecision activations) {
  KernelTiming timing;
  timing.name = item.name;
  timing.shape = item.shape;
  timing.warm = item.cached;
  timing.repetition_seconds = item.cached ? samples.warm_seconds : samples.cold_seconds;
  timing.other_seconds = item.cached ? samples.cold_seconds : samples.warm_seconds;
  timing.seconds = median_of(timing.repetition_seconds);
  timing.spread = spread_of(timing.repetition_seconds);
  timing.noise = samples.noise;
  timing.noisy = samples.noisy();
  timing.bytes = bytes;
  timing.flops = item.flops;
  if (item.cached) {
    timing.bound = "cache";
    return timing;
  }
  const KernelCase::Unit unit =
      activations == ActivationPrecision::by_weight ? item.unit : KernelCase::Unit::fma;
  const double memory_seconds = bytes / limits.read_bytes_per_second;
  const double compute_seconds =
      item.flops / (unit == KernelCase::Unit::int8    ? limits.int8_ops_per_second
                    : unit == KernelCase::Unit::int16 ? limits.int16_ops_per_second
                                                      : limits.fma_flops_per_second);
  timing.bound = memory_seconds >= compute_seconds ? "memory" : "compute";
  timing.share_of_limit = std::max(memory_seconds, compute_seconds) / timing.seconds;
  return timing;
}

/// Reads and writes as much as no cache holds, on every thread.
std::function<void()> sweep_of(BenchmarkDevice& device) {
  const Tensor swept = device.empty({4096, static_cast<std::int64_t>(kColdBytes) / 4 / 4096});
  return [&device, swept] { device.backend->add(swept, swept, swept); };
}

KernelTiming time_case(const KernelCase& item, const BenchmarkOptions& options, const MachineLimits& limits,
                       const std::optional<CheckRules>& rules) {
  const cpu::ProcessorUse before = cpu::processor_use();
  BenchmarkDevice device(make_cpu_backend(options.backend));
  if (!item.cached) device.cold_bytes = kColdBytes;
  const PreparedCall prepared = item.prepare(device);
  prepared.call();
  device.backend->wait();
  const bool checked = rules && check_case(item, prepared, device, *rules);
  Method method;
  method.repetitions = std::max(1, options.repetitions);
  method.most_repetitions = options.most_repetitions;
  method.by_warm = item.cached;
  method.cold = !item.cached || options.cold_and_warm;
  method.warm = item.cached || options.cold_and_warm;
  method.seconds = options.seconds_per_repetition;
  MeasuredCall call;
  call.name = item.name;
  call.call = prepared.call;
  call.use_copies = [&device](bool copies) { device.rotates = copies; };
  if (method.cold && !device.has_copies() && item.bytes < kColdBytes) call.sweep = sweep_of(device);
  SteadyTimer timer([&device] { device.backend->wait(); });
  KernelTiming timing = timing_of(item, bytes_of(item, prepared), measure(call, timer, method), limits,
                                  options.backend.activations);
  timing.checked = checked;
  timing.processors_of_others = cpu::processors_of_others(before, cpu::processor_use());
  return timing;
}

}  // namespace

KernelReport run_kernel_benchmarks(const BenchmarkShapes& shapes, const BenchmarkOptions& options) {
  require_benchmarks();
  std::vector<KernelCase> cases = model_cases(shapes, kExpertBytes);
  for (KernelCase& item : cpu_quantiser_cases(shapes)) cases.push_back(std::move(item));
  KernelReport report;
  report.device = make_cpu_backend(options.backend)->device();
  if (options.progress) options.progress("machine limits", 0.0);
  report.limits = measure_limits(report.device.threads);
  const std::optional<CheckRules> rules = rules_of(options.backend);
  const cpu::ProcessorUse before = cpu::processor_use();
  for (const KernelCase& item : cases) {
    if (options.progress)
      options.progress(item.name + " " + item.shape,
                       static_cast<double>(report.kernels.size()) / static_cast<double>(cases.size()));
    report.kernels.push_back(time_case(item, options, report.limits, rules));
  }
  report.processors_of_others = cpu::processors_of_others(before, cpu::processor_use());
  return report;
}

}  // namespace reckon::kernels
