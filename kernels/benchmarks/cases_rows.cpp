// Norms, rotary embedding, router, sampling.
#include <cstring>
#include <span>
#include <vector>

#include <fmt/format.h>

#include "kernels/benchmarks/cases.h"

namespace reckon::kernels {
namespace {

/// Most values near zero and a few high ones, as a model that knows the next word gives them.
std::vector<float> peaked_logits(std::int64_t count) {
  const StoredTensor random = random_weight(DataType::f32, 1, count, 17);
  std::vector<float> values(static_cast<std::size_t>(count));
  std::memcpy(values.data(), random.data.data(), random.data.size());
  for (float& value : values) value = 20.0F * value * value * value * value * value * value * value;
  return values;
}

}  // namespace

KernelCase norm_case(std::int64_t tokens, std::int64_t width) {
  const auto numbers = static_cast<double>(tokens * width);
  KernelCase item = kernel_case(
      "rms_norm", fmt::format("{}, {}", width, tokens_text(tokens)), 8.0 * numbers, 4.0 * numbers,
      [=](BenchmarkDevice& device) -> PreparedCall {
        const Tensor input = device.token_floats(tokens, width);
        const Tensor gain = device.floats({width});
        const Tensor output = device.empty({device.tokens(tokens), width});
        return {[&device, input, gain, output] { device.backend->rms_norm(output, input, gain, 1e-5F); },
                {output}};
      });
  item.separate_tokens = tokens;
  return item;
}

KernelCase rope_case(std::int32_t tokens, std::int32_t heads, std::int32_t rotary_dim) {
  const double numbers = static_cast<double>(tokens) * heads * rotary_dim;
  KernelCase item = kernel_case(
      "rope", fmt::format("{} heads of {}, {}", heads, rotary_dim, tokens_text(tokens)), 8.0 * numbers,
      3.0 * numbers, [=](BenchmarkDevice& device) -> PreparedCall {
        const auto batch = std::make_shared<RaggedBatch>(even_batch(1, tokens, 0, 32, TokenRole::prompt));
        const StepTensors step = device.backend->begin_step(*batch);
        RopeSpec spec;
        spec.rotary_dim = rotary_dim;
        spec.inverse_frequencies = device.floats({rotary_dim / 2});
        const Tensor data = device.floats({tokens, heads, rotary_dim});
        return {[&device, batch, step, spec, data] { device.backend->rope(data, step, spec); }, {data}};
      });
  if (tokens > 1) item.smaller = [=] { return rope_case(tokens / 2, heads, rotary_dim); };
  return item;
}

KernelCase router_case(const RouterSpec& spec, std::int64_t tokens) {
  const std::int32_t experts = spec.experts;
  const std::int32_t top_k = spec.top_k;
  KernelCase item = kernel_case("router", fmt::format("{} of {}, {}", top_k, experts, tokens_text(tokens)),
                                static_cast<double>(tokens) * (4.0 * experts + 8.0 * top_k),
                                static_cast<double>(tokens) * experts * (10.0 + top_k),
                                [=](BenchmarkDevice& device) -> PreparedCall {
                                  const std::int64_t taken = device.tokens(tokens);
                                  const Tensor logits = device.token_floats(tokens, experts);
                                  const Tensor bias = device.floats({experts});
                                  const Tensor chosen = device.empty({taken, top_k}, DataType::i32);
                                  const Tensor weights = device.empty({taken, top_k});
                                  return {[&device, spec, logits, bias, chosen, weights] {
                                            device.backend->route(chosen, weights, logits, bias, spec);
                                          },
                                          {weights, chosen}};
                                });
  item.separate_tokens = tokens;
  return item;
}

KernelCase log_softmax_case(std::int64_t rows, std::int64_t vocabulary) {
  const auto numbers = static_cast<double>(rows * vocabulary);
  KernelCase item =
      kernel_case("log_softmax", fmt::format("{} rows of {}", rows, vocabulary), 12.0 * numbers,
                  5.0 * numbers, [=](BenchmarkDevice& device) -> PreparedCall {
                    const Tensor logits = device.token_floats(rows, vocabulary);
                    return {[&device, logits] { device.backend->log_softmax(logits); }, {logits}};
                  });
  item.separate_tokens = rows;
  return item;
}

KernelCase sampling_case(std::int64_t rows, std::int64_t vocabulary, bool greedy) {
  const auto numbers = static_cast<double>(rows * vocabulary);
  KernelCase item = kernel_case(
      greedy ? "sample greedy" : "sample top-p",
      fmt::format("{}, {}", vocabulary, rows == 1 ? "1 row" : fmt::format("{} rows", rows)), 4.0 * numbers,
      20.0 * numbers, [=](BenchmarkDevice& device) -> PreparedCall {
        const Tensor logits = device.empty({rows, vocabulary});
        const std::vector<float> values = peaked_logits(rows * vocabulary);
        device.backend->upload(logits, std::as_bytes(std::span(values)));
        device.backend->wait();
        SamplingRow row;
        row.temperature = greedy ? 0.0F : 0.6F;
        row.top_p = greedy ? 1.0F : 0.95F;
        const auto wanted = std::make_shared<std::vector<SamplingRow>>(static_cast<std::size_t>(rows), row);
        const auto drawn = std::make_shared<std::vector<SampledRow>>();
        return {[&device, logits, wanted, drawn] { device.backend->sample(*drawn, logits, *wanted); },
                {},
                {},
                [drawn] {
                  std::string tokens;
                  for (const SampledRow& of : *drawn) tokens += fmt::format("{} ", of.token);
                  return tokens;
                }};
      });
  if (rows > 1) item.smaller = [=] { return sampling_case(rows / 2, vocabulary, greedy); };
  return item;
}

}  // namespace reckon::kernels
