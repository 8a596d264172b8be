#include "kernels/cuda/benchmarks/device_cases.h"

namespace reckon::kernels::RECKON_CUDA_NS {
namespace {

/// What tensor cores reach in this type.
std::string mma_peak(DataType type) {
  if (type != DataType::bf16 && type != DataType::f16 && type != DataType::fp8_e4m3) return "";
  return std::string("mma ") + type_info(type).name;
}

}  // namespace

DeviceCase::DeviceCase(KernelCase item) : KernelCase(std::move(item)) {
  if (operand) peak = mma_peak(*operand);
}

DeviceCase by_warp_groups(DeviceCase item) {
  item.name += " wgmma";
  item.peak = "wg" + item.peak;
  item.warp_groups = true;
  return item;
}

CheckRules check_rules(const BackendOptions& options) {
  CheckRules rules;
  rules.reference_name = "the CPU";
  rules.reference = [] { return BenchmarkDevice(make_cpu_backend({})); };
  rules.timed = [options] { return BenchmarkDevice(std::make_unique<CudaBackend>(options)); };
  rules.tolerance = 0.03;
  rules.most_flops = 4e9;
  rules.most_bytes = 4e8;
  return rules;
}

}  // namespace reckon::kernels::RECKON_CUDA_NS
