// Norms, rotary embedding, router, sampling.
#include <cstring>
#include <span>
#include <vector>

#include "base/error.h"
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

std::vector<BenchmarkCase> row_cases(const BenchmarkShapes& shapes, const BackendOptions& options) {
  std::vector<BenchmarkCase> cases;
  const auto add = [&](std::string name, std::string shape, double bytes, double flops,
                       std::function<std::function<void()>()> prepare) {
    cases.push_back(cached_case(std::move(name), std::move(shape), bytes, flops, std::move(prepare)));
  };
  for (const std::int32_t tokens : shapes.token_counts) {
    const double count = tokens;
    const std::int64_t hidden = shapes.hidden;
    if (hidden > 0)
      add("rms_norm", fmt::format("{}, {}", hidden, tokens_text(tokens)),
          8.0 * count * static_cast<double>(hidden), 4.0 * count * static_cast<double>(hidden),
          [=]() -> std::function<void()> {
            auto device = std::make_shared<BenchmarkDevice>(options);
            const Tensor input = device->floats({tokens, hidden});
            const Tensor gain = device->floats({hidden});
            const Tensor output = device->empty({tokens, hidden});
            return [=] { device->backend->rms_norm(output, input, gain, 1e-5F); };
          });
    const std::int32_t heads = shapes.attention          ? shapes.attention->heads
                               : shapes.latent_attention ? shapes.latent_attention->heads
                                                         : 0;
    const std::int32_t rotary = shapes.rotary_dim;
    if (rotary > 0 && heads > 0)
      add("rope", fmt::format("{} heads of {}, {}", heads, rotary, tokens_text(tokens)),
          8.0 * count * heads * rotary, 3.0 * count * heads * rotary, [=]() -> std::function<void()> {
            auto device = std::make_shared<BenchmarkDevice>(options);
            auto batch = std::make_shared<RaggedBatch>(even_batch(1, tokens, 0, 32, TokenRole::prompt));
            const StepTensors step = device->backend->begin_step(*batch);
            RopeSpec spec;
            spec.rotary_dim = rotary;
            spec.inverse_frequencies = device->floats({rotary / 2});
            const Tensor data = device->floats({tokens, heads, rotary});
            return [=] {
              (void)batch;  // lives as long as the step
              device->backend->rope(data, step, spec);
            };
          });
    if (shapes.router) {
      const RouterSpec router = *shapes.router;
      add("router", fmt::format("{} of {}, {}", router.top_k, router.experts, tokens_text(tokens)),
          4.0 * count * router.experts, count * router.experts * (10.0 + router.top_k),
          [=]() -> std::function<void()> {
            auto device = std::make_shared<BenchmarkDevice>(options);
            const Tensor logits = device->floats({tokens, router.experts});
            const Tensor bias = device->floats({router.experts});
            const Tensor chosen = device->empty({tokens, router.top_k}, DataType::i32);
            const Tensor weights = device->empty({tokens, router.top_k});
            return [=] { device->backend->route(chosen, weights, logits, bias, router); };
          });
    }
    const std::int64_t vocabulary = shapes.vocabulary;
    if (vocabulary > 0 && tokens <= 64) {
      for (const bool greedy : {true, false}) {
        add(greedy ? "sample greedy" : "sample top-p",
            fmt::format("{}, {}", vocabulary, tokens == 1 ? "1 row" : fmt::format("{} rows", tokens)),
            4.0 * count * static_cast<double>(vocabulary), 20.0 * count * static_cast<double>(vocabulary),
            [=]() -> std::function<void()> {
              auto device = std::make_shared<BenchmarkDevice>(options);
              const Tensor logits = device->empty({tokens, vocabulary});
              const std::vector<float> values = peaked_logits(tokens * vocabulary);
              device->backend->upload(logits, std::as_bytes(std::span(values)));
              auto results = std::make_shared<std::vector<SampledRow>>();
              SamplingRow row;
              row.temperature = greedy ? 0.0F : 0.6F;
              row.top_p = greedy ? 1.0F : 0.95F;
              const std::vector<SamplingRow> rows(static_cast<std::size_t>(tokens), row);
              return [=] {
                device->backend->sample(*results, logits, rows);
                device->backend->wait();
              };
            });
      }
    }
  }
  return cases;
}

}  // namespace reckon::kernels
