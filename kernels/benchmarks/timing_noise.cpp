#include <algorithm>

#include "kernels/benchmarks/measure.h"

namespace reckon::kernels {

double median_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

bool Samples::noisy() const { return noise && *noise > kMostNoise; }

std::optional<double> noise_of(std::vector<double> values) {
  // The k-th least and the k-th greatest hold the median between them unless fewer than k values lie on one
  // side of it: with probability 1 - 2 P(Binomial(n, 1/2) < k) (David and Nagaraja, Order Statistics, 7.1).
  const std::size_t n = values.size();
  std::size_t k = 0;
  double term = 1.0;  // P(Binomial = k)
  for (std::size_t i = 0; i < n; ++i) term /= 2;
  double below = term;  // P(Binomial <= k)
  while (below <= 0.025) {
    ++k;
    term *= static_cast<double>(n - k + 1) / static_cast<double>(k);
    below += term;
  }
  if (k == 0) return std::nullopt;
  std::sort(values.begin(), values.end());
  return (values[n - k] - values[k - 1]) / median_of(values);
}

}  // namespace reckon::kernels
