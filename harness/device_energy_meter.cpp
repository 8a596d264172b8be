#include "harness/device_energy_meter.h"

#include "base/nvidia_devices.h"
#include "base/shared_library.h"

namespace reckon::harness {
struct DeviceEnergyMeter::Management {
  explicit Management(const std::string& name) : library(name) {}
  ~Management() {
    if (shut_down != nullptr) shut_down();
  }
  Management(const Management&) = delete;
  Management& operator=(const Management&) = delete;

  SharedLibrary library;
  int (*shut_down)() = nullptr;
  int (*total_energy)(void*, unsigned long long*) = nullptr;  ///< millijoules since the driver was loaded
};

DeviceEnergyMeter::DeviceEnergyMeter() = default;
DeviceEnergyMeter::~DeviceEnergyMeter() = default;
DeviceEnergyMeter::DeviceEnergyMeter(DeviceEnergyMeter&&) noexcept = default;
DeviceEnergyMeter& DeviceEnergyMeter::operator=(DeviceEnergyMeter&&) noexcept = default;

DeviceEnergyMeter::DeviceEnergyMeter(int first, int count, const std::string& driver,
                                     const std::string& management) {
  auto opened = std::make_unique<Management>(management);
  int (*initialise)() = nullptr;
  int (*by_bus_address)(const char*, void**) = nullptr;
  const SharedLibrary& library = opened->library;
  if (!library.find(initialise, "nvmlInit_v2") || initialise() != 0) return;
  if (!library.find(opened->shut_down, "nvmlShutdown") ||
      !library.find(by_bus_address, "nvmlDeviceGetHandleByPciBusId_v2") ||
      !library.find(opened->total_energy, "nvmlDeviceGetTotalEnergyConsumption"))
    return;
  for (const std::string& address : bus_addresses(first, count, driver)) {
    Device device;
    if (by_bus_address(address.c_str(), &device.handle) != 0 ||
        opened->total_energy(device.handle, &device.first_millijoules) != 0) {
      devices_.clear();
      return;
    }
    devices_.push_back(device);
  }
  management_ = std::move(opened);
}

std::optional<double> DeviceEnergyMeter::joules() {
  if (devices_.empty()) return std::nullopt;
  unsigned long long millijoules = 0;
  for (const Device& device : devices_) {
    unsigned long long now = 0;
    if (management_->total_energy(device.handle, &now) != 0 || now < device.first_millijoules) {
      // A sum without one of its devices would be too small; a counter that began anew has lost what was
      // before.
      devices_.clear();
      return std::nullopt;
    }
    millijoules += now - device.first_millijoules;
  }
  return static_cast<double>(millijoules) * 1e-3;
}

}  // namespace reckon::harness
