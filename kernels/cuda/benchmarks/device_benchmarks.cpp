#include "kernels/cuda/benchmarks/device_benchmarks.h"

#include <algorithm>
#include <chrono>
#include <memory>

#include "kernels/benchmarks/google_json.h"
#include "kernels/cuda/benchmarks/device_cases.h"
#include "kernels/cuda/benchmarks/device_check.h"

namespace reckon::kernels::RECKON_CUDA_NS {
namespace {

/// The maker's figure for a limit case; 0: not known, or none.
double catalogue_flops(const CataloguePeaks& peaks, const std::string& on) {
  if (on == "mma fp64") return 2 * peaks.fp64_flops;  // Hopper's tensor cores double what its other units do
  if (on == "fma fp64") return peaks.fp64_flops;
  if (on.ends_with("mma fp8_e4m3")) return peaks.fp8_flops;
  return on.ends_with("mma bf16") || on.ends_with("mma f16") ? peaks.bf16_flops : 0;
}

/// Of the maker's bandwidth or arithmetic, whichever is nearer.
std::optional<double> share_of_catalogue(const CataloguePeaks& peaks, const DeviceTiming& timing) {
  const double seconds = median_of(timing.cold_seconds);
  double share = 0;
  const bool on_device =
      !timing.name.starts_with("copy ") && timing.name != "kernel launches" && timing.name != "graph replay";
  if (peaks.memory_bytes_per_second > 0 && on_device)
    share = timing.bytes / seconds / peaks.memory_bytes_per_second;
  const double flops = catalogue_flops(peaks, timing.peak.empty() ? timing.name : timing.peak);
  if (flops > 0) share = std::max(share, timing.flops / seconds / flops);
  return share > 0 ? std::optional(share) : std::nullopt;
}

DeviceTiming time_case(const DeviceCase& item, const DeviceBenchmarkOptions& options,
                       const cuda::DeviceStateReader& reader) {
  using Clock = std::chrono::steady_clock;
  DeviceTiming timing;
  timing.name = item.name;
  timing.shape = item.shape;
  timing.bytes = item.bytes;
  timing.peak = item.peak;
  auto owned = std::make_unique<CudaBackend>(options_of(item));
  CudaBackend& backend = *owned;
  BenchmarkDevice device(std::move(owned));
  timing.flops = item.flops_on ? item.flops_on(backend) : item.flops;
  std::function<void()> call;
  if (item.prepare) {
    const PreparedCall prepared = item.prepare(device);
    call = prepared.call;
    call();
    backend.wait();
    timing.difference_to_cpu = check_case(item, prepared, backend);
  } else {
    const PreparedOnDevice prepared = item.prepare_on_device(backend);
    call = prepared.call;
    call();
    backend.wait();
    timing.difference_to_cpu = check_case(item, prepared);
  }
  const auto swept = static_cast<std::int64_t>(options.swept_bytes / 8);
  const Tensor first = device.empty({swept});
  const Tensor second = device.empty({swept});
  for (int i = 0; i < 2; ++i) {
    call();
    backend.wait();
  }
  const auto time = [&](int calls) {
    if (!item.by_host_clock) {
      return backend.time([&] {
        for (int n = 0; n < calls; ++n) call();
      }) / calls;
    }
    const auto begin = Clock::now();
    for (int n = 0; n < calls; ++n) {
      call();
      backend.wait();
    }
    return std::chrono::duration<double>(Clock::now() - begin).count() / calls;
  };
  const auto watch = [&](std::size_t repetition) {
    const auto state = reader.read();
    if (!state) return;
    timing.least_sm_mhz = std::min(timing.least_sm_mhz.value_or(state->sm_mhz), state->sm_mhz);
    if (state->throttled && (timing.throttled.empty() || timing.throttled.back() != repetition))
      timing.throttled.push_back(repetition);
  };
  for (int i = 0; i < options.most_repetitions; ++i) {
    if (i >= options.repetitions && spread_of(timing.cold_seconds) <= kNoisySpread) break;
    const std::size_t repetition = timing.cold_seconds.size();
    backend.copy(second, first);
    backend.wait();
    watch(repetition);
    timing.cold_seconds.push_back(time(1));
    timing.warm_seconds.push_back(time(options.warm_calls));
    watch(repetition);
  }
  backend.wait();
  if (item.product && options.library)
    timing.library_seconds =
        options.library(item.product->type, item.product->rows, item.product->columns, item.product->tokens);
  timing.noisy = spread_of(timing.cold_seconds) > kNoisySpread;
  return timing;
}

}  // namespace

DeviceBenchmarkReport run_device_benchmarks(const DeviceBenchmarkOptions& options) {
  DeviceBenchmarkReport report;
  const cuda::DeviceStateReader reader;
  bool with_fp8 = false;
  bool with_warp_groups = false;
  {
    CudaBackend backend({});
    const DeviceInfo device = backend.device();
    const DeviceFacts& facts = backend.runtime().facts();
    report.device = device.name;
    report.path = device.path;
    report.driver = facts.driver;
    with_fp8 = facts.compute_major > 8 || (facts.compute_major == 8 && facts.compute_minor >= 9);
    with_warp_groups = facts.warp_groups;
  }
  report.before = reader.read();
  report.others = reader.other_processes();
  std::vector<DeviceCase> cases = limit_cases(options.tiny, with_fp8, with_warp_groups);
  const auto append = [&](std::vector<DeviceCase> more) {
    for (DeviceCase& item : more) {
      cases.push_back(item);
      if (with_warp_groups && item.multiplies_weight) cases.push_back(by_warp_groups(std::move(item)));
    }
  };
  if (options.shapes) {
    append(model_cases(*options.shapes));
  } else {
    append(operation_cases(options.tiny));
    append(movement_cases(options.tiny, with_fp8));
  }
  for (const DeviceCase& item : cases) {
    if (options.progress) options.progress(item.name + " " + item.shape);
    report.timings.push_back(time_case(item, options, reader));
  }
  report.after = reader.read();
  if (const auto others = reader.other_processes())
    report.others = std::max(report.others.value_or(0), *others);
  report.peer = time_peer_copy(options.peer_bytes);
  if (options.catalogue) report.catalogue = options.catalogue(report.device);
  const DeviceTiming& copy = report.timings.front();
  report.copy_bytes_per_second = copy.bytes / median_of(copy.warm_seconds);
  for (DeviceTiming& timing : report.timings) {
    const auto peak = std::find_if(report.timings.begin(), report.timings.end(),
                                   [&](const DeviceTiming& other) { return other.name == timing.peak; });
    if (peak != report.timings.end() && timing.flops > 0)
      timing.share_of_mma =
          timing.flops / median_of(timing.cold_seconds) / (peak->flops / median_of(peak->warm_seconds));
    timing.share_of_catalogue = share_of_catalogue(report.catalogue, timing);
  }
  return report;
}

}  // namespace reckon::kernels::RECKON_CUDA_NS
