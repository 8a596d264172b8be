// Products of weights.
#include <algorithm>

#include "base/error.h"
#include "kernels/benchmarks/cases.h"

namespace reckon::kernels {
namespace {

double bytes_of_weight(DataType type, std::int64_t rows, std::int64_t columns) {
  return static_cast<double>(bytes_of(type, rows * columns));
}

}  // namespace

KernelCase linear_case(DataType type, std::int64_t rows, std::int64_t columns, std::int64_t tokens) {
  const double weight = bytes_of_weight(type, rows, columns);
  KernelCase item = kernel_case(
      std::string("linear ") + type_info(type).name,
      fmt::format("{}x{}, {}", columns, rows, tokens_text(tokens)),
      weight + 4.0 * static_cast<double>(tokens * (rows + columns)),
      2.0 * static_cast<double>(rows * columns * tokens), [=](BenchmarkDevice& device) -> PreparedCall {
        const Tensor input = device.token_floats(tokens, columns);
        const Tensor output = device.empty({device.tokens(tokens), rows});
        const std::vector<WeightHandle> weights = device.weights(type, rows, columns, device.copies(weight));
        return {[&device, weights, input, output] {
                  const LinearOutput product{weights[device.turn(weights.size())], output, Tensor{}};
                  device.backend->linear({&product, 1}, input);
                },
                {output}};
      });
  item.cached = false;
  if (is_quantised(type)) item.unit = KernelCase::Unit::int8;
  item.operand = type;
  item.multiplies_weight = true;
  item.product = KernelCase::Product{type, rows, columns, tokens};
  item.separate_tokens = tokens;
  item.weight_bytes = weight;
  constexpr std::int64_t kFewRows = 16;
  if (rows > kFewRows)
    item.smaller = [=] {
      return linear_case(type, std::max(kFewRows, rows / 2 / kFewRows * kFewRows), columns, tokens);
    };
  return item;
}

KernelCase experts_case(DataType type, std::int64_t width, std::int64_t inner, const RouterSpec& router,
                        std::int32_t held, std::int32_t tokens) {
  const std::int32_t top_k = router.top_k;
  const std::int64_t pairs = std::int64_t{tokens} * top_k;
  const double expert = 3.0 * bytes_of_weight(type, width, inner);
  // Tokens are dealt out evenly, so that every expert that can be is in use.
  const double used = static_cast<double>(std::min<std::int64_t>(held, pairs));
  KernelCase item = kernel_case(
      std::string("experts ") + type_info(type).name,
      fmt::format("{} of {}, {}x{}, {}", top_k, router.experts, width, inner, tokens_text(tokens)),
      used * expert + 8.0 * static_cast<double>(tokens * width),
      6.0 * static_cast<double>(pairs) * static_cast<double>(width) * static_cast<double>(inner),
      [=](BenchmarkDevice& device) -> PreparedCall {
        std::vector<std::int32_t> choices;
        for (std::int64_t i = 0; i < pairs; ++i) choices.push_back(static_cast<std::int32_t>(i % held));
        const Tensor chosen = device.token_integers(choices, tokens);
        const Tensor shares = device.token_floats(tokens, top_k);
        const Tensor input = device.token_floats(tokens, width);
        const Tensor output = device.token_floats(tokens, width);
        const std::int64_t copies = device.copies(expert * held);
        const auto layers = std::make_shared<std::vector<ExpertWeights>>(static_cast<std::size_t>(copies));
        const auto add = [&](std::vector<WeightHandle> ExpertWeights::*part, std::int64_t rows,
                             std::int64_t columns) {
          const std::vector<WeightHandle> same = device.weights(type, rows, columns, copies);
          for (std::size_t i = 0; i < same.size(); ++i) ((*layers)[i].*part).push_back(same[i]);
        };
        for (std::int32_t e = 0; e < held; ++e) {
          add(&ExpertWeights::gate, inner, width);
          add(&ExpertWeights::up, inner, width);
          add(&ExpertWeights::down, width, inner);
        }
        return {[&device, layers, chosen, shares, input, output] {
                  device.backend->experts(output, input, chosen, shares,
                                          (*layers)[device.turn(layers->size())]);
                },
                {output}};
      });
  item.cached = false;
  if (is_quantised(type)) item.unit = KernelCase::Unit::int8;
  item.operand = type;
  item.multiplies_weight = true;
  item.separate_tokens = tokens;
  item.weight_bytes = expert * held;
  // As many tokens an expert, of narrower ones.
  constexpr std::int64_t kNarrow = 512;
  if (width > kNarrow || inner > kNarrow)
    item.smaller = [=] {
      return experts_case(type, std::min(width, kNarrow), std::min(inner, kNarrow), router, held, tokens);
    };
  return item;
}

}  // namespace reckon::kernels
