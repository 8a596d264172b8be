// kernels.json as docs/run_directory.md describes it.
#include "base/json.h"
#include "kernels/benchmarks/google_json.h"
#include "kernels/benchmarks/kernel_benchmarks.h"

namespace reckon::kernels {

std::string kernel_report_json(const KernelReport& report, const std::string& commit) {
  json::Document document(rapidjson::kObjectType);
  json::Allocator& allocator = document.GetAllocator();
  json::Value device(rapidjson::kObjectType);
  device.AddMember("backend", json::string(report.device.backend, allocator), allocator);
  device.AddMember("name", json::string(report.device.name, allocator), allocator);
  device.AddMember("path", json::string(report.device.path, allocator), allocator);
  device.AddMember("threads", report.device.threads, allocator);
  document.AddMember("device", device, allocator);
  json::Value limits(rapidjson::kObjectType);
  limits.AddMember("read_gb_per_s", report.limits.read_bytes_per_second * 1e-9, allocator);
  limits.AddMember("write_gb_per_s", report.limits.write_bytes_per_second * 1e-9, allocator);
  limits.AddMember("copy_gb_per_s", report.limits.copy_bytes_per_second * 1e-9, allocator);
  limits.AddMember("fp64_gflop_per_s", report.limits.fp64_flops_per_second * 1e-9, allocator);
  limits.AddMember("fma_gflop_per_s", report.limits.fma_flops_per_second * 1e-9, allocator);
  limits.AddMember("int8_gop_per_s", report.limits.int8_ops_per_second * 1e-9, allocator);
  limits.AddMember("int16_gop_per_s", report.limits.int16_ops_per_second * 1e-9, allocator);
  document.AddMember("limits", limits, allocator);
  json::Value kernels(rapidjson::kArrayType);
  for (const KernelTiming& timing : report.kernels) {
    json::Value kernel(rapidjson::kObjectType);
    kernel.AddMember("name", json::string(timing.name, allocator), allocator);
    kernel.AddMember("shape", json::string(timing.shape, allocator), allocator);
    kernel.AddMember("seconds", timing.seconds, allocator);
    json::Value repetitions(rapidjson::kArrayType);
    for (const double seconds : timing.repetition_seconds) repetitions.PushBack(seconds, allocator);
    kernel.AddMember("repetition_seconds", repetitions, allocator);
    kernel.AddMember("spread", timing.spread, allocator);
    if (timing.noise) kernel.AddMember("noise", *timing.noise, allocator);
    kernel.AddMember("noisy", timing.noisy, allocator);
    kernel.AddMember("checked", timing.checked, allocator);
    kernel.AddMember("processors_of_others", timing.processors_of_others, allocator);
    kernel.AddMember(rapidjson::StringRef(timing.warm ? "warm_seconds" : "cold_seconds"), timing.seconds,
                     allocator);
    if (!timing.other_seconds.empty())
      kernel.AddMember(rapidjson::StringRef(timing.warm ? "cold_seconds" : "warm_seconds"),
                       median_of(timing.other_seconds), allocator);
    kernel.AddMember("gb_per_s", timing.bytes / timing.seconds * 1e-9, allocator);
    kernel.AddMember("gflop_per_s", timing.flops / timing.seconds * 1e-9, allocator);
    kernel.AddMember("bound", json::string(timing.bound, allocator), allocator);
    if (timing.share_of_limit) kernel.AddMember("share_of_limit", *timing.share_of_limit, allocator);
    kernels.PushBack(kernel, allocator);
  }
  document.AddMember("kernels", kernels, allocator);
  json::Value context(rapidjson::kObjectType);
  context.AddMember("device", json::string(report.device.name, allocator), allocator);
  context.AddMember("path", json::string(report.device.path, allocator), allocator);
  context.AddMember("threads", report.device.threads, allocator);
  context.AddMember("processors_of_others", report.processors_of_others, allocator);
  context.AddMember("commit", json::string(commit, allocator), allocator);
  document.AddMember("context", context, allocator);
  json::Value benchmarks(rapidjson::kArrayType);
  for (const KernelTiming& timing : report.kernels)
    add_repetitions(
        benchmarks, allocator, timing.name + "/" + timing.shape, timing.repetition_seconds,
        [&](json::Value& entry, double seconds, std::size_t repetition) {
          if (!timing.other_seconds.empty())
            entry.AddMember(
                rapidjson::StringRef(timing.warm ? "cold_time" : "warm_time"),
                1e6 * (repetition < timing.other_seconds.size() ? timing.other_seconds[repetition]
                                                                : median_of(timing.other_seconds)),
                allocator);
          entry.AddMember("bytes_per_second", timing.bytes / seconds, allocator);
          entry.AddMember("flops_per_second", timing.flops / seconds, allocator);
          if (timing.share_of_limit)
            entry.AddMember("share_of_limit", *timing.share_of_limit * timing.seconds / seconds, allocator);
        });
  document.AddMember("benchmarks", benchmarks, allocator);
  return json::dump_pretty(document);
}

}  // namespace reckon::kernels
