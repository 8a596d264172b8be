// The back end's operations at the shapes of published models.
#include <algorithm>

#include <fmt/format.h>

#include "kernels/cuda/benchmarks/device_cases.h"
#include "kernels/cuda/benchmarks/device_check.h"

namespace reckon::kernels::RECKON_CUDA_NS {
namespace {

constexpr std::int32_t kPageTokens = 32;
constexpr std::int32_t kCheckedTokens = 1024;  ///< of a prompt that the CPU repeats

RouterSpec router_of(std::int32_t experts, std::int32_t top_k, std::int32_t groups) {
  RouterSpec spec;
  spec.experts = experts;
  spec.top_k = top_k;
  spec.groups = groups;
  spec.kept_groups = (groups + 1) / 2;
  spec.normalise = true;
  return spec;
}

/// A step over a cache in which every position is filled, and what it has to live with.
struct CachedStep {
  RaggedBatch batch;
  KvLayer layer;
  StepTensors step;
};

std::shared_ptr<CachedStep> make_step(BenchmarkDevice& device, KvGroupSpec group, const AttentionShape& at) {
  Backend& backend = *device.backend;
  auto made = std::make_shared<CachedStep>();
  group.layers = 1;
  const std::int32_t length = at.context + at.tokens;
  const std::int32_t pages = at.sequences * ((length + kPageTokens - 1) / kPageTokens);
  made->layer = {backend.create_kv_cache({{group}, kPageTokens, pages}), 0, 0};
  // Every sequence holds the same, on pages of its own.
  const bool latent = group.layout == KvLayout::latent;
  const Tensor keys = device.floats({length, group.kv_heads, group.key_dim});
  const Tensor values = latent ? Tensor{} : device.floats({length, group.kv_heads, group.value_dim});
  RaggedBatch fill = even_batch(1, length, 0, kPageTokens, TokenRole::prompt);
  for (std::int32_t s = 0; s < at.sequences; ++s) {
    backend.write_kv(made->layer, backend.begin_step(fill), keys, values);
    backend.wait();
    for (std::int32_t& page : fill.sequences[0].pages)
      page += static_cast<std::int32_t>(fill.sequences[0].pages.size());
  }
  backend.release(keys.buffer);
  if (!latent) backend.release(values.buffer);
  made->batch = even_batch(at.sequences, at.tokens, at.context, kPageTokens, at.role());
  made->step = backend.begin_step(made->batch);
  return made;
}

}  // namespace

std::string mma_peak(DataType type) {
  if (type != DataType::bf16 && type != DataType::f16 && type != DataType::fp8_e4m3) return "";
  return std::string("mma ") + type_info(type).name;
}

DeviceCase by_warp_groups(DeviceCase item) {
  item.name += " wgmma";
  item.peak = "wg" + item.peak;
  item.warp_groups = true;
  if (item.smaller) item.smaller = std::make_shared<DeviceCase>(by_warp_groups(*item.smaller));
  return item;
}

DeviceCase norm_case(std::int64_t tokens, std::int64_t width) {
  const auto numbers = static_cast<double>(tokens * width);
  return case_of(
      "rms_norm", fmt::format("{}, {}", width, tokens_text(tokens)), 8.0 * numbers, 4.0 * numbers,
      [=](BenchmarkDevice& device) -> PreparedCall {
        const Tensor input = device.floats({tokens, width});
        const Tensor gain = device.floats({width});
        const Tensor output = device.empty({tokens, width});
        return {[&device, input, gain, output] { device.backend->rms_norm(output, input, gain, 1e-6F); },
                {output}};
      });
}

DeviceCase linear_case(DataType type, std::int64_t rows, std::int64_t columns, std::int64_t tokens) {
  const double bytes = static_cast<double>(bytes_of(type, rows * columns)) +
                       4.0 * static_cast<double>(tokens * (rows + columns));
  DeviceCase item = case_of(std::string("linear ") + type_info(type).name,
                            fmt::format("{}x{}, {}", columns, rows, tokens_text(tokens)), bytes,
                            2.0 * static_cast<double>(rows * columns * tokens),
                            [=](BenchmarkDevice& device) -> PreparedCall {
                              const WeightHandle weight = device.weight(type, rows, columns);
                              const Tensor input = device.floats({tokens, columns});
                              const Tensor output = device.empty({tokens, rows});
                              return {[&device, weight, input, output] {
                                        const LinearOutput outputs[] = {{weight, output, {}}};
                                        device.backend->linear(outputs, input);
                                      },
                                      {output}};
                            });
  item.peak = mma_peak(type);
  item.multiplies_weight = !item.peak.empty();
  item.product = DeviceCase::Product{type, rows, columns, tokens};
  constexpr std::int64_t kTileRows = 16;
  const auto fewer =
      static_cast<std::int64_t>(kMostCheckedFlops / (2.0 * static_cast<double>(columns * tokens)));
  if (!can_be_repeated(item) && rows > kTileRows)
    item.smaller = std::make_shared<DeviceCase>(
        linear_case(type, std::clamp(fewer / kTileRows * kTileRows, kTileRows, rows - 1), columns, tokens));
  return item;
}

DeviceCase experts_case(DataType type, std::int64_t width, std::int64_t inner, std::int32_t experts,
                        std::int32_t top_k, std::int32_t tokens) {
  const std::int64_t used = std::min<std::int64_t>(experts, std::int64_t{tokens} * top_k);
  DeviceCase item =
      case_of(std::string("experts ") + type_info(type).name,
              fmt::format("{} of {} x {}x{}, {}", top_k, experts, width, inner, tokens_text(tokens)),
              3.0 * static_cast<double>(used) * static_cast<double>(bytes_of(type, width * inner)),
              6.0 * static_cast<double>(width * inner * tokens) * top_k,
              [=](BenchmarkDevice& device) -> PreparedCall {
                const auto weights = std::make_shared<ExpertWeights>();
                for (std::int32_t e = 0; e < experts; ++e) {
                  weights->gate.push_back(device.weight(type, inner, width));
                  weights->up.push_back(device.weight(type, inner, width));
                  weights->down.push_back(device.weight(type, width, inner));
                }
                std::vector<std::int32_t> choices(static_cast<std::size_t>(tokens * top_k));
                for (std::int32_t i = 0; i < tokens * top_k; ++i)
                  choices[static_cast<std::size_t>(i)] = i * 7 % experts;
                const Tensor chosen = device.empty({tokens, top_k}, DataType::i32);
                device.backend->upload(chosen, std::as_bytes(std::span(choices)));
                const Tensor shares = device.floats({tokens, top_k});
                const Tensor input = device.floats({tokens, width});
                const Tensor output = device.floats({tokens, width});
                return {[&device, weights, chosen, shares, input, output] {
                          device.backend->experts(output, input, chosen, shares, *weights);
                        },
                        {output}};
              });
  item.peak = mma_peak(type);
  item.multiplies_weight = !item.peak.empty();
  // As many tokens an expert, of narrower ones.
  const std::int64_t narrow = is_quantised(type) ? 256 : tokens > 512 ? 128 : 512;
  if (!can_be_repeated(item) && (width > narrow || inner > narrow))
    item.smaller = std::make_shared<DeviceCase>(
        experts_case(type, std::min(width, narrow), std::min(inner, narrow), experts, top_k, tokens));
  return item;
}

DeviceCase attention_case(const GroupedAttentionShape& shape, DataType cache, const AttentionShape& at) {
  const std::int32_t heads = shape.heads;
  const std::int32_t kv_heads = shape.kv_heads;
  const double element = static_cast<double>(bytes_of(cache, 1));
  const double dims = shape.key_dim + shape.value_dim;
  const double positions = static_cast<double>(at.sequences) * (at.context + at.tokens);
  DeviceCase item =
      case_of(at.tokens == 1 ? "attention decode" : "attention prefill",
              fmt::format("{}/{} heads of {}, {} x {} after {}", heads, kv_heads, shape.key_dim, at.sequences,
                          at.tokens, at.context),
              positions * kv_heads * dims * element,
              2.0 * at.sequences * at.tokens * (at.context + at.tokens / 2.0) * heads * dims,
              [=](BenchmarkDevice& device) -> PreparedCall {
                KvGroupSpec group;
                group.kv_heads = kv_heads;
                group.key_dim = shape.key_dim;
                group.value_dim = shape.value_dim;
                group.type = cache;
                const auto made = make_step(device, group, at);
                const Tensor queries = device.floats({made->step.tokens, heads, shape.key_dim});
                const Tensor output = device.empty({made->step.tokens, heads, shape.value_dim});
                return {[&device, made, queries, output] {
                          device.backend->attention(output, queries, made->layer, made->step, 0.1F);
                        },
                        {output}};
              });
  item.peak = mma_peak(cache);
  const AttentionShape part = {1, std::min(at.tokens, kCheckedTokens), at.context};
  if (!can_be_repeated(item) && (at.sequences > 1 || at.tokens > part.tokens || kv_heads > 1))
    item.smaller = std::make_shared<DeviceCase>(
        attention_case({heads / kv_heads, 1, shape.key_dim, shape.value_dim}, cache, part));
  return item;
}

DeviceCase latent_case(const MlaSpec& spec, DataType cache, const AttentionShape& at) {
  const std::int32_t heads = spec.heads;
  const double width = spec.latent_dim + spec.rope_dim;
  const double pairs = static_cast<double>(at.sequences) * at.tokens * (at.context + at.tokens / 2.0);
  const double expanded = spec.nope_dim + spec.rope_dim + spec.value_dim;
  // Keys and values of every position through kv_b.
  const double expansion = 2.0 * at.sequences * (at.context + at.tokens) * heads *
                           (spec.nope_dim + spec.value_dim) * spec.latent_dim;
  const bool decodes = at.tokens == 1;
  DeviceCase item = case_of(
      decodes ? "mla absorbed" : "mla expanded",
      fmt::format("{} heads, {} x {} after {}", heads, at.sequences, at.tokens, at.context),
      static_cast<double>(at.sequences) * (at.context + at.tokens) * width *
          static_cast<double>(bytes_of(cache, 1)),
      decodes ? 2.0 * pairs * heads * (width + spec.latent_dim) : 2.0 * pairs * heads * expanded + expansion,
      [=](BenchmarkDevice& device) -> PreparedCall {
        KvGroupSpec group;
        group.layout = KvLayout::latent;
        group.kv_heads = 1;
        group.key_dim = spec.latent_dim + spec.rope_dim;
        group.type = cache;
        const auto made = make_step(device, group, at);
        const MlaWeightHandle weight = device.backend->load_mla_weight(
            random_weight(DataType::bf16, std::int64_t{heads} * (spec.nope_dim + spec.value_dim),
                          spec.latent_dim, 1),
            spec);
        const Tensor queries = device.floats({made->step.tokens, heads, spec.nope_dim + spec.rope_dim});
        const Tensor output = device.empty({made->step.tokens, heads, spec.value_dim});
        return {[&device, made, weight, queries, output] {
                  device.backend->mla_attention(output, queries, made->layer, made->step, weight);
                },
                {output}};
      });
  item.peak = mma_peak(cache);
  const AttentionShape part = {1, std::min(at.tokens, kCheckedTokens), at.context};
  MlaSpec fewer_heads = spec;
  if (!decodes) fewer_heads.heads = std::min(heads, 4);
  if (!can_be_repeated(item) && (at.sequences > 1 || at.tokens > part.tokens || fewer_heads.heads < heads))
    item.smaller = std::make_shared<DeviceCase>(latent_case(fewer_heads, cache, part));
  return item;
}

DeviceCase router_case(const RouterSpec& spec, std::int64_t tokens) {
  const std::int32_t experts = spec.experts;
  const std::int32_t top_k = spec.top_k;
  return case_of("router", fmt::format("{} of {} experts, {}", top_k, experts, tokens_text(tokens)),
                 static_cast<double>(tokens) * (4.0 * experts + 8.0 * top_k), 0.0,
                 [=](BenchmarkDevice& device) -> PreparedCall {
                   const Tensor logits = device.floats({tokens, experts});
                   const Tensor bias = device.floats({experts});
                   const Tensor chosen = device.empty({tokens, top_k}, DataType::i32);
                   const Tensor weights = device.empty({tokens, top_k});
                   return {[&device, spec, logits, bias, chosen, weights] {
                             device.backend->route(chosen, weights, logits, bias, spec);
                           },
                           {weights}};
                 });
}

DeviceCase softmax_case(std::int64_t rows, std::int64_t vocabulary) {
  return case_of("log_softmax", fmt::format("{} rows of {}", rows, vocabulary),
                 12.0 * static_cast<double>(rows * vocabulary), 0.0,
                 [=](BenchmarkDevice& device) -> PreparedCall {
                   const Tensor logits = device.floats({rows, vocabulary});
                   return {[&device, logits] { device.backend->log_softmax(logits); }, {logits}};
                 });
}

DeviceCase sampling_case(std::int64_t rows, std::int64_t vocabulary) {
  return case_of(
      "sampling", fmt::format("top_p 0.95, {} rows of {}", rows, vocabulary),
      4.0 * static_cast<double>(rows * vocabulary), 0.0, [=](BenchmarkDevice& device) -> PreparedCall {
        const Tensor logits = device.floats({rows, vocabulary});
        SamplingRow row;
        row.temperature = 0.6F;
        row.top_p = 0.95F;
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
}

std::vector<DeviceCase> operation_cases(bool tiny) {
  if (tiny)
    return {norm_case(2, 40),
            linear_case(DataType::bf16, 6, 32, 3),
            linear_case(DataType::fp8_e4m3, 6, 130, 3),
            experts_case(DataType::q8_0, 32, 32, 3, 2, 2),
            attention_case({2, 1, 8, 8}, DataType::f16, {2, 1, 5}),
            attention_case({2, 1, 8, 8}, DataType::f16, {1, 4, 0}),
            latent_case({2, 8, 4, 8, 16, 0.1F}, DataType::f16, {1, 1, 5}),
            latent_case({2, 8, 4, 8, 16, 0.1F}, DataType::f16, {1, 4, 2}),
            router_case(router_of(8, 2, 2), 3),
            softmax_case(2, 30),
            sampling_case(2, 30)};
  std::vector<DeviceCase> cases = {norm_case(1, 7168), norm_case(512, 7168)};
  for (const std::int64_t tokens : {1, 16, 128, 4096}) {
    cases.push_back(linear_case(DataType::bf16, 4096, 14336, tokens));
    for (const DataType type : {DataType::f32, DataType::q4_k, DataType::q8_0}) {
      if (tokens < 4096) cases.push_back(linear_case(type, 4096, 14336, tokens));
    }
    cases.push_back(linear_case(DataType::fp8_e4m3, 7168, 16384, tokens));
    cases.push_back(experts_case(DataType::fp8_e4m3, 7168, 2048, 32, 8, static_cast<std::int32_t>(tokens)));
    cases.push_back(router_case(router_of(256, 8, 8), tokens));
  }
  cases.push_back(attention_case({32, 8, 128, 128}, DataType::f16, {1, 1, 8192}));
  cases.push_back(attention_case({32, 8, 128, 128}, DataType::f16, {32, 1, 2048}));
  cases.push_back(attention_case({32, 8, 128, 128}, DataType::f16, {1, 512, 0}));
  cases.push_back(attention_case({32, 8, 128, 128}, DataType::f16, {1, 4096, 0}));
  for (const std::int32_t heads : {16, 32, 128})
    cases.push_back(latent_case({heads, 128, 64, 128, 512, 0.1352F}, DataType::bf16, {128, 1, 8192}));
  cases.push_back(latent_case({128, 128, 64, 128, 512, 0.1352F}, DataType::bf16, {1, 2048, 0}));
  cases.push_back(softmax_case(16, 129280));
  cases.push_back(sampling_case(16, 129280));
  return cases;
}

}  // namespace reckon::kernels::RECKON_CUDA_NS
