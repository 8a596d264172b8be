#include "harness/time_kernels.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "engine/engine_options.h"
#include "engine/model/model_source.h"
#include "harness/open_model.h"

namespace reckon::harness {
namespace {

using engine::ModelSource;

void add_linear(kernels::BenchmarkShapes& shapes, const ModelSource& source, const std::string& name,
                const std::string& pattern, std::int32_t layer) {
  if (pattern.empty()) return;
  const engine::TensorRecord* record = source.find_tensor(engine::tensor_name(pattern, layer));
  if (record == nullptr || !record->type || record->shape.size() != 2) return;
  kernels::LinearShape shape;
  shape.name = name;
  shape.type = *record->type;
  shape.rows = record->shape[0];
  shape.columns = record->shape[1];
  const bool known = std::ranges::any_of(shapes.linears, [&](const kernels::LinearShape& other) {
    return other.type == shape.type && other.rows == shape.rows && other.columns == shape.columns;
  });
  if (!known) shapes.linears.push_back(shape);
}

void add_attention(kernels::BenchmarkShapes& shapes, const engine::AttentionConfig& attention) {
  shapes.rotary_dim = attention.rope.rotary_dim;
  if (attention.kind == engine::AttentionConfig::Kind::latent) {
    kernels::MlaSpec spec;
    spec.heads = attention.heads;
    spec.nope_dim = attention.nope_dim;
    spec.rope_dim = attention.rope_dim;
    spec.value_dim = attention.value_dim;
    spec.latent_dim = attention.kv_lora_rank;
    spec.scale = attention.scale;
    shapes.latent_attention = spec;
  } else {
    shapes.attention = kernels::GroupedAttentionShape{attention.heads, attention.kv_heads, attention.key_dim,
                                                      attention.value_dim};
  }
}

void add_experts(kernels::BenchmarkShapes& shapes, const ModelSource& source, std::int32_t layer) {
  const engine::FeedForwardConfig& feed_forward =
      source.config().layers[static_cast<std::size_t>(layer)].feed_forward;
  if (!feed_forward.has_experts()) return;
  shapes.router = feed_forward.router;
  shapes.expert_intermediate = feed_forward.expert_intermediate;
  const engine::TensorRecord* up =
      source.find_tensor(engine::tensor_name(source.config().names.expert_up, layer, 0));
  if (up != nullptr && up->type) shapes.expert_type = *up->type;
}

kernels::BenchmarkShapes shapes_of(const ModelSource& source, const engine::EngineOptions& options) {
  const engine::ModelConfig& config = source.config();
  const engine::TensorNames& names = config.names;
  kernels::BenchmarkShapes shapes;
  shapes.hidden = config.hidden_size;
  shapes.vocabulary = config.vocab_size;
  shapes.kv_type = options.kv_cache_type;
  shapes.context = static_cast<std::int32_t>(std::min<std::int64_t>(512, config.context_length / 2));
  add_attention(shapes, config.layers.back().attention);
  // Leading layers may be dense where the others have experts: the first and the last layer show both.
  for (const std::int32_t layer : {static_cast<std::int32_t>(config.layers.size()) - 1, 0}) {
    for (const auto& [name, pattern] :
         {std::pair{"q", names.q}, std::pair{"k", names.k}, std::pair{"v", names.v},
          std::pair{"q_a", names.q_a}, std::pair{"q_b", names.q_b}, std::pair{"kv_a", names.kv_a},
          std::pair{"o", names.o}, std::pair{"gate", names.gate}, std::pair{"down", names.down},
          std::pair{"shared gate", names.shared_gate}, std::pair{"shared down", names.shared_down}}) {
      add_linear(shapes, source, name, pattern, layer);
    }
    add_experts(shapes, source, layer);
  }
  add_linear(shapes, source, "output", config.tied_embeddings ? names.embedding : names.output, 0);
  return shapes;
}

}  // namespace

kernels::BenchmarkShapes benchmark_shapes(const ModelArguments& model) {
  const std::string path = resolve_model_path(model.model);
  const engine::EngineOptions options = engine::parse_engine_options(path, model.model_args, model.device);
  return shapes_of(*ModelSource::open(path, engine::open_options(options)), options);
}

kernels::KernelReport time_kernels(const ModelArguments& model, const kernels::BenchmarkOptions& settings) {
  const std::string path = resolve_model_path(model.model);
  const engine::EngineOptions options = engine::parse_engine_options(path, model.model_args, model.device);
  const auto source = ModelSource::open(path);
  kernels::BenchmarkOptions all = settings;
  all.backend.threads = options.threads;
  all.backend.activations = options.activations;
  all.backend.repack = options.repack;
  return kernels::run_kernel_benchmarks(shapes_of(*source, options), all);
}

void write_kernel_table(const ModelArguments& model, const std::string& path) {
  // A short look at each kernel: the table stands beside a run, it is not a study.
  kernels::BenchmarkOptions options;
  options.seconds_per_case = 0.03;
  write_file_atomically(path, kernels::kernel_report_json(time_kernels(model, options)) + "\n");
}

}  // namespace reckon::harness
