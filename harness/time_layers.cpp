#include "harness/time_layers.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <random>

#include "base/error.h"
#include "base/json.h"
#include "engine/engine_options.h"
#include "engine/loaded_model.h"
#include "engine/model/memory_need.h"
#include "engine/model/model_source.h"
#include "engine/model/transformer.h"
#include "engine/model_summary.h"
#include "harness/open_model.h"
#include "kernels/benchmarks/cases.h"

namespace reckon::harness {
namespace {

using kernels::TokenRole;

/// Layers with the same text do the same work.
std::string kind_of(const engine::LayerConfig& layer) {
  const engine::AttentionConfig& a = layer.attention;
  const engine::FeedForwardConfig& f = layer.feed_forward;
  std::string text = a.kind == engine::AttentionConfig::Kind::latent
                         ? fmt::format("latent attention, {} heads", a.heads)
                         : fmt::format("attention, {}:{} heads of {}", a.heads, a.kv_heads, a.key_dim);
  if (a.window > 0) text += fmt::format(", window {}", a.window);
  if (!f.has_experts()) return text + fmt::format("; dense {}", f.intermediate);
  return text +
         fmt::format("; {} of {} experts of {}", f.router.top_k, f.router.experts, f.expert_intermediate);
}

/// Consecutive layers of one kind.
struct Run {
  std::string kind;
  std::int32_t first = 0, count = 0;
};

/// The longest run of each kind, in the order of their first layers.
std::vector<Run> longest_runs(const std::vector<engine::LayerConfig>& layers) {
  std::vector<Run> longest;
  Run run;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const std::string kind = kind_of(layers[i]);
    if (kind != run.kind) run = {kind, static_cast<std::int32_t>(i), 0};
    ++run.count;
    const auto known =
        std::find_if(longest.begin(), longest.end(), [&](const Run& other) { return other.kind == kind; });
    if (known == longest.end())
      longest.push_back(run);
    else if (run.count > known->count)
      *known = run;
  }
  return longest;
}

std::vector<LayerTiming> kinds_of_model(const engine::ModelConfig& config, const std::vector<Run>& runs,
                                        const std::string& path) {
  std::vector<LayerTiming> kinds;
  const auto count = [&](const engine::LayerConfig& layer, std::size_t number) {
    const std::string kind = kind_of(layer);
    const auto known = std::find_if(kinds.begin(), kinds.end(),
                                    [&](const LayerTiming& other) { return other.kind == kind; });
    if (known != kinds.end()) {
      ++known->in_model;
      return;
    }
    const auto run = std::find_if(runs.begin(), runs.end(), [&](const Run& r) { return r.kind == kind; });
    if (run == runs.end())
      fail_input(
          "{}: num_layers={} keeps no layer with {}; the first of them is layer {}, so ask for {} or more",
          path, config.layers.size(), kind, number, number + 1);
    kinds.push_back({kind, 1, run->count, 0, 0});
  };
  for (std::size_t i = 0; i < config.layers.size(); ++i) count(config.layers[i], i);
  for (std::size_t i = 0; i < config.left_out.size(); ++i)
    count(config.left_out[i], config.layers.size() + i);
  return kinds;
}

class Stage {
 public:
  Stage(const ModelArguments& arguments, const LayerTimingOptions& options) : options_(options) {
    const engine::EngineOptions load = engine::parse_engine_options(resolve_model_path(arguments.model),
                                                                    arguments.model_args, arguments.device);
    source_ = engine::ModelSource::open(load.model_path, engine::open_options(load));
    runs_ = longest_runs(source_->config().layers);
    timing_.options = options;
    timing_.layers = kinds_of_model(source_->config(), runs_, load.model_path);
    backend_ = engine::make_backend(load, nullptr);
    timing_.device = backend_->device().name;
    const std::int64_t pages = std::max(
        pages_of(options.prompt_tokens, load.page_tokens),
        options.decode_sequences * pages_of(std::int64_t{options.context_tokens} + 1, load.page_tokens));
    const std::uint64_t cache_bytes = engine::kv_bytes_per_token(source_->config(), load.kv_cache_type) *
                                      static_cast<std::uint64_t>(pages) *
                                      static_cast<std::uint64_t>(load.page_tokens);
    const kernels::DeviceInfo device = backend_->device();
    const std::uint64_t latent_bytes =
        engine::latent_element_bytes(device, load.activations, load.kv_cache_type);
    engine::check_fits(engine::memory_need(*source_, load.parallel, cache_bytes, latent_bytes), *source_,
                       device);
    engine::LoadOptions limits;
    limits.max_step_tokens = std::max(options.prompt_tokens, options.decode_sequences);
    model_ = engine::Transformer::load(*source_, *backend_, limits);
    spec_ = model_->kv_spec(load.kv_cache_type, load.page_tokens);
    spec_.pages = static_cast<std::int32_t>(pages);
    cache_ = backend_->create_kv_cache(spec_);
  }
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  LayersTiming run() {
    kernels::RaggedBatch prompt =
        kernels::even_batch(1, options_.prompt_tokens, 0, spec_.page_tokens, TokenRole::prompt);
    draw_tokens(prompt);
    time_phase(prompt, {options_.prompt_tokens - 1}, timing_.other_prefill_seconds,
               &LayerTiming::prefill_seconds);
    fill_cache();
    kernels::RaggedBatch decode = kernels::even_batch(options_.decode_sequences, 1, options_.context_tokens,
                                                      spec_.page_tokens, TokenRole::generated);
    draw_tokens(decode);
    std::vector<std::int32_t> rows(static_cast<std::size_t>(options_.decode_sequences));
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<std::int32_t>(i);
    time_phase(decode, rows, timing_.other_decode_seconds, &LayerTiming::decode_seconds);
    timing_.decode_bytes = decode_bytes();
    timing_.copy_bytes_per_second = time_copy();
    return timing_;
  }

