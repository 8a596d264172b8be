#include "kernels/cuda/benchmarks/device_state.h"

#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill() is POSIX's
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "base/nvidia_devices.h"
#include "base/shared_library.h"

namespace reckon::kernels::cuda {
namespace {

// Numbers of nvml.h (NVML API reference, "Device Enums" and "Clocks Event Reasons").
constexpr unsigned kSmClock = 1;
constexpr unsigned kMemoryClock = 2;
constexpr unsigned kGpuTemperature = 0;
constexpr unsigned long long kHeldDown = 0x4U      // software power cap
                                         | 0x8U    // hardware slowdown
                                         | 0x20U   // software thermal slowdown
                                         | 0x40U   // hardware thermal slowdown
                                         | 0x80U;  // hardware power brake

/// nvmlProcessInfo_v2_t.
struct ListedProcess {
  unsigned pid = 0;
  unsigned long long memory = 0;
  unsigned gpu_instance = 0, compute_instance = 0;
};
static_assert(sizeof(ListedProcess) == 24);

}  // namespace

struct DeviceStateReader::Library {
  explicit Library(const std::string& name) : file(name) {}
  ~Library() {
    if (shutdown != nullptr) shutdown();
  }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  SharedLibrary file;
  void* device = nullptr;
  int (*clock)(void*, unsigned, unsigned*) = nullptr;
  int (*temperature)(void*, unsigned, unsigned*) = nullptr;
  int (*power)(void*, unsigned*) = nullptr;
  int (*reasons)(void*, unsigned long long*) = nullptr;
  int (*processes)(void*, unsigned*, ListedProcess*) = nullptr;
  int (*shutdown)() = nullptr;
};

DeviceStateReader::DeviceStateReader(int device, const std::string& driver, const std::string& management) {
  const std::set<std::string> addresses = bus_addresses(device, 1, driver);
  if (addresses.empty()) return;
  auto library = std::make_unique<Library>(management);
  int (*initialise)() = nullptr;
  int (*by_bus_address)(const char*, void**) = nullptr;
  Library& l = *library;
  if (!l.file.find(initialise, "nvmlInit_v2") || initialise() != 0) return;
  if (!l.file.find(l.shutdown, "nvmlShutdown") ||
      !l.file.find(by_bus_address, "nvmlDeviceGetHandleByPciBusId_v2") ||
      !l.file.find(l.clock, "nvmlDeviceGetClockInfo") ||
      !l.file.find(l.temperature, "nvmlDeviceGetTemperature") ||
      !l.file.find(l.power, "nvmlDeviceGetPowerUsage") ||
      !l.file.find(l.processes, "nvmlDeviceGetComputeRunningProcesses_v3") ||
      !l.file.find(l.reasons, "nvmlDeviceGetCurrentClocksThrottleReasons") ||
      by_bus_address(addresses.begin()->c_str(), &l.device) != 0)
    return;
  library_ = std::move(library);
}

DeviceStateReader::~DeviceStateReader() = default;

std::optional<DeviceState> DeviceStateReader::read() const {
  if (!library_) return std::nullopt;
  const Library& l = *library_;
  DeviceState state;
  unsigned long long reasons = 0;
  if (l.clock(l.device, kSmClock, &state.sm_mhz) != 0 ||
      l.clock(l.device, kMemoryClock, &state.memory_mhz) != 0 ||
      l.temperature(l.device, kGpuTemperature, &state.celsius) != 0 ||
      l.power(l.device, &state.milliwatts) != 0 || l.reasons(l.device, &reasons) != 0)
    return std::nullopt;
  state.throttled = (reasons & kHeldDown) != 0;
  return state;
}

std::optional<unsigned> DeviceStateReader::other_processes() const {
  if (!library_) return std::nullopt;
  constexpr int kTooSmall = 7;  // NVML_ERROR_INSUFFICIENT_SIZE: how many there are was written
  std::vector<ListedProcess> listed;
  int result = kTooSmall;
  for (int attempt = 0; result == kTooSmall && attempt < 3; ++attempt) {  // more may have come meanwhile
    auto count = static_cast<unsigned>(listed.size());
    result = library_->processes(library_->device, &count, listed.empty() ? nullptr : listed.data());
    listed.resize(count);
  }
  if (result != 0) return std::nullopt;
  const auto is_own = [](const ListedProcess& process) {
    const auto number = static_cast<pid_t>(process.pid);
    return number == getpid() || (kill(number, 0) != 0 && errno == ESRCH);
  };
  const bool own = std::any_of(listed.begin(), listed.end(), is_own);
  return static_cast<unsigned>(listed.size()) - (own ? 1U : 0U);
}

}  // namespace reckon::kernels::cuda
