// Stands in for libcuda.so.1 and libnvidia-ml.so.1 in tests: two devices whose counters a test sets through
// its environment: FAKE_MILLIJOULES="<device 0> <device 1>". A value of "x" is a device without a counter.
// Clocks and temperatures tell the two apart; FAKE_CLOCK_REASONS and FAKE_PROCESSES (their numbers) are those
// of both.

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sstream>
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
int nvmlDeviceGetClockInfo(void* handle, unsigned type, unsigned* mhz) {
  *mhz = 1000 * type + static_cast<unsigned>(*static_cast<int*>(handle));
  return 0;
}
int nvmlDeviceGetTemperature(void* handle, unsigned, unsigned* celsius) {
  *celsius = 40 + static_cast<unsigned>(*static_cast<int*>(handle));
  return 0;
}
int nvmlDeviceGetPowerUsage(void*, unsigned* milliwatts) {
  *milliwatts = 250'000;
  return 0;
}
int nvmlDeviceGetCurrentClocksThrottleReasons(void*, unsigned long long* reasons) {
  const char* set = std::getenv("FAKE_CLOCK_REASONS");
  *reasons = set != nullptr ? std::strtoull(set, nullptr, 16) : 1;  // idle
  return 0;
}
int nvmlDeviceGetComputeRunningProcesses_v3(void*, unsigned* count, void* processes) {
  struct Process {  // nvmlProcessInfo_v2_t
    unsigned pid;
    unsigned long long memory;
    unsigned gpu_instance, compute_instance;
  };
  const char* set = std::getenv("FAKE_PROCESSES");
  std::istringstream numbers(set != nullptr ? set : "");
  const unsigned room = *count;
  *count = 0;
  for (unsigned pid = 0; numbers >> pid; ++*count) {
    if (*count < room) static_cast<Process*>(processes)[*count] = {pid, 0, 0, 0};
  }
  return *count > room ? 7 : 0;  // NVML_ERROR_INSUFFICIENT_SIZE
}
}
