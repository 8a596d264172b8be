#include "kernels/cuda/benchmarks/device_benchmarks.h"

#include <algorithm>
#include <memory>

#include "base/error.h"
#include "kernels/benchmarks/google_json.h"
#include "kernels/benchmarks/measure.h"
#include "kernels/cuda/benchmarks/device_cases.h"

namespace reckon::kernels::RECKON_CUDA_NS {
namespace {

constexpr const char* kPeerCopyName = "copy to the next card";

/// The maker's figure for a limit case; 0: not known, or none.
double catalogue_flops(const CataloguePeaks& peaks, const std::string& on) {
  if (on == "mma fp64") return 2 * peaks.fp64_flops;  // Hopper's tensor cores double what its other units do
  if (on == "fma fp64") return peaks.fp64_flops;
  if (on.ends_with("mma fp8_e4m3")) return peaks.fp8_flops;
  if (on == "mma int8") return peaks.int8_ops;
  return on.ends_with("mma bf16") || on.ends_with("mma f16") ? peaks.bf16_flops : 0;
}

/// Of the maker's bandwidth or arithmetic, whichever is nearer.
std::optional<double> share_of_catalogue(const CataloguePeaks& peaks, const DeviceTiming& timing) {
  const double seconds = median_of(timing.cold_seconds);
  double share = 0;
  const bool on_device =
      !timing.name.starts_with("copy ") && timing.name != "kernel launches" && timing.name != "graph replay";
  if (timing.name == kPeerCopyName && peaks.link_bytes_per_second > 0)
    share = timing.bytes / seconds / peaks.link_bytes_per_second;
  if (peaks.memory_bytes_per_second > 0 && on_device)
    share = timing.bytes / seconds / peaks.memory_bytes_per_second;
  const double flops = catalogue_flops(peaks, timing.peak.empty() ? timing.name : timing.peak);
  if (flops > 0) share = std::max(share, timing.flops / seconds / flops);
  return share > 0 ? std::optional(share) : std::nullopt;
}

/// By the card's events.
class EventTimer final : public Timer {
 public:
  explicit EventTimer(CudaBackend& backend) : backend_(backend) {}
  double seconds(const std::function<void()>& work) override { return backend_.time(work); }

