// Stands in for libcuda.so.1 and libnvidia-ml.so.1 in tests: two devices whose counters a test sets through
// its environment: FAKE_MILLIJOULES="<device 0> <device 1>". A value of "x" is a device without a counter.

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

int initialised = 0;
int handles[2] = {0, 1};

// CUDA's first device is the second on the bus.
const char* const kAddresses[2] = {"0000:65:00.0", "0000:17:00.0"};
const char* const kOnTheBus[2] = {"0000:17:00.0", "0000:65:00.0"};

}  // namespace

extern "C" {

int cuInit(unsigned) { return 0; }
int cuDeviceGetCount(int* count) {
  *count = 2;
  return 0;
}
int cuDeviceGet(int* device, int ordinal) {
  *device = 100 + ordinal;
  return ordinal < 2 ? 0 : 101;
}
int cuDeviceGetPCIBusId(char* text, int size, int device) {
  std::snprintf(text, static_cast<std::size_t>(size), "%s", kAddresses[device - 100]);
  return 0;
}

int nvmlInit_v2() {
  ++initialised;
  return std::getenv("FAKE_NVML_FAILS") == nullptr ? 0 : 9;
}
int nvmlShutdown() {
  --initialised;
  return 0;
}
int nvmlDeviceGetHandleByPciBusId_v2(const char* address, void** handle) {
  for (int i = 0; i < 2; ++i) {
    if (std::strcmp(address, kOnTheBus[i]) == 0) {
      *handle = &handles[i];
      return 0;
    }
  }
  return 6;
}
int nvmlDeviceGetTotalEnergyConsumption(void* handle, unsigned long long* millijoules) {
  const char* set = std::getenv("FAKE_MILLIJOULES");
  if (initialised == 0 || set == nullptr) return 1;
  std::string text(set);
  if (*static_cast<int*>(handle) == 1) text = text.substr(text.find(' ') + 1);
  if (text.front() == 'x') return 3;  // NVML_ERROR_NOT_SUPPORTED
  *millijoules = std::strtoull(text.c_str(), nullptr, 10);
  return 0;
}
}
