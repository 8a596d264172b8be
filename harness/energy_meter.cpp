#include "harness/energy_meter.h"

#include <filesystem>
#include <fstream>

namespace reckon::harness {
namespace {

namespace fs = std::filesystem;

std::optional<std::uint64_t> read_counter(const std::string& path) {
  std::ifstream file(path);
  std::uint64_t value = 0;
  if (!(file >> value)) return std::nullopt;
  return value;
}

}  // namespace

EnergyMeter::EnergyMeter(const std::string& root) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(root, error)) {
    const std::string name = entry.path().filename().string();
    // intel-rapl:0 is a package, intel-rapl:0:1 a part of it.
    if (!name.starts_with("intel-rapl:") || name.find(':') != name.rfind(':')) continue;
    const std::string path = entry.path().string();
    const auto counter = read_counter(path + "/energy_uj");
    const auto range = read_counter(path + "/max_energy_range_uj");
    if (counter && range && *range > 0) packages_.push_back({path + "/energy_uj", *range, *counter});
  }
}

std::optional<double> EnergyMeter::joules() {
  if (packages_.empty()) return std::nullopt;
  for (Package& package : packages_) {
    const auto counter = read_counter(package.path);
    if (!counter) {
      // A sum without one of its packages would be too small.
      packages_.clear();
      return std::nullopt;
    }
    microjoules_ +=
        *counter >= package.last ? *counter - package.last : package.range - package.last + *counter;
    package.last = *counter;
  }
  return static_cast<double>(microjoules_) * 1e-6;
}

}  // namespace reckon::harness
