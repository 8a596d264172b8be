// What happens to activations between the large products: to experts and back, quantised, on their way into
// the cache.
#include <algorithm>
#include <memory>
#include <span>
#include <vector>

#include <fmt/format.h>

#include "kernels/benchmarks/cases.h"
#include "kernels/cpu/linear/product_table.h"
#include "kernels/cpu/simd/dispatch.h"

namespace reckon::kernels {
namespace {

/// Rows of tokens to the places of their experts; `back`: their results back and added up.
BenchmarkCase permute_case(bool back, const RouterSpec& router, std::int64_t width, std::int32_t tokens,
                           const BackendOptions& options) {
  const std::int64_t pairs = std::int64_t{tokens} * router.top_k;
  return cached_case(
      back ? "unpermute" : "permute",
      fmt::format("{} of {}, {}, {}", router.top_k, router.experts, width, tokens_text(tokens)),
      4.0 * static_cast<double>((back ? pairs + 2 * tokens : 2 * pairs) * width),
      back ? 2.0 * static_cast<double>(pairs * width) : 1.0, [=]() -> std::function<void()> {
        const auto device = std::make_shared<BenchmarkDevice>(options);
        std::vector<std::int32_t> choices;
        for (std::int64_t i = 0; i < pairs; ++i)
          choices.push_back(static_cast<std::int32_t>(i * 7 % router.experts));
        const Tensor chosen = device->empty({tokens, router.top_k}, DataType::i32);
        device->backend->upload(chosen, std::as_bytes(std::span(choices)));
        const Tensor input = device->floats({tokens, width});
        const Tensor output = device->floats({tokens, width});
        const Tensor shares = device->floats({tokens, router.top_k});
        const ExpertDispatch to{device->empty({pairs, width}), device->empty({pairs}, DataType::i32),
                                device->empty({tokens, router.top_k}, DataType::i32)};
        device->backend->dispatch(to, input, chosen, router.experts);
        if (back) return [=] { device->backend->combine(output, to.rows, to.places, chosen, shares); };
        return [=] { device->backend->dispatch(to, input, chosen, router.experts); };
      });
}

/// Norm and rotation of key heads on their way into a cache of pages.
BenchmarkCase cache_write_case(const BenchmarkShapes& shapes, std::int32_t tokens,
                               const BackendOptions& options) {
  KvGroupSpec group;
  group.layers = 1;
  group.kv_heads = shapes.attention->kv_heads;
  group.key_dim = shapes.attention->key_dim;
  group.value_dim = shapes.attention->value_dim;
  group.type = shapes.kv_type;
  const std::int32_t rotary = shapes.rotary_dim;
  const double numbers = static_cast<double>(tokens) * group.kv_heads * (group.key_dim + group.value_dim);
  return cached_case(fmt::format("norm, rope, cache write {}", type_info(group.type).name),
                     fmt::format("{} heads of {}, {}", group.kv_heads, group.key_dim, tokens_text(tokens)),
                     numbers * (4.0 + static_cast<double>(bytes_of(group.type, 1))), 7.0 * numbers,
                     [=]() -> std::function<void()> {
                       const auto device = std::make_shared<BenchmarkDevice>(options);
                       Backend& backend = *device->backend;
                       constexpr std::int32_t kPageTokens = 32;
                       const auto batch = std::make_shared<RaggedBatch>(
                           even_batch(1, tokens, 0, kPageTokens, TokenRole::prompt));
                       KvCacheSpec spec;
                       spec.groups = {group};
                       spec.page_tokens = kPageTokens;
                       spec.pages = (tokens + kPageTokens - 1) / kPageTokens;
                       const KvLayer layer{backend.create_kv_cache(spec), 0, 0};
                       const StepTensors step = backend.begin_step(*batch);
                       const Tensor keys = device->floats({tokens, group.kv_heads, group.key_dim});
                       const Tensor values = device->floats({tokens, group.kv_heads, group.value_dim});
                       HeadPreparation preparation;
                       preparation.gain = device->floats({group.key_dim});
                       preparation.norm_dim = group.key_dim;
                       preparation.epsilon = 1e-5F;
                       preparation.rope.rotary_dim = rotary;
                       preparation.rope.inverse_frequencies = device->floats({rotary / 2});
                       return [device, batch, layer, step, keys, values, preparation] {
                         device->backend->write_prepared_kv(layer, step, keys, values, preparation);
                       };
                     });
}

/// One thread's quantiser, as products call it.
BenchmarkCase quantiser_case(bool fp8, std::int64_t width, std::int32_t tokens) {
  const auto numbers = static_cast<double>(tokens) * static_cast<double>(width);
  return cached_case(
      fp8 ? "quantise fp8_e4m3" : "quantise int8",
      fmt::format("{}, {}, 1 thread", width, tokens_text(tokens)), numbers * (fp8 ? 8.0 : 5.0), 3.0 * numbers,
      [=]() -> std::function<void()> {
        const auto& table = cpu::pick<cpu::ProductTable>(cpu::chosen_path(), &cpu::portable_products(),
                                                         RECKON_X86_TABLE(cpu::avx2_products()),
                                                         RECKON_X86_TABLE(cpu::avx512_products()));
        const auto input = std::make_shared<StoredTensor>(random_weight(DataType::f32, tokens, width, 3));
        const auto out =
            std::make_shared<std::vector<float>>(static_cast<std::size_t>(16 * (width + width / 8 + 64)));
        return [=, &table] {
          const auto* rows = reinterpret_cast<const float*>(input->data.data());
          float* scales = out->data() + width + 64;
          constexpr std::int32_t kTile = 16;
          for (std::int32_t t = 0; t < tokens; t += fp8 ? 1 : kTile) {
            const float* from = rows + t * width;
            if (fp8)
              table.quantise_fp8(out->data(), scales, from, width, false);
            else
              table.quantise_int8(reinterpret_cast<std::uint8_t*>(out->data()), from, width,
                                  std::min(kTile, tokens - t), width);
          }
        };
      });
}

}  // namespace

std::vector<BenchmarkCase> movement_cases(const BenchmarkShapes& shapes, const BackendOptions& options) {
  std::vector<BenchmarkCase> cases;
  for (const std::int32_t tokens : shapes.token_counts) {
    if (shapes.router && shapes.hidden > 0) {
      for (const bool back : {false, true})
        cases.push_back(permute_case(back, *shapes.router, shapes.hidden, tokens, options));
    }
    if (shapes.attention && shapes.rotary_dim > 0) cases.push_back(cache_write_case(shapes, tokens, options));
    for (const bool fp8 : {false, true}) {
      if (shapes.hidden > 0 && shapes.hidden % (fp8 ? 128 : 32) == 0)
        cases.push_back(quantiser_case(fp8, shapes.hidden, tokens));
    }
  }
  return cases;
}

}  // namespace reckon::kernels
