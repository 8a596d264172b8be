#include "kernels/benchmarks/kernel_benchmarks.h"
#include "kernels/cuda/benchmarks/card_evidence.h"
#include "kernels/cuda/benchmarks/device_benchmarks.h"
#include "kernels/cuda/benchmarks/library_products.h"

namespace reckon::kernels {

CudaKernelReport time_cuda_kernels(const CudaBenchmarkOptions& wanted) {
  cuda::DeviceBenchmarkOptions options;
  options.repetitions = wanted.repetitions;
  options.progress = wanted.progress;
  options.catalogue = wanted.catalogue;
  options.shapes = wanted.shapes;
  const auto library = std::make_shared<cuda::LibraryProducts>();
  options.library = [library](DataType type, std::int64_t rows, std::int64_t columns, std::int64_t tokens) {
    return library->seconds(type, rows, columns, tokens);
  };
  const cuda::DeviceBenchmarkReport report = cuda::run_device_benchmarks(options);
  return {cuda::device_benchmark_table(report), cuda::device_benchmark_json(report, wanted.commit)};
}

CudaKernelReport identify_cuda_card() {
  const cuda::CardEvidence evidence = cuda::gather_card_evidence();
  const cuda::CardIdentity identity = cuda::identify_card(evidence);
  return {cuda::identity_text(evidence, identity), cuda::identity_json(evidence, identity)};
}

}  // namespace reckon::kernels
