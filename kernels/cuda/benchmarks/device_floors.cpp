// What the kernels of a card have to reach, beside what they did in this run.
#include <algorithm>

#include <fmt/format.h>

#include "kernels/benchmarks/google_json.h"
#include "kernels/cuda/benchmarks/device_benchmarks.h"

namespace reckon::kernels::RECKON_CUDA_NS {
namespace {

/// The least of what the cases of that name, and with that in their shape, reach; nothing where none has it.
template <class Figure>
std::optional<double> least(const DeviceBenchmarkReport& report, const std::string& name,
                            const std::string& part, const Figure& figure) {
  std::optional<double> found;
  for (const DeviceTiming& timing : report.timings) {
    if (timing.name != name || timing.shape.find(part) == std::string::npos) continue;
    const std::optional<double> value = figure(timing);
    if (!value) return std::nullopt;
    found = std::min(found.value_or(*value), *value);
  }
  return found;
}

}  // namespace

std::vector<Floor> floors_of(const DeviceBenchmarkReport& report) {
  const auto of_memory = [&](const DeviceTiming& timing) -> std::optional<double> {
    return timing.bytes / median_of(timing.cold_seconds) / report.copy_bytes_per_second;
  };
  const auto of_peak = [](const DeviceTiming& timing) { return timing.share_of_peak; };
  const auto of_library = [](const DeviceTiming& timing) -> std::optional<double> {
    if (!timing.library_seconds) return std::nullopt;
    return *timing.library_seconds / median_of(timing.cold_seconds);
  };
  std::vector<Floor> floors;
  for (const int heads : {16, 32, 128}) {
    const std::string part = fmt::format("{} heads, 128+64+128, latent 512, 128 x 1 token after 8192", heads);
    const bool computes = heads == 128;
    floors.push_back({fmt::format("MLA decode, {} heads, 128 x 1 after 8192: of the measured {}", heads,
                                  computes ? "BF16 peak" : "bandwidth"),
                      computes ? 0.55 : 0.80,
                      computes ? least(report, "mla absorbed bf16", part, of_peak)
                               : least(report, "mla absorbed bf16", part, of_memory)});
  }
  for (const std::string by : {"", " wgmma"}) {
    floors.push_back({fmt::format("grouped FP8 masked{}, decode shapes: of the measured bandwidth", by), 0.75,
                      least(report, "grouped fp8_e4m3 masked" + by, "", of_memory)});
    floors.push_back(
        {fmt::format("grouped FP8 contiguous{}, 4 x 8192, 4096x7168: of the measured FP8 peak", by), 0.60,
         least(report, "grouped fp8_e4m3 contiguous" + by, "4 x 8192, 4096x7168", of_peak)});
    for (const char* tokens : {"128 tokens", "4096 tokens"})
      floors.push_back({fmt::format("dense FP8{}, {}: of cuBLASLt's speed", by, tokens), 0.85,
                        least(report, "linear fp8_e4m3" + by, tokens, of_library)});
  }
  return floors;
}

std::string floors_text(const std::vector<Floor>& floors) {
  std::string text;
  for (const Floor& floor : floors)
    text += fmt::format("floor {}: {} (wanted {:.2f}) {}\n", floor.what,
                        floor.reached ? fmt::format("{:.3f}", *floor.reached) : "not measured", floor.wanted,
                        !floor.reached  ? "-"
                        : floor.holds() ? "holds"
                                        : "MISSED");
  return text;
}

}  // namespace reckon::kernels::RECKON_CUDA_NS
