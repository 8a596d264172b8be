// Attention over full cuts of a prompt, and of single tokens over long caches.
#include <algorithm>

#include "base/error.h"
#include "kernels/benchmarks/cases.h"

namespace reckon::kernels {
namespace {

constexpr std::int32_t kPageTokens = 32;

/// Everything a case's closure keeps alive.
struct Setting {
  BenchmarkDevice device;
  RaggedBatch batch;
  StepTensors step;
  std::vector<KvLayer> layers;
  Tensor queries, output;
  std::size_t next = 0;

  explicit Setting(const BackendOptions& options) : device(options) {}
};

/// A cache of `layers` layers whose every position is filled, and a step of `tokens` new tokens a sequence.
std::shared_ptr<Setting> make_setting(const BackendOptions& options, KvGroupSpec group, std::int64_t layers,
                                      std::int32_t sequences, std::int32_t tokens, std::int32_t position,
                                      TokenRole role) {
  auto setting = std::make_shared<Setting>(options);
  Backend& backend = *setting->device.backend;
  group.layers = static_cast<std::int32_t>(layers);
  KvCacheSpec spec;
  spec.groups = {group};
  spec.page_tokens = kPageTokens;
  spec.pages = sequences * ((position + tokens + kPageTokens - 1) / kPageTokens);
  const KvCacheHandle cache = backend.create_kv_cache(spec);
  for (std::int32_t i = 0; i < group.layers; ++i) setting->layers.push_back({cache, 0, i});
  const bool latent = group.layout == KvLayout::latent;
  const std::int32_t all = position + tokens;
  const RaggedBatch fill = even_batch(sequences, all, 0, kPageTokens, role);
  const std::int64_t rows = std::int64_t{sequences} * all;
  const Tensor keys = setting->device.floats({rows, group.kv_heads, group.key_dim});
  const Tensor values = latent ? Tensor{} : setting->device.floats({rows, group.kv_heads, group.value_dim});
  const StepTensors step = backend.begin_step(fill);
  for (const KvLayer& layer : setting->layers) backend.write_kv(layer, step, keys, values);
  setting->batch = even_batch(sequences, tokens, position, kPageTokens, role);
  setting->step = backend.begin_step(setting->batch);
  return setting;
}

/// Pairs of (query token, key) of `tokens` tokens after `position` earlier ones.
double pairs(double sequences, double tokens, double position) {
  return sequences * (tokens * position + tokens * (tokens + 1) / 2);
}

}  // namespace

std::vector<BenchmarkCase> attention_cases(const BenchmarkShapes& shapes, const BackendOptions& options) {
  std::vector<BenchmarkCase> cases;
  if (!shapes.attention) return cases;
  const GroupedAttentionShape shape = *shapes.attention;
  if (shape.kv_heads < 1 || shape.heads % shape.kv_heads != 0)
    fail_input("bench: {} heads over {} key/value heads", shape.heads, shape.kv_heads);
  KvGroupSpec group;
  group.kv_heads = shape.kv_heads;
  group.key_dim = shape.key_dim;
  group.value_dim = shape.value_dim;
  group.type = shapes.kv_type;
  const double position_bytes =
      static_cast<double>(bytes_of(group.type, 1)) * shape.kv_heads * (shape.key_dim + shape.value_dim);
  const auto add = [&](TokenRole role, std::int32_t sequences, std::int32_t tokens, std::int32_t position) {
    BenchmarkCase item;
    item.name = fmt::format("attention {} {}", role == TokenRole::prompt ? "prefill" : "decode",
                            type_info(group.type).name);
    item.shape = fmt::format("{}:{} heads of {}, {} x {} after {}", shape.heads, shape.kv_heads,
                             shape.key_dim, sequences, tokens_text(tokens), position);
    const double cache_bytes = position_bytes * sequences * (position + tokens);
    item.bytes = cache_bytes + 4.0 * sequences * tokens * shape.heads * (shape.key_dim + shape.value_dim);
    item.flops = 2.0 * pairs(sequences, tokens, position) * shape.heads * (shape.key_dim + shape.value_dim);
    if (role == TokenRole::prompt && group.type != DataType::f32 &&
        options.activations == ActivationPrecision::by_weight)
      item.unit = BenchmarkCase::Unit::int16;
    item.prepare = [=]() -> std::function<void()> {
      auto setting =
          make_setting(options, group, cold_copies(cache_bytes), sequences, tokens, position, role);
      setting->queries = setting->device.floats({setting->step.tokens, shape.heads, shape.key_dim});
      setting->output = setting->device.empty({setting->step.tokens, shape.heads, shape.value_dim});
      return [setting] {
        const KvLayer& layer = setting->layers[setting->next++ % setting->layers.size()];
        setting->device.backend->attention(setting->output, setting->queries, layer, setting->step, 0.125F);
        setting->device.backend->wait();
      };
    };
    cases.push_back(std::move(item));
  };
  add(TokenRole::prompt, 1, shapes.context, 0);
  add(TokenRole::generated, 1, 1, shapes.context);
  add(TokenRole::generated, 16, 1, shapes.context);
  return cases;
}

std::vector<BenchmarkCase> latent_attention_cases(const BenchmarkShapes& shapes,
                                                  const BackendOptions& options) {
  std::vector<BenchmarkCase> cases;
  if (!shapes.latent_attention) return cases;
  const MlaSpec spec = *shapes.latent_attention;
  KvGroupSpec group;
  group.layout = KvLayout::latent;
  group.kv_heads = 1;
  group.key_dim = spec.latent_dim + spec.rope_dim;
  group.type = shapes.kv_type;
  const double position_bytes = static_cast<double>(bytes_of(group.type, 1)) * group.key_dim;
  const std::int64_t expanded = std::int64_t{spec.heads} * (spec.nope_dim + spec.value_dim);
  const auto add = [&](TokenRole role, std::int32_t sequences, std::int32_t tokens, std::int32_t position) {
    const bool absorbed = role == TokenRole::generated;
    BenchmarkCase item;
    item.name = fmt::format("mla {} {}", absorbed ? "absorbed" : "expanded", type_info(group.type).name);
    item.shape =
        fmt::format("{} heads, {}+{}+{}, latent {}, {} x {} after {}", spec.heads, spec.nope_dim,
                    spec.rope_dim, spec.value_dim, spec.latent_dim, sequences, tokens_text(tokens), position);
    const double cache_bytes = position_bytes * sequences * (position + tokens);
    const double weight_bytes = 4.0 * static_cast<double>(expanded) * spec.latent_dim;
    item.bytes = cache_bytes + weight_bytes;
    const double all_pairs = pairs(sequences, tokens, position) * spec.heads;
    const double carried = static_cast<double>(expanded) * spec.latent_dim;
    item.flops =
        absorbed ? 2.0 * (all_pairs * (2.0 * spec.latent_dim + spec.rope_dim) + carried * sequences * tokens)
                 : 2.0 * (all_pairs * (spec.nope_dim + spec.rope_dim + spec.value_dim) +
                          carried * sequences * (position + tokens));
    item.prepare = [=]() -> std::function<void()> {
      auto setting =
          make_setting(options, group, cold_copies(cache_bytes), sequences, tokens, position, role);
      const MlaWeightHandle weight = setting->device.backend->load_mla_weight(
          random_weight(DataType::bf16, expanded, spec.latent_dim, 5), spec);
      setting->queries =
          setting->device.floats({setting->step.tokens, spec.heads, spec.nope_dim + spec.rope_dim});
      setting->output = setting->device.empty({setting->step.tokens, spec.heads, spec.value_dim});
      return [setting, weight] {
        const KvLayer& layer = setting->layers[setting->next++ % setting->layers.size()];
        setting->device.backend->mla_attention(setting->output, setting->queries, layer, setting->step,
                                               weight);
        setting->device.backend->wait();
      };
    };
    cases.push_back(std::move(item));
  };
  add(TokenRole::prompt, 1, shapes.context, 0);
  add(TokenRole::generated, 1, 1, shapes.context);
  add(TokenRole::generated, 16, 1, shapes.context);
  return cases;
}

}  // namespace reckon::kernels
