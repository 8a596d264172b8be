// Stands in for measure.cpp in builds without Google Benchmark.
#include "base/error.h"
#include "kernels/benchmarks/measure.h"

namespace reckon::kernels {

void require_benchmarks() {
  fail_evaluation(
      "this build has no kernel benchmarks; build with -DRECKON_BENCHMARKS=ON and libbenchmark-dev");
}

Samples measure(const MeasuredCall&, Timer&, const Method&, const std::function<bool()>&) {
  require_benchmarks();
  return {};
}

}  // namespace reckon::kernels
