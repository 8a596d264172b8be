#pragma once
// Energy of the machine's processors, where their counters (RAPL) can be read.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace reckon::harness {

/// Sums the packages of <root>/intel-rapl:N (AMD's counters appear there as well), from construction on.
/// The counters wrap within minutes to hours: joules() must be called now and then.
class EnergyMeter {
 public:
  explicit EnergyMeter(const std::string& root = "/sys/class/powercap");

  /// Joules since construction; absent where no package counter can be read (none, or not permitted).
  std::optional<double> joules();

 private:
  struct Package {
    std::string path;
    std::uint64_t range = 0;  ///< microjoules at which the counter wraps
    std::uint64_t last = 0;
  };
  std::vector<Package> packages_;
  std::uint64_t microjoules_ = 0;
};

}  // namespace reckon::harness