 private:
  CudaBackend& backend_;
};

std::optional<double> check_on_device(const DeviceCase& item, const PreparedOnDevice& prepared,
                                      const CheckRules& rules) {
  if (!prepared.difference) return std::nullopt;
  const double difference = prepared.difference();
  if (!(difference <= rules.tolerance))
    fail_evaluation("bench: {} {} is {:.3g} of its largest value away from the host's sums; not timed",
                    item.name, item.shape, difference);
  return difference;
}

/// As a case of its own kind: its back end is two.
DeviceTiming peer_timing(const PeerCopy& peer) {
  DeviceTiming timing;
  timing.name = kPeerCopyName;
  timing.shape = fmt::format("{} bytes", peer.bytes);
  timing.bytes = static_cast<double>(peer.bytes);
  Samples samples;
  samples.cold_seconds = samples.warm_seconds = peer.seconds;
  samples.noise = noise_of(peer.seconds);
  timing.cold_seconds = samples.cold_seconds;
  timing.warm_seconds = samples.warm_seconds;
  timing.noise = samples.noise;
  timing.noisy = samples.noisy();
  if (peer.wrong_bytes > 0)
    fail_evaluation("bench: {} of {} bytes did not reach the next card as they were; not timed",
                    peer.wrong_bytes, peer.bytes);
  timing.difference_to_cpu = 0;
  return timing;
}

DeviceTiming time_case(const DeviceCase& item, const DeviceBenchmarkOptions& options,
                       const cuda::DeviceStateReader& reader) {
  DeviceTiming timing;
  timing.name = item.name;
  timing.shape = item.shape;
  timing.bytes = item.bytes;
  timing.peak = item.peak;
  BackendOptions on;
  on.warp_groups = item.warp_groups;
  auto owned = std::make_unique<CudaBackend>(on);
  CudaBackend& backend = *owned;
  BenchmarkDevice device(std::move(owned));
  timing.flops = item.flops_on ? item.flops_on(backend) : item.flops;
  const CheckRules rules = check_rules(on);
  MeasuredCall measured;
  measured.name = item.name;
  if (item.prepare) {
    const PreparedCall prepared = item.prepare(device);
    measured.call = prepared.call;
    prepared.call();
    backend.wait();
    timing.bytes = bytes_of(item, prepared);
    timing.difference_to_cpu = check_case(item, prepared, device, rules);
  } else {
    const PreparedOnDevice prepared = item.prepare_on_device(backend);
    measured.call = prepared.call;
    prepared.call();
    backend.wait();
    timing.difference_to_cpu = check_on_device(item, prepared, rules);
  }
  const auto swept = static_cast<std::int64_t>(options.swept_bytes / 8);
  const Tensor first = device.empty({swept});
  const Tensor second = device.empty({swept});
  // By events the call is queued behind the sweep, so that launches are not waited for.
  measured.sweep = [&] {
    backend.wait();
    backend.copy(second, first);
    if (item.by_host_clock) backend.wait();
  };
  const auto throttled = [&] {
    const auto state = reader.read();
    if (!state) return false;
    timing.least_sm_mhz = std::min(timing.least_sm_mhz.value_or(state->sm_mhz), state->sm_mhz);
    return state->throttled;
  };
  EventTimer events(backend);
  SteadyTimer clock;
  if (item.by_host_clock) {
    measured.call = [&backend, call = measured.call] {
      call();
      backend.wait();
    };
  }
  Method method;
  method.repetitions = options.repetitions;
  method.most_repetitions = options.most_repetitions;
  method.warm_calls = options.warm_calls;
  Timer& timer = item.by_host_clock ? static_cast<Timer&>(clock) : events;
  Samples samples = measure(measured, timer, method, throttled);
  backend.wait();
  timing.cold_seconds = std::move(samples.cold_seconds);
  timing.warm_seconds = std::move(samples.warm_seconds);
  timing.throttled = std::move(samples.disturbed);
  timing.noise = samples.noise;
  timing.noisy = samples.noisy();
  if (item.product && options.library)
    timing.library_seconds =
        options.library(item.product->type, item.product->rows, item.product->columns, item.product->tokens);
  return timing;
}

/// Operations a second of the limit case of that name; 0: none, or not timed here.
double rate_of(const DeviceBenchmarkReport& report, const std::string& limit) {
  for (const DeviceTiming& timing : report.timings)
    if (timing.name == limit) return timing.flops / median_of(timing.warm_seconds);
  return 0;
}

/// Of the fastest instruction for the type of that limit case.
double largest_rate_like(const DeviceBenchmarkReport& report, const std::string& limit) {
  const std::string mma = limit.starts_with("wg") ? limit.substr(2) : limit;
  return std::max(rate_of(report, mma), rate_of(report, "wg" + mma));
}

std::optional<double> share_of(double rate, double peak) {
  return rate > 0 && peak > 0 ? std::optional(rate / peak) : std::nullopt;
}

}  // namespace

DeviceBenchmarkReport run_device_benchmarks(const DeviceBenchmarkOptions& options) {
  require_benchmarks();
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
    with_fp8 = facts.multiplies_fp8();
    with_warp_groups = facts.warp_groups;
  }
  report.before = reader.read();
  report.others = reader.other_processes();
  // Links that lose bytes are found before minutes are spent on the cases.
  report.peer = time_peer_copy(options.peer_bytes);
  std::optional<DeviceTiming> peer;
  if (report.peer.bytes_per_second > 0) peer = peer_timing(report.peer);
  std::vector<DeviceCase> cases = limit_cases(options.tiny, with_fp8, with_warp_groups);
  const auto append = [&](std::vector<DeviceCase> more) {
    for (DeviceCase& item : more) {
      cases.push_back(item);
      if (with_warp_groups && item.multiplies_weight && !item.peak.empty())
        cases.push_back(by_warp_groups(std::move(item)));
    }
  };
  if (options.shapes) {
    constexpr double kExpertBytes = 4e9;
    const std::vector<KernelCase> own = model_cases(*options.shapes, kExpertBytes);
    append({own.begin(), own.end()});
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
  if (peer) report.timings.push_back(*peer);
  if (options.catalogue) report.catalogue = options.catalogue(report.device);
  const DeviceTiming& copy = report.timings.front();
  report.copy_bytes_per_second = copy.bytes / median_of(copy.warm_seconds);
  for (DeviceTiming& timing : report.timings) {
    const double rate = timing.flops / median_of(timing.cold_seconds);
    timing.share_of_mma = share_of(rate, rate_of(report, timing.peak));
    timing.share_of_peak = share_of(rate, largest_rate_like(report, timing.peak));
    timing.share_of_catalogue = share_of_catalogue(report.catalogue, timing);
  }
  return report;
}

}  // namespace reckon::kernels::RECKON_CUDA_NS
