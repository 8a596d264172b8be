#pragma once
// What is timed on a card: each case makes its inputs and gives back one call.

#include <functional>
#include <string>
#include <vector>

#include "kernels/benchmarks/cases.h"
#include "kernels/benchmarks/check.h"
#include "kernels/cuda/backend.h"

namespace reckon::kernels::RECKON_CUDA_NS {

/// One call of what only the device does.
struct PreparedOnDevice {
  PreparedOnDevice(std::function<void()> of_the_device,  // NOLINT(google-explicit-constructor): is mostly all
                   std::function<double()> to_the_host = {})
      : call(std::move(of_the_device)), difference(std::move(to_the_host)) {}
  std::function<void()> call;
  /// After a call and wait(): how far the result is from what the host makes of the data, see share_apart().
  std::function<double()> difference;
};

/// An operation of the interface (KernelCase::prepare), or something that only the device does.
struct DeviceCase : KernelCase {
  DeviceCase() = default;
  DeviceCase(KernelCase item);  // NOLINT(google-explicit-constructor): is mostly one
  /// The limit case whose rate its products can reach at most: that of the operand's type; empty: none.
  std::string peak;
  std::function<PreparedOnDevice(CudaBackend& backend)> prepare_on_device;
  /// Of these, what `flops` is on this device; empty: as it says.
  std::function<double(CudaBackend& backend)> flops_on;
  bool warp_groups = false;  ///< on a back end with tensor_cores=wgmma
  /// By the host's clock, with the wait for the end: copies to and from the host, graphs.
  bool by_host_clock = false;
};

/// What the device reaches: memory, arithmetic by type, launches. "memory copy" is the first.
std::vector<DeviceCase> limit_cases(bool tiny, bool with_fp8, bool with_warp_groups);
/// The back end's operations at DeepSeek-V3's and Llama 3.1 8B's own shapes.
std::vector<DeviceCase> operation_cases(bool tiny);
/// What brings activations to experts and heads to attention: grouped FP8 products, permutation of rows,
/// quantisers, norm with rotation and the write to the cache.
std::vector<DeviceCase> movement_cases(bool tiny, bool with_fp8);

RouterSpec router_of(std::int32_t experts, std::int32_t top_k, std::int32_t groups);
/// The same product by wgmma.
DeviceCase by_warp_groups(DeviceCase item);

/// What the card's results are held against: the CPU back end's, within what rounding to 16 bits explains.
CheckRules check_rules(const BackendOptions& options);

}  // namespace reckon::kernels::RECKON_CUDA_NS
