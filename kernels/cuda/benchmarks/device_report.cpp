// What the benchmarks of a card are written down as.
#include <algorithm>

#include <fmt/format.h>

#include "base/json.h"
#include "kernels/benchmarks/google_json.h"
#include "kernels/cuda/benchmarks/device_benchmarks.h"

namespace reckon::kernels::RECKON_CUDA_NS {

std::string device_benchmark_table(const DeviceBenchmarkReport& report) {
  std::string table =
      fmt::format("{} ({}), driver {}\nmemory copy: {:.0f} GB/s, reads and writes counted\n", report.device,
                  report.path, report.driver, report.copy_bytes_per_second * 1e-9);
  if (report.others.value_or(0) > 0)
    table += fmt::format("{} other processes compute on this card: nothing below is its full speed\n",
                         *report.others);
  if (report.peer.bytes_per_second > 0)
    table += fmt::format("copy to the next card: {:.0f} GB/s one way\n", report.peer.bytes_per_second * 1e-9);
  else
    table += fmt::format("no copy to another card: {}\n", report.peer.why_not);
  if (report.catalogue.card.empty())
    table += "the hardware catalogue has no card of this name: no share of its peak\n";
  else
    table += fmt::format(
        "of card: of the {}'s {:.0f} GB/s or {:.0f} (BF16), {:.0f} (FP8), {:.1f} (FP64) TFLOP/s\n",
        report.catalogue.card, report.catalogue.memory_bytes_per_second * 1e-9,
        report.catalogue.bf16_flops * 1e-12, report.catalogue.fp8_flops * 1e-12,
        report.catalogue.fp64_flops * 1e-12);
  table += "\n";
  table += fmt::format(
      "| {:<27} | {:<38} | {:>10} | {:>10} | {:>8} | {:>8} | {:>7} | {:>6} | {:>7} | {:>7} | {:>9} | {:>7} "
      "|\n",
      "kernel", "shape", "cold us", "warm us", "GB/s", "TFLOP/s", "of copy", "of mma", "of peak", "of card",
      "of cuBLAS", "checked");
  for (const DeviceTiming& timing : report.timings) {
    const double cold = median_of(timing.cold_seconds);
    table += fmt::format(
        "| {:<27} | {:<38} | {:>10.2f} | {:>10.2f} | {:>8.1f} | {:>8.3f} | {:>5.0f} % | {:>6} | {:>7} | "
        "{:>7} | "
        "{:>9} | "
        "{:>7} |{}{}\n",
        timing.name, timing.shape, cold * 1e6, median_of(timing.warm_seconds) * 1e6,
        timing.bytes / cold * 1e-9, timing.flops / cold * 1e-12,
        100.0 * timing.bytes / cold / report.copy_bytes_per_second,
        timing.share_of_mma ? fmt::format("{:.0f} %", *timing.share_of_mma * 100) : "",
        timing.share_of_peak ? fmt::format("{:.0f} %", *timing.share_of_peak * 100) : "",
        timing.share_of_catalogue ? fmt::format("{:.0f} %", *timing.share_of_catalogue * 100) : "",
        timing.library_seconds ? fmt::format("{:.2f}", *timing.library_seconds / cold) : "",
        timing.difference_to_cpu ? fmt::format("{:.0e}", *timing.difference_to_cpu) : "",
        timing.noisy ? " noisy" : "",
        timing.throttled.empty() ? "" : fmt::format(" throttled {}", timing.throttled.size()));
  }
  return table + "\n" + floors_text(floors_of(report));
}

namespace {

/// What `reckon estimate --profile` reads, in the layout of kernels.json: of the products those in the types
/// that an estimated model is in.
void add_profile(json::Document& document, const DeviceBenchmarkReport& report) {
  auto& allocator = document.GetAllocator();
  json::Value device(rapidjson::kObjectType);
  device.AddMember("backend", "cuda", allocator);
  device.AddMember("name", json::string(report.device, allocator), allocator);
  json::Value limits(rapidjson::kObjectType);
  limits.AddMember("read_gb_per_s", report.copy_bytes_per_second * 1e-9, allocator);
  json::Value kernels(rapidjson::kArrayType);
  for (const DeviceTiming& timing : report.timings) {
    const bool product = timing.name.starts_with("linear ");
    if (product && timing.name != "linear bf16" && timing.name != "linear fp8_e4m3") continue;
    const double seconds = median_of(timing.cold_seconds);
    json::Value kernel(rapidjson::kObjectType);
    kernel.AddMember("name", json::string(timing.name, allocator), allocator);
    kernel.AddMember("shape", json::string(timing.shape, allocator), allocator);
    kernel.AddMember("seconds", seconds, allocator);
    json::Value repetitions(rapidjson::kArrayType);
    for (const double repetition : timing.cold_seconds) repetitions.PushBack(repetition, allocator);
    kernel.AddMember("repetition_seconds", repetitions, allocator);
    kernel.AddMember("gb_per_s", timing.bytes / seconds * 1e-9, allocator);
    kernel.AddMember("gflop_per_s", timing.flops / seconds * 1e-9, allocator);
    kernels.PushBack(kernel, allocator);
  }
  document.AddMember("device", device, allocator);
  document.AddMember("limits", limits, allocator);
  document.AddMember("kernels", kernels, allocator);
}

/// Of the entry of one cold repetition, or of their median.
void add_fields(json::Value& entry, json::Allocator& allocator, const DeviceBenchmarkReport& report,
                const DeviceTiming& timing, double seconds, std::size_t repetition) {
  const bool median = repetition == timing.cold_seconds.size();
  const double warm = median ? median_of(timing.warm_seconds) : timing.warm_seconds[repetition];
  const bool throttled = median ? !timing.throttled.empty()
                                : std::find(timing.throttled.begin(), timing.throttled.end(), repetition) !=
                                      timing.throttled.end();
  entry.AddMember("warm_time", warm * 1e6, allocator);
  entry.AddMember("throttled", throttled, allocator);
  entry.AddMember("bytes_per_second", timing.bytes / seconds, allocator);
  entry.AddMember("flops_per_second", timing.flops / seconds, allocator);
  entry.AddMember("share_of_copy", timing.bytes / seconds / report.copy_bytes_per_second, allocator);
  if (!median) return;
  entry.AddMember("spread", spread_of(timing.cold_seconds), allocator);
  if (timing.noise) entry.AddMember("noise", *timing.noise, allocator);
  entry.AddMember("noisy", timing.noisy, allocator);
  if (timing.least_sm_mhz) entry.AddMember("least_sm_mhz", *timing.least_sm_mhz, allocator);
  if (timing.library_seconds) entry.AddMember("cublaslt_time", *timing.library_seconds * 1e6, allocator);
  if (timing.share_of_mma) entry.AddMember("share_of_mma", *timing.share_of_mma, allocator);
  if (timing.share_of_peak) entry.AddMember("share_of_peak", *timing.share_of_peak, allocator);
  if (timing.share_of_catalogue) entry.AddMember("share_of_catalogue", *timing.share_of_catalogue, allocator);
  if (timing.difference_to_cpu) entry.AddMember("difference_to_cpu", *timing.difference_to_cpu, allocator);
}

}  // namespace

std::string device_benchmark_json(const DeviceBenchmarkReport& report, const std::string& commit) {
  json::Document document(rapidjson::kObjectType);
  auto& allocator = document.GetAllocator();
  json::Value context(rapidjson::kObjectType);
  context.AddMember("device", json::string(report.device, allocator), allocator);
  context.AddMember("path", json::string(report.path, allocator), allocator);
  context.AddMember("driver", json::string(report.driver, allocator), allocator);
  context.AddMember("commit", json::string(commit, allocator), allocator);
  if (report.others) context.AddMember("other_processes", *report.others, allocator);
  context.AddMember("copy_bytes_per_second", report.copy_bytes_per_second, allocator);
  context.AddMember("catalogue_card", json::string(report.catalogue.card, allocator), allocator);
  if (report.peer.bytes_per_second > 0)
    context.AddMember("peer_copy_bytes_per_second", report.peer.bytes_per_second, allocator);
  for (const auto& [name, state] : {std::pair{"before", report.before}, std::pair{"after", report.after}}) {
    if (!state) continue;
    json::Value value(rapidjson::kObjectType);
    value.AddMember("sm_mhz", state->sm_mhz, allocator);
    value.AddMember("memory_mhz", state->memory_mhz, allocator);
    value.AddMember("celsius", state->celsius, allocator);
    value.AddMember("watts", state->milliwatts * 1e-3, allocator);
    value.AddMember("throttled", state->throttled, allocator);
    context.AddMember(json::string(name, allocator), value, allocator);
  }
  document.AddMember("context", context, allocator);
  json::Value benchmarks(rapidjson::kArrayType);
  for (const DeviceTiming& timing : report.timings) {
    add_repetitions(benchmarks, allocator, timing.name + "/" + timing.shape, timing.cold_seconds,
                    [&](json::Value& entry, double seconds, std::size_t repetition) {
                      add_fields(entry, allocator, report, timing, seconds, repetition);
                    });
  }
  document.AddMember("benchmarks", benchmarks, allocator);
  json::Value floors(rapidjson::kArrayType);
  for (const Floor& floor : floors_of(report)) {
    json::Value value(rapidjson::kObjectType);
    value.AddMember("what", json::string(floor.what, allocator), allocator);
    value.AddMember("wanted", floor.wanted, allocator);
    if (floor.reached) value.AddMember("reached", *floor.reached, allocator);
    floors.PushBack(value, allocator);
  }
  document.AddMember("floors", floors, allocator);
  add_profile(document, report);
  return json::dump_pretty(document);
}

}  // namespace reckon::kernels::RECKON_CUDA_NS
