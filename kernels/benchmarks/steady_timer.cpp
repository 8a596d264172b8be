#include <chrono>

#include "kernels/benchmarks/measure.h"

namespace reckon::kernels {

double SteadyTimer::seconds(const std::function<void()>& work) {
  using Clock = std::chrono::steady_clock;
  const auto begin = Clock::now();
  work();
  if (wait_) wait_();
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

}  // namespace reckon::kernels
