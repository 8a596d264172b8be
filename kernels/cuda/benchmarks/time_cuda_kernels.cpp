#include "kernels/benchmarks/kernel_benchmarks.h"
#include "kernels/cuda/benchmarks/card_evidence.h"
#include "kernels/cuda/benchmarks/device_benchmarks.h"

namespace reckon::kernels {

CudaKernelReport time_cuda_kernels(const std::function<void(const std::string& name)>& progress) {
  cuda::DeviceBenchmarkOptions options;
  options.progress = progress;
  const cuda::DeviceBenchmarkReport report = cuda::run_device_benchmarks(options);
  return {cuda::device_benchmark_table(report), cuda::device_benchmark_json(report)};
}

CudaKernelReport identify_cuda_card() {
  const cuda::CardEvidence evidence = cuda::gather_card_evidence();
  const cuda::CardIdentity identity = cuda::identify_card(evidence);
  return {cuda::identity_text(evidence, identity), cuda::identity_json(evidence, identity)};
}

}  // namespace reckon::kernels
