#include "kernels/cuda/benchmarks/device_check.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace reckon::kernels::RECKON_CUDA_NS {
namespace {

std::vector<float> fetch(Backend& backend, const Tensor& tensor) {
  std::vector<float> values(static_cast<std::size_t>(tensor.elements()));
  backend.download(std::as_writable_bytes(std::span(values)), tensor);
  backend.wait();
  return values;
}

double accepted(const DeviceCase& item, double difference) {
  constexpr double kTolerance = 0.03;
  if (!(difference <= kTolerance))
    fail_evaluation("bench: {} {} is {:.3g} of its largest value away from the CPU's result; not timed",
                    item.name, item.shape, difference);
  return difference;
}

void show(const PreparedCall& prepared, Backend& backend) {
  if (prepared.show) prepared.show();
  backend.wait();
}

double difference_to_cpu(const DeviceCase& item, const PreparedCall& prepared, Backend& backend) {
  BenchmarkDevice reference{BackendOptions{}};
  const PreparedCall expected = item.prepare(reference);
  expected.call();
  show(expected, *reference.backend);
  show(prepared, backend);
  double worst = 0;
  for (std::size_t r = 0; r < expected.results.size(); ++r)
    worst = std::max(worst, share_apart(fetch(backend, prepared.results[r]),
                                        fetch(*reference.backend, expected.results[r])));
  if (expected.answer && expected.answer() != prepared.answer())
    fail_evaluation("bench: {} {} gives {}, the CPU {}; not timed", item.name, item.shape, prepared.answer(),
                    expected.answer());
  return worst;
}

}  // namespace

double share_apart(std::span<const float> found, std::span<const float> wanted) {
  double largest = 0;
  double difference = 0;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    largest = std::max(largest, std::abs(static_cast<double>(wanted[i])));
    const double apart = std::abs(static_cast<double>(wanted[i]) - static_cast<double>(found[i]));
    if (!(apart <= difference)) difference = std::isnan(apart) ? HUGE_VAL : apart;
  }
  return largest > 0 ? difference / largest : difference;
}

BackendOptions options_of(const DeviceCase& item) {
  BackendOptions options;
  options.warp_groups = item.warp_groups;
  return options;
}

bool can_be_repeated(const DeviceCase& item) {
  return item.prepare && item.flops <= kMostCheckedFlops && item.bytes <= kMostCheckedBytes;
}

std::optional<double> check_case(const DeviceCase& item, const PreparedCall& prepared, Backend& backend) {
  if (prepared.results.empty() && !prepared.answer) return std::nullopt;
  if (can_be_repeated(item)) return accepted(item, difference_to_cpu(item, prepared, backend));
  if (!item.smaller || !can_be_repeated(*item.smaller)) return std::nullopt;
  BenchmarkDevice own(std::make_unique<CudaBackend>(options_of(*item.smaller)));
  const PreparedCall smaller = item.smaller->prepare(own);
  smaller.call();
  own.backend->wait();
  return accepted(*item.smaller, difference_to_cpu(*item.smaller, smaller, *own.backend));
}

std::optional<double> check_case(const DeviceCase& item, const PreparedOnDevice& prepared) {
  if (!prepared.difference) return std::nullopt;
  return accepted(item, prepared.difference());
}

}  // namespace reckon::kernels::RECKON_CUDA_NS