 private:
  static std::int64_t pages_of(std::int64_t tokens, std::int64_t page_tokens) {
    return (tokens + page_tokens - 1) / page_tokens;
  }

  std::optional<double> decode_bytes() const {
    const engine::ModelConfig& config = source_->config();
    const bool with_experts = std::any_of(config.layers.begin(), config.layers.end(),
                                          [](const auto& layer) { return layer.feed_forward.has_experts(); });
    if (with_experts || !config.left_out.empty()) return std::nullopt;
    const kernels::MemoryUse use = backend_->memory_use();
    auto bytes = static_cast<double>(use.weight_bytes_in_place + use.weight_bytes_repacked);
    // Of a table of its own for what tokens begin with, a step reads a few rows.
    if (!config.tied_embeddings) {
      const engine::TensorRecord* table =
          source_->find_tensor(engine::tensor_name(config.names.embedding, 0));
      const kernels::DataType type = table != nullptr && table->type ? *table->type : config.weight_type;
      bytes -=
          static_cast<double>(kernels::bytes_of(type, std::int64_t{config.vocab_size} * config.hidden_size));
    }
    const double position_bytes = static_cast<double>(kernels::kv_page_bytes(spec_)) / spec_.page_tokens;
    return bytes + position_bytes * options_.decode_sequences * (options_.context_tokens + 1);
  }

  /// The fastest of a few copies of more than any cache holds.
  double time_copy() {
    using Clock = std::chrono::steady_clock;
    const std::int64_t floats = (backend_->device().backend == "cuda" ? std::int64_t{256} : 64) << 20 >> 2;
    const auto bytes = static_cast<std::uint64_t>(floats) * sizeof(float);
    const kernels::Tensor from = kernels::dense(backend_->allocate(bytes), kernels::DataType::f32, {floats});
    const kernels::Tensor to = kernels::dense(backend_->allocate(bytes), kernels::DataType::f32, {floats});
    double best = 0;
    for (int i = 0; i < 6; ++i) {
      const auto begin = Clock::now();
      backend_->copy(to, from);
      backend_->wait();
      best = std::max(best, 2.0 * static_cast<double>(bytes) /
                                std::chrono::duration<double>(Clock::now() - begin).count());
    }
    backend_->release(from.buffer);
    backend_->release(to.buffer);
    return best;
  }

  /// Different ones, so that a router sends them to different experts.
  void draw_tokens(kernels::RaggedBatch& batch) {
    for (std::int32_t& token : batch.token_ids)
      token = static_cast<std::int32_t>(random_() % static_cast<std::uint32_t>(source_->config().vocab_size));
  }

