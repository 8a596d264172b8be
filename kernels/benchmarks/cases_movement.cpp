// What happens to activations between the large products: to experts and back, on their way into the cache.
#include <algorithm>
#include <memory>
#include <span>
#include <vector>

#include <fmt/format.h>

#include "kernels/benchmarks/cases.h"

namespace reckon::kernels {
namespace {

constexpr std::int32_t kPageTokens = 32;

HeadPreparation preparation_of(BenchmarkDevice& device, std::int32_t dim, std::int32_t rotary_dim) {
  HeadPreparation preparation;
  preparation.gain = device.floats({dim});
  preparation.norm_dim = dim;
  preparation.epsilon = 1e-5F;
  preparation.rope.rotary_dim = rotary_dim;
  preparation.rope.inverse_frequencies = device.floats({rotary_dim / 2});
  return preparation;
}

}  // namespace

KernelCase permute_case(bool back, const RouterSpec& router, std::int64_t width, std::int64_t tokens) {
  const std::int32_t experts = router.experts;
  const std::int32_t top_k = router.top_k;
  const std::int64_t pairs = tokens * top_k;
  KernelCase item = kernel_case(
      back ? "unpermute" : "permute",
      fmt::format("{} of {}, {}, {}", top_k, experts, width, tokens_text(tokens)),
      4.0 * static_cast<double>((back ? pairs + 2 * tokens : 2 * pairs) * width),
      back ? 2.0 * static_cast<double>(pairs * width) : 1.0, [=](BenchmarkDevice& device) -> PreparedCall {
        std::vector<std::int32_t> choices;
        for (std::int64_t i = 0; i < pairs; ++i) choices.push_back(static_cast<std::int32_t>(i % experts));
        const Tensor chosen = device.token_integers(choices, tokens);
        const Tensor input = device.floats({tokens, width});
        const Tensor output = device.floats({tokens, width});
        const Tensor shares = device.floats({tokens, top_k});
        const ExpertDispatch to{device.empty({pairs, width}), device.empty({pairs}, DataType::i32),
                                device.empty({tokens, top_k}, DataType::i32)};
        const auto there = [&device, to, input, chosen, experts] {
          device.backend->dispatch(to, input, chosen, experts);
        };
        if (!back) return {there, {to.rows}};
        there();
        return {[&device, to, chosen, shares, output] {
                  device.backend->combine(output, to.rows, to.places, chosen, shares);
                },
                {output}};
      });
  constexpr std::int64_t kNarrow = 128;
  if (width > kNarrow) item.smaller = [=] { return permute_case(back, router, kNarrow, tokens); };
  return item;
}

KernelCase gather_case(std::int64_t rows, std::int64_t width) {
  const auto numbers = static_cast<double>(rows * width);
  return kernel_case(
      "gather_rows", fmt::format("{} rows of {}", rows, width), 8.0 * numbers, 1.0,
      [=](BenchmarkDevice& device) -> PreparedCall {
        const Tensor input = device.floats({rows, width});
        const Tensor output = device.empty({rows, width});
        std::vector<std::int32_t> order;
        for (std::int64_t i = 0; i < rows; ++i)
          order.push_back(static_cast<std::int32_t>((i * 7 + 3) % rows));
        const Tensor ids = device.empty({rows}, DataType::i32);
        device.backend->upload(ids, std::as_bytes(std::span(order)));
        device.backend->wait();
        return {[&device, input, output, ids] { device.backend->gather_rows(output, input, ids); }, {output}};
      });
}

KernelCase prepare_heads_case(std::int32_t tokens, std::int32_t heads, std::int32_t dim) {
  const double numbers = static_cast<double>(tokens) * heads * dim;
  return kernel_case("norm, rope", fmt::format("{} heads of {}, {}", heads, dim, tokens_text(tokens)),
                     8.0 * numbers, 7.0 * numbers, [=](BenchmarkDevice& device) -> PreparedCall {
                       const auto batch = std::make_shared<RaggedBatch>(
                           even_batch(1, tokens, 0, kPageTokens, TokenRole::prompt));
                       const StepTensors step = device.backend->begin_step(*batch);
                       const Tensor keys = device.floats({tokens, heads, dim});
                       const HeadPreparation preparation = preparation_of(device, dim, dim);
                       return {[&device, batch, step, keys, preparation] {
                                 device.backend->prepare_heads(keys, step, preparation);
                               },
                               {keys}};
                     });
}

KernelCase cache_write_case(const GroupedAttentionShape& shape, std::int32_t rotary_dim, DataType cache,
                            std::int32_t tokens) {
  KvGroupSpec group;
  group.layers = 1;
  group.kv_heads = shape.kv_heads;
  group.key_dim = shape.key_dim;
  group.value_dim = shape.value_dim;
  group.type = cache;
  const double numbers = static_cast<double>(tokens) * group.kv_heads * (group.key_dim + group.value_dim);
  KernelCase item = kernel_case(
      fmt::format("norm, rope, cache write {}", type_info(cache).name),
      fmt::format("{} heads of {}, {}", group.kv_heads, group.key_dim, tokens_text(tokens)),
      numbers * (4.0 + static_cast<double>(bytes_of(cache, 1))), 7.0 * numbers,
      [=](BenchmarkDevice& device) -> PreparedCall {
        Backend& backend = *device.backend;
        const auto batch =
            std::make_shared<RaggedBatch>(even_batch(1, tokens, 0, kPageTokens, TokenRole::prompt));
        const KvLayer layer{
            backend.create_kv_cache({{group}, kPageTokens, (tokens + kPageTokens - 1) / kPageTokens}), 0, 0};
        const auto step = std::make_shared<StepTensors>(backend.begin_step(*batch));
        const Tensor keys = device.floats({tokens, group.kv_heads, group.key_dim});
        const Tensor values = device.floats({tokens, group.kv_heads, group.value_dim});
        const HeadPreparation preparation = preparation_of(device, group.key_dim, rotary_dim);
        // Attention to the pages says what is in them: that of the last few tokens, which see all.
        const std::int32_t seeing = std::min(tokens, 4);
        const auto last = std::make_shared<RaggedBatch>(
            even_batch(1, seeing, tokens - seeing, kPageTokens, TokenRole::prompt));
        const Tensor queries = device.floats({seeing, group.kv_heads, group.key_dim});
        const Tensor seen = device.empty({seeing, group.kv_heads, group.value_dim});
        return {[&backend, batch, layer, step, keys, values, preparation] {
                  backend.write_prepared_kv(layer, *step, keys, values, preparation);
                },
                {seen},
                [&backend, batch, last, layer, step, queries, seen] {
                  backend.attention(seen, queries, layer, backend.begin_step(*last), 0.1F);
                  backend.wait();
                  *step = backend.begin_step(*batch);
                }};
      });
  if (tokens > 1) item.smaller = [=] { return cache_write_case(shape, rotary_dim, cache, tokens / 2); };
  return item;
}

}  // namespace reckon::kernels
