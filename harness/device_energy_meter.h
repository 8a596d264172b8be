#pragma once
// Energy of the CUDA devices that a run uses, as their own counters say.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace reckon::harness {

/// Sums nvmlDeviceGetTotalEnergyConsumption over devices, from construction on. The counters are those of
/// whole cards: what other processes make them use is counted too. NVML and the driver are opened at run
/// time.
class DeviceEnergyMeter {
 public:
  /// Of no device: nothing is ever known.
  DeviceEnergyMeter();
  /// `first`: CUDA's number of the first device, among those that CUDA_VISIBLE_DEVICES leaves; `count`: ranks
  /// on the devices from there on, begun again at number 0 where there are fewer. Libraries by names as
  /// dlopen() takes them.
  DeviceEnergyMeter(int first, int count, const std::string& driver = "libcuda.so.1",
                    const std::string& management = "libnvidia-ml.so.1");
  ~DeviceEnergyMeter();
  DeviceEnergyMeter(DeviceEnergyMeter&&) noexcept;
  DeviceEnergyMeter& operator=(DeviceEnergyMeter&&) noexcept;

  /// Joules since construction; absent unless the counter of every device can be read.
  std::optional<double> joules();

 private:
  struct Management;
  struct Device {
    void* handle = nullptr;
    unsigned long long first_millijoules = 0;
  };
  std::unique_ptr<Management> management_;
  std::vector<Device> devices_;
};

}  // namespace reckon::harness
