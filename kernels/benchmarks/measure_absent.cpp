// Stands in for measure.cpp in builds without Google Benchmark.
#include "base/error.h"
#include "kernels/benchmarks/measure.h"

namespace reckon::kernels {

Samples measure(const MeasuredCall&, Timer&, const Method&, const std::function<bool()>&) {
  fail_evaluation(
      "this build has no kernel benchmarks; build with -DRECKON_BENCHMARKS=ON and libbenchmark-dev");
}

}  // namespace reckon::kernels