  /// Every sequence of the decode step has random keys and values before it.
  void fill_cache() {
    kernels::RaggedBatch pages = kernels::even_batch(options_.decode_sequences, 1, options_.context_tokens,
                                                     spec_.page_tokens, TokenRole::prompt);
    kernels::RaggedBatch one =
        kernels::even_batch(1, options_.context_tokens, 0, spec_.page_tokens, TokenRole::prompt);
    const auto noise = [&](std::int32_t heads, std::int32_t dim) {
      std::vector<float> values(static_cast<std::size_t>(options_.context_tokens) *
                                static_cast<std::size_t>(heads * dim));
      for (float& value : values) value = static_cast<float>(random_() >> 8) * 0x1p-23F - 1.0F;
      const kernels::Tensor tensor =
          kernels::dense(backend_->allocate(values.size() * sizeof(float)), kernels::DataType::f32,
                         {options_.context_tokens, heads, dim});
      backend_->upload(tensor, std::as_bytes(std::span(values)));
      backend_->wait();
      return tensor;
    };
    for (std::size_t g = 0; g < spec_.groups.size(); ++g) {
      const kernels::KvGroupSpec& group = spec_.groups[g];
      const kernels::Tensor keys = noise(group.kv_heads, group.key_dim);
      const kernels::Tensor values =
          group.value_dim > 0 ? noise(group.kv_heads, group.value_dim) : kernels::Tensor{};
      for (const kernels::SequenceSlice& sequence : pages.sequences) {
        one.sequences.front().pages = sequence.pages;
        const kernels::StepTensors step = backend_->begin_step(one);
        for (std::int32_t layer = 0; layer < group.layers; ++layer)
          backend_->write_kv({cache_, static_cast<std::int32_t>(g), layer}, step, keys, values);
        backend_->wait();
      }
      backend_->release(keys.buffer);
      if (values.buffer) backend_->release(values.buffer);
    }
  }

  /// The median time of a step through layers [first, first + count).
  double time_step(const kernels::RaggedBatch& batch, const std::vector<std::int32_t>& rows,
                   std::int32_t first, std::int32_t count) {
    using Clock = std::chrono::steady_clock;
    constexpr int kUnmeasured = 3;  // the third of its kind may run as a graph
    model_->use_layers(first, first + count);
    std::vector<double> seconds;
    for (int i = 0; i < options_.repetitions + kUnmeasured; ++i) {
      const auto begin = Clock::now();
      const kernels::Tensor hidden = model_->forward(batch, cache_, rows);
      const auto wanted = static_cast<std::int32_t>(rows.size());
      for (std::int32_t row = 0; row < wanted; row += engine::kLogitBlock)
        model_->logits(hidden, row, std::min(engine::kLogitBlock, wanted - row));
      backend_->wait();
      if (i >= kUnmeasured) seconds.push_back(std::chrono::duration<double>(Clock::now() - begin).count());
    }
    std::sort(seconds.begin(), seconds.end());
    return seconds[seconds.size() / 2];
  }

  void time_phase(const kernels::RaggedBatch& batch, const std::vector<std::int32_t>& rows, double& other,
                  double LayerTiming::*of_a_layer) {
    other = time_step(batch, rows, 0, 0);
    for (LayerTiming& layer : timing_.layers) {
      const auto run =
          std::find_if(runs_.begin(), runs_.end(), [&](const Run& r) { return r.kind == layer.kind; });
      layer.*of_a_layer = (time_step(batch, rows, run->first, run->count) - other) / run->count;
    }
  }

  LayerTimingOptions options_;
  std::unique_ptr<engine::ModelSource> source_;
  std::vector<Run> runs_;
  std::unique_ptr<kernels::Backend> backend_;
  std::unique_ptr<engine::Transformer> model_;
  kernels::KvCacheSpec spec_;
  kernels::KvCacheHandle cache_;
  std::mt19937 random_{1};
  LayersTiming timing_;
};

double sum(const LayersTiming& timing, double other, double LayerTiming::*of_a_layer) {
  for (const LayerTiming& layer : timing.layers)
    other += static_cast<double>(layer.in_model) * layer.*of_a_layer;
  return other;
}

}  // namespace

double LayersTiming::prefill_seconds() const {
  return sum(*this, other_prefill_seconds, &LayerTiming::prefill_seconds);
}

double LayersTiming::decode_seconds() const {
  return sum(*this, other_decode_seconds, &LayerTiming::decode_seconds);
}

std::optional<double> LayersTiming::decode_share_of_copy() const {
  if (!decode_bytes || !(copy_bytes_per_second > 0)) return std::nullopt;
  return *decode_bytes / decode_seconds() / copy_bytes_per_second;
}

LayersTiming time_layers(const ModelArguments& model, const LayerTimingOptions& options) {
  return Stage(model, options).run();
}

