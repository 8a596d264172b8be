#pragma once
// Clocks, temperature and throttling of a card while it is timed, from NVML (opened at run time).

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace reckon::kernels::cuda {

struct DeviceState {
  unsigned sm_mhz = 0, memory_mhz = 0;
  unsigned celsius = 0;
  unsigned milliwatts = 0;
  /// Clocks are held down by heat, power or hardware (nvmlClocksEventReasons); idling and clocks that a user
  /// set do not count.
  bool throttled = false;
};

/// Reads the card that CUDA calls `device`; nothing when the driver or NVML is not there. Libraries by names
/// as dlopen() takes them.
class DeviceStateReader {
 public:
  explicit DeviceStateReader(int device = 0, const std::string& driver = "libcuda.so.1",
                             const std::string& management = "libnvidia-ml.so.1");
  ~DeviceStateReader();
  std::optional<DeviceState> read() const;
  /// Processes that compute on the card, less this one: by its number, or, where the list has numbers that
  /// nobody has here, as one of those (inside a container it is listed by the number that it has outside).
  std::optional<unsigned> other_processes() const;

 private:
  struct Library;
  std::unique_ptr<Library> library_;
};

}  // namespace reckon::kernels::cuda
