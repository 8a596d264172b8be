#include "kernels/benchmarks/check.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/error.h"
#include "kernels/shapes.h"

namespace reckon::kernels {
namespace {

bool can_be_repeated(const KernelCase& item, const CheckRules& rules) {
  return item.flops <= rules.most_flops && item.bytes <= rules.most_bytes;
}

/// Tokens over all of the case that the reference can repeat; none where it cannot even one.
std::vector<std::int64_t> sample_of(const KernelCase& item, const CheckRules& rules) {
  std::vector<std::int64_t> tokens;
  if (item.separate_tokens == 0 || item.weight_bytes > rules.most_bytes) return tokens;
  const double all = static_cast<double>(item.separate_tokens);
  const double part = std::min(rules.most_flops / std::max(item.flops, 1.0),
                               (rules.most_bytes - item.weight_bytes) / std::max(item.bytes, 1.0));
  const auto count = std::min(item.separate_tokens, static_cast<std::int64_t>(all * part));
  for (std::int64_t i = 1; i <= count; ++i) tokens.push_back(i * item.separate_tokens / count - 1);
  return tokens;
}

template <class T>
std::vector<T> fetch(Backend& backend, const Tensor& tensor) {
  std::vector<T> values(static_cast<std::size_t>(tensor.elements()));
  backend.download(std::as_writable_bytes(std::span(values)), tensor);
  backend.wait();
  return values;
}

/// A result, and of one that holds all tokens those of the sample alone.
template <class T>
std::vector<T> fetch(BenchmarkDevice& device, const Tensor& tensor, const std::vector<std::int64_t>& sample) {
  if (sample.empty()) return fetch<T>(*device.backend, tensor);
  std::vector<T> all;
  for (const std::int64_t token : sample) {
    const std::vector<T> row = fetch<T>(*device.backend, narrow(tensor, 0, token, 1));
    all.insert(all.end(), row.begin(), row.end());
  }
  return all;
}

double difference_of(const Tensor& found, const Tensor& wanted, BenchmarkDevice& device,
                     BenchmarkDevice& reference, const CheckRules& rules) {
  const std::vector<std::int64_t>& sample = reference.sampled_tokens;
  if (found.type == DataType::i32) {
    if (rules.tolerance > 0) return 0;  // choices between what differs by rounding
    return fetch<std::int32_t>(device, found, sample) == fetch<std::int32_t>(*reference.backend, wanted) ? 0
                                                                                                         : 1;
  }
  const std::vector<float> own = fetch<float>(device, found, sample);
  const std::vector<float> theirs = fetch<float>(*reference.backend, wanted);
  if (rules.tolerance == 0 && std::memcmp(own.data(), theirs.data(), own.size() * sizeof(float)) == 0)
    return 0;
  const double apart = share_apart(own, theirs);
  return rules.tolerance == 0 ? std::max(apart, 1e-45) : apart;  // 0 and -0 are other bits
}

/// Of one token where the first dimension counts tokens, else of all.
std::int64_t elements_of(const Tensor& tensor, bool of_a_token) {
  return of_a_token ? tensor.elements() / tensor.dim(0) : tensor.elements();
}

void check_sizes(const KernelCase& item, const PreparedCall& found, const PreparedCall& wanted,
                 bool some_tokens, const CheckRules& rules) {
  if (found.results.size() != wanted.results.size())
    fail_evaluation("bench: {} {} leaves {} results, {} {}; not timed", item.name, item.shape,
                    found.results.size(), rules.reference_name, wanted.results.size());
  for (std::size_t r = 0; r < wanted.results.size(); ++r) {
    const Tensor& own = found.results[r];
    const Tensor& theirs = wanted.results[r];
    if (own.type != theirs.type || elements_of(own, some_tokens) != elements_of(theirs, some_tokens))
      fail_evaluation("bench: {} {} leaves {} {}, {} {} {}; not timed", item.name, item.shape,
                      type_info(own.type).name, shape_text(own), rules.reference_name,
                      type_info(theirs.type).name, shape_text(theirs));
  }
}

double checked(const KernelCase& item, const PreparedCall& prepared, BenchmarkDevice& device,
               const std::vector<std::int64_t>& sample, const CheckRules& rules) {
  BenchmarkDevice reference = rules.reference();
  reference.sampled_tokens = sample;
  const PreparedCall expected = item.prepare(reference);
  check_sizes(item, prepared, expected, !sample.empty(), rules);
  expected.call();
  for (const auto& [side, backend] :
       {std::pair{&expected, &*reference.backend}, {&prepared, &*device.backend}}) {
    if (side->show) side->show();
    backend->wait();
  }
  double worst = 0;
  for (std::size_t r = 0; r < expected.results.size(); ++r)
    worst =
        std::max(worst, difference_of(prepared.results[r], expected.results[r], device, reference, rules));
  if (!(worst <= rules.tolerance))
    fail_evaluation("bench: {} {} is {:.3g} of its largest value away from the result of {}; not timed",
                    item.name, item.shape, worst, rules.reference_name);
  if (expected.answer && expected.answer() != prepared.answer())
    fail_evaluation("bench: {} {} gives {}, {} {}; not timed", item.name, item.shape, prepared.answer(),
                    rules.reference_name, expected.answer());
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

std::optional<double> check_case(const KernelCase& item, const PreparedCall& prepared,
                                 BenchmarkDevice& device, const CheckRules& rules) {
  if (prepared.results.empty() && !prepared.answer) return std::nullopt;
  if (can_be_repeated(item, rules)) return checked(item, prepared, device, {}, rules);
  const std::vector<std::int64_t> sample = sample_of(item, rules);
  if (!sample.empty()) return checked(item, prepared, device, sample, rules);
  const auto smaller = item.smaller ? item.smaller() : std::nullopt;
  if (!smaller) return std::nullopt;
  // Prepared only when it is small enough itself.
  if (!can_be_repeated(*smaller, rules) && sample_of(*smaller, rules).empty())
    return check_case(*smaller, prepared, device, rules);
  BenchmarkDevice own = rules.timed();
  const PreparedCall part = smaller->prepare(own);
  part.call();
  own.backend->wait();
  return check_case(*smaller, part, own, rules);
}

}  // namespace reckon::kernels