std::string layers_text(const LayersTiming& timing) {
  const LayerTimingOptions& options = timing.options;
  std::string text = fmt::format(
      "{}\nprefill: {} tokens in one step; decode: a token of each of {} sequences behind {} others\n\n"
      "| {:<52} | {:>9} | {:>6} | {:>12} | {:>12} |\n|{:-<54}|{:->10}:|{:->7}:|{:->13}:|{:->13}:|\n",
      timing.device, options.prompt_tokens, options.decode_sequences, options.context_tokens, "layer",
      "in model", "timed", "prefill us", "decode us", "", "", "", "", "");
  for (const LayerTiming& layer : timing.layers)
    text += fmt::format("| {:<52} | {:>9} | {:>6} | {:>12.1f} | {:>12.1f} |\n", layer.kind, layer.in_model,
                        layer.timed, layer.prefill_seconds * 1e6, layer.decode_seconds * 1e6);
  text += fmt::format("| {:<52} | {:>9} | {:>6} | {:>12.1f} | {:>12.1f} |\n", "embedding, final norm, output",
                      1, 1, timing.other_prefill_seconds * 1e6, timing.other_decode_seconds * 1e6);
  text += fmt::format(
      "\nThe whole model, if this device held all its layers (estimated from the above): prefill {:.1f} "
      "tokens/s, "
      "decode {:.1f} tokens/s in all, {:.2f} a sequence.\n",
      timing.prefill_tokens_per_second(), timing.decode_tokens_per_second(),
      timing.decode_tokens_per_second() / options.decode_sequences);
  if (const auto share = timing.decode_share_of_copy())
    text += fmt::format(
        "A decode step reads {:.2f} GB: {:.0f} GB/s, {:.3f} of the {:.0f} GB/s at which a copy reads and "
        "writes.\n",
        *timing.decode_bytes * 1e-9, *timing.decode_bytes / timing.decode_seconds() * 1e-9, *share,
        timing.copy_bytes_per_second * 1e-9);
  if (timing.published.empty()) return text;
  text +=
      "\nPublished for this model, tokens/s a device of many that share the experts between them:\n\n"
      "| phase | device | tokens/s | what | source |\n|---|---|---|---|---|\n";
  for (const PublishedRate& rate : timing.published)
    text += fmt::format("| {:<7} | {:<5} | {:>8.0f} | {} | {} |\n", rate.prefill ? "prefill" : "decode",
                        rate.device, rate.tokens_per_second, rate.what, rate.source);
  return text;
}

std::string layers_json(const LayersTiming& timing) {
  json::Document document(rapidjson::kObjectType);
  auto& allocator = document.GetAllocator();
  document.AddMember("device", json::string(timing.device, allocator), allocator);
  document.AddMember("prompt_tokens", timing.options.prompt_tokens, allocator);
  document.AddMember("decode_sequences", timing.options.decode_sequences, allocator);
  document.AddMember("context_tokens", timing.options.context_tokens, allocator);
  json::Value layers(rapidjson::kArrayType);
  for (const LayerTiming& layer : timing.layers) {
    json::Value value(rapidjson::kObjectType);
    value.AddMember("kind", json::string(layer.kind, allocator), allocator);
    value.AddMember("in_model", layer.in_model, allocator);
    value.AddMember("timed", layer.timed, allocator);
    value.AddMember("prefill_seconds", layer.prefill_seconds, allocator);
    value.AddMember("decode_seconds", layer.decode_seconds, allocator);
    layers.PushBack(value, allocator);
  }
  document.AddMember("layers", layers, allocator);
  document.AddMember("other_prefill_seconds", timing.other_prefill_seconds, allocator);
  document.AddMember("other_decode_seconds", timing.other_decode_seconds, allocator);
  json::Value whole(rapidjson::kObjectType);
  whole.AddMember("prefill_tokens_per_s", timing.prefill_tokens_per_second(), allocator);
  whole.AddMember("decode_tokens_per_s", timing.decode_tokens_per_second(), allocator);
  document.AddMember("estimated_whole_model", whole, allocator);
  json::Value published(rapidjson::kArrayType);
  for (const PublishedRate& rate : timing.published) {
    json::Value value(rapidjson::kObjectType);
    value.AddMember("phase", json::string(rate.prefill ? "prefill" : "decode", allocator), allocator);
    value.AddMember("device", json::string(rate.device, allocator), allocator);
    value.AddMember("tokens_per_s", rate.tokens_per_second, allocator);
    value.AddMember("what", json::string(rate.what, allocator), allocator);
    value.AddMember("source", json::string(rate.source, allocator), allocator);
    published.PushBack(value, allocator);
  }
  document.AddMember("published", published, allocator);
  document.AddMember("copy_gb_per_s", timing.copy_bytes_per_second * 1e-9, allocator);
  if (const auto share = timing.decode_share_of_copy()) {
    document.AddMember("decode_bytes", *timing.decode_bytes, allocator);
    document.AddMember("decode_share_of_copy", *share, allocator);
  }
  return json::dump_pretty(document);
}

}  // namespace reckon::harness
