// Attention over full cuts of a prompt, and of single tokens over long caches.
#include <algorithm>

#include "base/error.h"
#include "kernels/benchmarks/cases.h"

namespace reckon::kernels {
namespace {

constexpr std::int32_t kPageTokens = 32;
constexpr std::int32_t kShortPrompt = 16;  ///< of a problem that cannot be made smaller

/// A step over caches in which every position is filled, and what it has to live with.
struct CachedStep {
  RaggedBatch batch;
  std::vector<KvLayer> layers;
  StepTensors step;
};

std::shared_ptr<CachedStep> make_step(BenchmarkDevice& device, KvGroupSpec group, const AttentionShape& at,
                                      std::int64_t copies) {
  Backend& backend = *device.backend;
  auto made = std::make_shared<CachedStep>();
  group.layers = static_cast<std::int32_t>(copies);
  const std::int32_t length = at.context + at.tokens;
  const std::int32_t pages = at.sequences * ((length + kPageTokens - 1) / kPageTokens);
  const KvCacheHandle cache = backend.create_kv_cache({{group}, kPageTokens, pages});
  for (std::int32_t i = 0; i < group.layers; ++i) made->layers.push_back({cache, 0, i});
  // Every sequence holds the same, on pages of its own.
  const bool latent = group.layout == KvLayout::latent;
  const Tensor keys = device.floats({length, group.kv_heads, group.key_dim});
  const Tensor values = latent ? Tensor{} : device.floats({length, group.kv_heads, group.value_dim});
  RaggedBatch fill = even_batch(1, length, 0, kPageTokens, TokenRole::prompt);
  for (std::int32_t s = 0; s < at.sequences; ++s) {
    const StepTensors step = backend.begin_step(fill);
    for (const KvLayer& layer : made->layers) backend.write_kv(layer, step, keys, values);
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

/// Pairs of a query token and a key that it sees.
double pairs_of(const AttentionShape& at) {
  const double tokens = at.tokens;
  return at.sequences * (tokens * at.context + tokens * (tokens + 1) / 2);
}

std::string text_of(const AttentionShape& at) {
  return fmt::format("{} x {} after {}", at.sequences, tokens_text(at.tokens), at.context);
}

/// Fewer sequences, then fewer tokens; nothing when neither is left.
std::optional<AttentionShape> smaller_shape(const AttentionShape& at) {
  if (at.sequences > 1) return AttentionShape{1, at.tokens, at.context};
  if (at.tokens > kShortPrompt) return AttentionShape{1, at.tokens / 2, at.context};
  return std::nullopt;
}

}  // namespace

KernelCase attention_case(const GroupedAttentionShape& shape, DataType cache, const AttentionShape& at) {
  if (shape.kv_heads < 1 || shape.heads % shape.kv_heads != 0)
    fail_input("bench: {} heads over {} key/value heads", shape.heads, shape.kv_heads);
  const std::int32_t heads = shape.heads;
  const double dims = shape.key_dim + shape.value_dim;
  const double cache_bytes = static_cast<double>(at.sequences) * (at.context + at.tokens) * shape.kv_heads *
                             dims * static_cast<double>(bytes_of(cache, 1));
  KernelCase item = kernel_case(
      fmt::format("attention {} {}", at.tokens == 1 ? "decode" : "prefill", type_info(cache).name),
      fmt::format("{}:{} heads of {}, {}", heads, shape.kv_heads, shape.key_dim, text_of(at)),
      cache_bytes + 4.0 * at.sequences * at.tokens * heads * dims, 2.0 * pairs_of(at) * heads * dims,
      [=](BenchmarkDevice& device) -> PreparedCall {
        KvGroupSpec group;
        group.kv_heads = shape.kv_heads;
        group.key_dim = shape.key_dim;
        group.value_dim = shape.value_dim;
        group.type = cache;
        const auto made = make_step(device, group, at, device.copies(cache_bytes));
        const Tensor queries = device.floats({made->step.tokens, heads, shape.key_dim});
        const Tensor output = device.empty({made->step.tokens, heads, shape.value_dim});
        return {[&device, made, queries, output] {
                  const KvLayer& layer = made->layers[device.turn(made->layers.size())];
                  device.backend->attention(output, queries, layer, made->step, 0.125F);
                },
                {output}};
      });
  item.cached = false;
  if (at.role() == TokenRole::prompt && cache != DataType::f32) item.unit = KernelCase::Unit::int16;
  item.operand = cache;
  const GroupedAttentionShape one_group = {heads / shape.kv_heads, 1, shape.key_dim, shape.value_dim};
  item.smaller = [=]() -> std::optional<KernelCase> {
    if (shape.kv_heads > 1) return attention_case(one_group, cache, at);
    const auto less = smaller_shape(at);
    return less ? std::optional(attention_case(shape, cache, *less)) : std::nullopt;
  };
  return item;
}

KernelCase latent_case(const MlaSpec& spec, DataType cache, const AttentionShape& at) {
  const std::int32_t heads = spec.heads;
  const double width = spec.latent_dim + spec.rope_dim;
  const double cache_bytes = static_cast<double>(at.sequences) * (at.context + at.tokens) * width *
                             static_cast<double>(bytes_of(cache, 1));
  const double weights =
      static_cast<double>(std::int64_t{heads} * (spec.nope_dim + spec.value_dim)) * spec.latent_dim;
  const double pairs = pairs_of(at) * heads;
  const bool absorbed = at.tokens == 1;
  KernelCase item = kernel_case(
      fmt::format("mla {} {}", absorbed ? "absorbed" : "expanded", type_info(cache).name),
      fmt::format("{} heads, {}+{}+{}, latent {}, {}", heads, spec.nope_dim, spec.rope_dim, spec.value_dim,
                  spec.latent_dim, text_of(at)),
      cache_bytes + 2.0 * weights,
      absorbed ? 2.0 * (pairs * (2.0 * spec.latent_dim + spec.rope_dim) + weights * at.sequences * at.tokens)
               : 2.0 * (pairs * (spec.nope_dim + spec.rope_dim + spec.value_dim) +
                        weights * at.sequences * (at.context + at.tokens)),
      [=](BenchmarkDevice& device) -> PreparedCall {
        KvGroupSpec group;
        group.layout = KvLayout::latent;
        group.kv_heads = 1;
        group.key_dim = spec.latent_dim + spec.rope_dim;
        group.type = cache;
        // As in a model, each layer's cache has a weight of its own.
        const std::int64_t copies = device.copies(cache_bytes + 2.0 * weights);
        const auto made = make_step(device, group, at, copies);
        const std::vector<MlaWeightHandle> layers = device.mla_weights(spec, copies);
        const Tensor queries = device.floats({made->step.tokens, heads, spec.nope_dim + spec.rope_dim});
        const Tensor output = device.empty({made->step.tokens, heads, spec.value_dim});
        PreparedCall prepared;
        prepared.call = [&device, made, layers, queries, output] {
          const std::size_t turn = device.turn(layers.size());
          device.backend->mla_attention(output, queries, made->layers[turn], made->step, layers[turn]);
        };
        prepared.results = {output};
        // Of what it reads in the form that it takes; back ends hold their own.
        prepared.bytes = [&device, layers, cache_bytes, role = at.role()] {
          return cache_bytes + static_cast<double>(device.backend->mla_weight_bytes(layers.front(), role));
        };
        return prepared;
      });
  item.cached = false;
  item.operand = cache;
  item.smaller = [=]() -> std::optional<KernelCase> {
    // Absorbed heads share tiles; expanded ones have nothing to do with each other.
    constexpr std::int32_t kFewHeads = 4;
    const auto less = smaller_shape(at);
    if (heads == 1 && !less) return std::nullopt;
    MlaSpec fewer = spec;
    if (absorbed || heads <= kFewHeads) {
      if (less) return latent_case(spec, cache, *less);
      fewer.heads = heads / 2;
    } else {
      fewer.heads = kFewHeads;
    }
    return latent_case(fewer, cache, at);
  };
  return item;
}

}  // namespace reckon::kernels
