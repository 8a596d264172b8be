#include <fmt/format.h>

#include "base/json.h"
#include "kernels/benchmarks/communication.h"
#include "kernels/benchmarks/google_json.h"

namespace reckon::kernels {

std::string communication_table(const CommunicationReport& report) {
  std::string table = fmt::format(
      "{} ranks on {}, exchanging data through {}\n\n| {:<19} | {:>10} | {:>10} | {:>10} | {:>10} | "
      "{:>7} | {:>6} |\n|{:-<21}|{:->11}:|{:->11}:|{:->11}:|{:->11}:|{:->8}:|{:->7}:|\n",
      report.ranks, report.device.name, report.communicator, "operation", "bytes", "us", "algbw GB/s",
      "busbw GB/s", "of link", "errors", "", "", "", "", "", "", "");
  for (const CommunicationTiming& timing : report.timings)
    table += fmt::format(
        "| {:<19} | {:>10} | {:>10.2f} | {:>10.3f} | {:>10.3f} | {:>7} | {:>6} |\n", timing.operation,
        timing.bytes, timing.seconds * 1e6, timing.algorithm_bytes_per_second * 1e-9,
        timing.bus_bytes_per_second * 1e-9,
        report.link_bytes_per_second > 0
            ? fmt::format("{:.0f} %", 100.0 * timing.bus_bytes_per_second / report.link_bytes_per_second)
            : "",
        timing.errors);
  return table;
}

std::string communication_json(const CommunicationReport& report) {
  json::Document document(rapidjson::kObjectType);
  auto& allocator = document.GetAllocator();
  json::Value context(rapidjson::kObjectType);
  context.AddMember("device", json::string(report.device.name, allocator), allocator);
  context.AddMember("communicator", json::string(report.communicator, allocator), allocator);
  context.AddMember("ranks", report.ranks, allocator);
  if (report.link_bytes_per_second > 0)
    context.AddMember("link_bytes_per_second", report.link_bytes_per_second, allocator);
  document.AddMember("context", context, allocator);
  json::Value benchmarks(rapidjson::kArrayType);
  for (const CommunicationTiming& timing : report.timings) {
    const std::string name = fmt::format("{}/{}", timing.operation, timing.bytes);
    add_repetitions(
        benchmarks, allocator, name, timing.repetition_seconds,
        [&](json::Value& value, double seconds, std::size_t) {
          value.AddMember("bytes", timing.bytes, allocator);
          value.AddMember("algbw_bytes_per_second", static_cast<double>(timing.bytes) / seconds, allocator);
          value.AddMember("busbw_bytes_per_second", timing.bus_bytes_per_second * timing.seconds / seconds,
                          allocator);
          if (report.link_bytes_per_second > 0)
            value.AddMember(
                "share_of_link",
                timing.bus_bytes_per_second * timing.seconds / seconds / report.link_bytes_per_second,
                allocator);
          value.AddMember("errors", timing.errors, allocator);
        });
  }
  document.AddMember("benchmarks", benchmarks, allocator);
  return json::dump_pretty(document);
}

}  // namespace reckon::kernels
