// Products of weights.
#include <algorithm>
#include <set>
#include <tuple>

#include "base/error.h"
#include "kernels/benchmarks/cases.h"

namespace reckon::kernels {
namespace {

BenchmarkCase::Unit unit_of(DataType type, const BackendOptions& options) {
  return is_quantised(type) && options.activations == ActivationPrecision::by_weight
             ? BenchmarkCase::Unit::int8
             : BenchmarkCase::Unit::fma;
}

double weight_bytes(DataType type, std::int64_t rows, std::int64_t columns) {
  return static_cast<double>(bytes_of(type, rows * columns));
}

}  // namespace

std::vector<BenchmarkCase> linear_cases(const BenchmarkShapes& shapes, const BackendOptions& options) {
  std::vector<BenchmarkCase> cases;
  std::set<std::tuple<DataType, std::int64_t, std::int64_t>> seen;
  for (const LinearShape& linear : shapes.linears) {
    if (linear.rows < 1 || linear.columns < 1)
      fail_input("bench: {} of [{}, {}]", linear.name, linear.rows, linear.columns);
    if (!seen.insert({linear.type, linear.rows, linear.columns}).second) continue;
    for (const std::int32_t tokens : shapes.token_counts) {
      BenchmarkCase item;
      item.name = std::string("linear ") + type_info(linear.type).name;
      item.shape = fmt::format("{}x{}, {}", linear.columns, linear.rows, tokens_text(tokens));
      const double weight = weight_bytes(linear.type, linear.rows, linear.columns);
      item.bytes = weight + 4.0 * tokens * static_cast<double>(linear.rows + linear.columns);
      item.flops = 2.0 * tokens * static_cast<double>(linear.rows) * static_cast<double>(linear.columns);
      item.unit = unit_of(linear.type, options);
      item.prepare = [linear, tokens, options, weight]() -> std::function<void()> {
        auto device = std::make_shared<BenchmarkDevice>(options);
        std::vector<WeightHandle> weights;
        for (std::int64_t i = 0; i < cold_copies(weight); ++i)
          weights.push_back(device->weight(linear.type, linear.rows, linear.columns));
        const Tensor input = device->floats({tokens, linear.columns});
        const Tensor output = device->empty({tokens, linear.rows});
        return [device, weights, input, output, next = std::size_t{0}]() mutable {
          const LinearOutput product{weights[next++ % weights.size()], output, Tensor{}};
          device->backend->linear({&product, 1}, input);
          device->backend->wait();
        };
      };
      cases.push_back(std::move(item));
    }
  }
  return cases;
}

std::vector<BenchmarkCase> expert_cases(const BenchmarkShapes& shapes, const BackendOptions& options) {
  std::vector<BenchmarkCase> cases;
  if (!shapes.router || shapes.expert_intermediate == 0) return cases;
  const RouterSpec router = *shapes.router;
  const DataType type = shapes.expert_type;
  const std::int64_t hidden = shapes.hidden;
  const std::int64_t inner = shapes.expert_intermediate;
  const double expert_bytes = 3 * weight_bytes(type, hidden, inner);
  // Of very large layers only so many experts are held as fit into this; what one token costs stays the same.
  constexpr double kExpertBytes = 1e9;
  const auto held = static_cast<std::int32_t>(
      std::min<double>(router.experts, std::max<double>(router.top_k, kExpertBytes / expert_bytes)));
  for (const std::int32_t tokens : shapes.token_counts) {
    // Tokens are dealt out evenly, so that every expert that can be is in use.
    const double used = std::min<double>(held, static_cast<double>(tokens) * router.top_k);
    BenchmarkCase item;
    item.name = std::string("experts ") + type_info(type).name;
    item.shape =
        fmt::format("{} of {}, {}x{}, {}", router.top_k, router.experts, hidden, inner, tokens_text(tokens));
    item.bytes = used * expert_bytes + 8.0 * tokens * static_cast<double>(hidden);
    item.flops = 6.0 * tokens * router.top_k * static_cast<double>(hidden) * static_cast<double>(inner);
    item.unit = unit_of(type, options);
    item.prepare = [=]() -> std::function<void()> {
      auto device = std::make_shared<BenchmarkDevice>(options);
      auto layers = std::make_shared<std::vector<ExpertWeights>>(
          static_cast<std::size_t>(cold_copies(expert_bytes * held)));
      for (ExpertWeights& layer : *layers) {
        for (std::int32_t e = 0; e < held; ++e) {
          layer.gate.push_back(device->weight(type, inner, hidden));
          layer.up.push_back(device->weight(type, inner, hidden));
          layer.down.push_back(device->weight(type, hidden, inner));
        }
      }
      std::vector<std::int32_t> choice;
      for (std::int64_t i = 0; i < std::int64_t{tokens} * router.top_k; ++i)
        choice.push_back(static_cast<std::int32_t>(i % held));
      const Tensor chosen = device->empty({tokens, router.top_k}, DataType::i32);
      device->backend->upload(chosen, std::as_bytes(std::span(choice)));
      const Tensor weights = device->floats({tokens, router.top_k});
      const Tensor input = device->floats({tokens, hidden});
      const Tensor output = device->empty({tokens, hidden});
      return [=, next = std::size_t{0}]() mutable {
        device->backend->experts(output, input, chosen, weights, (*layers)[next++ % layers->size()]);
        device->backend->wait();
      };
    };
    cases.push_back(std::move(item));
  }
  return cases;
}

}  // namespace reckon::kernels
