// Stands in for kernel_benchmarks.cpp in builds without Google Benchmark.
#include "base/error.h"
#include "kernels/benchmarks/kernel_benchmarks.h"

namespace reckon::kernels {

KernelReport run_kernel_benchmarks(const BenchmarkShapes&, const BenchmarkOptions&) {
  fail_evaluation(
      "this build has no kernel benchmarks; build with -DRECKON_BENCHMARKS=ON and libbenchmark-dev");
}

}  // namespace reckon::kernels
