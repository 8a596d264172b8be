#include "tests/cuda_on_host/lost_device.h"

#include <atomic>

#include "base/error.h"
#include "kernels/cuda/discovery.h"

namespace reckon::cuda_on_host {
namespace {

constexpr std::int64_t kNever = -1;
std::atomic<std::int64_t> launches_left = kNever;  // ranks are threads
std::atomic<bool> lost = false;

}  // namespace

void lose_device_after(std::int64_t launches) {
  lost = false;
  launches_left = launches;
}

void find_device_again() { lose_device_after(kNever); }

void count_launch() {
  std::int64_t left = launches_left;
  while (left > 0 && !launches_left.compare_exchange_weak(left, left - 1)) {
  }
  if (left == 0) lost = true;
  require_device("a launch");
}

void require_device(const char* operation) {
  if (lost)
    fail_evaluation("{}: unspecified launch failure (cudaErrorLaunchFailure); {}", operation,
                    kernels::cuda::remedy_for("cudaErrorLaunchFailure"));
}

}  // namespace reckon::cuda_on_host
