#include "base/nvidia_devices.h"

#include <array>

#include "base/shared_library.h"

namespace reckon {

std::set<std::string> bus_addresses(int first, int count, const std::string& driver) {
  const SharedLibrary cuda(driver);
  int (*initialise)(unsigned) = nullptr;
  int (*visible_devices)(int*) = nullptr;
  int (*device_at)(int*, int) = nullptr;
  int (*bus_address)(char*, int, int) = nullptr;
  if (!cuda.find(initialise, "cuInit") || !cuda.find(visible_devices, "cuDeviceGetCount") ||
      !cuda.find(device_at, "cuDeviceGet") || !cuda.find(bus_address, "cuDeviceGetPCIBusId"))
    return {};
  int visible = 0;
  if (initialise(0) != 0 || visible_devices(&visible) != 0 || visible < 1) return {};
  std::set<std::string> addresses;
  for (int rank = 0; rank < count; ++rank) {
    int device = 0;
    std::array<char, 32> address{};
    if (device_at(&device, (first + rank) % visible) != 0) return {};
    if (bus_address(address.data(), static_cast<int>(address.size()), device) != 0) return {};
    addresses.insert(address.data());
  }
  return addresses;
}

}  // namespace reckon
