#pragma once
// Clocks, temperature and throttling of a card while it is timed, from NVML (opened at run time).

#include <cstdint>
#include <memory>
#include <optional>

namespace reckon::kernels::cuda {

struct DeviceState {
  unsigned sm_mhz = 0, memory_mhz = 0;
  unsigned celsius = 0;
  unsigned milliwatts = 0;
  /// Clocks are held down by heat, power or hardware (nvmlClocksEventReasons); idling and clocks that a user
  /// set do not count.
  bool throttled = false;
};

/// Reads card 0 of those visible to NVML; nothing when NVML is not there.
class DeviceStateReader {
 public:
  DeviceStateReader();
  ~DeviceStateReader();
  std::optional<DeviceState> read() const;
  /// Processes that compute on the card, less this one.
  std::optional<unsigned> other_processes() const;

 private:
  struct Library;
  std::unique_ptr<Library> library_;
};

}  // namespace reckon::kernels::cuda
