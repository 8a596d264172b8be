#include "harness/time_kernels.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "engine/engine_options.h"
#include "engine/model/model_source.h"
#include "harness/open_model.h"
#include "harness/version.h"

namespace reckon::harness {
namespace {

using engine::ModelSource;

/// Of a matrix that products go through; absent where the files do not have it.
std::optional<kernels::DataType> type_of(const ModelSource& source, const std::string& pattern,
                                         std::int32_t layer) {
  if (pattern.empty()) return std::nullopt;
  if (source.format() == "dummy")
    return source.config().fp8_block_rows > 0 ? kernels::DataType::fp8_e4m3 : source.config().weight_type;
  const engine::TensorRecord* record = source.find_tensor(engine::tensor_name(pattern, layer));
  return record != nullptr ? record->type : std::nullopt;
}

void add_linear(kernels::BenchmarkShapes& shapes, const std::string& name,
                std::optional<kernels::DataType> type, std::int64_t rows, std::int64_t columns) {
  if (!type || rows == 0 || columns == 0) return;
  const kernels::LinearShape shape{name, *type, rows, columns};
  const bool known = std::ranges::any_of(shapes.linears, [&](const kernels::LinearShape& other) {
    return other.type == shape.type && other.rows == shape.rows && other.columns == shape.columns;
  });
  if (!known) shapes.linears.push_back(shape);
}

void add_attention_linears(kernels::BenchmarkShapes& shapes, const ModelSource& source, std::int32_t layer) {
  const engine::TensorNames& names = source.config().names;
  const engine::AttentionConfig& a = source.config().layers[static_cast<std::size_t>(layer)].attention;
  const std::int64_t hidden = source.config().hidden_size;
  const std::int64_t heads = a.heads;
  const auto add = [&](const char* name, const std::string& pattern, std::int64_t rows,
                       std::int64_t columns) {
    add_linear(shapes, name, type_of(source, pattern, layer), rows, columns);
  };
  const bool latent = a.kind == engine::AttentionConfig::Kind::latent;
  if (!latent || a.q_lora_rank == 0) add("q", names.q, heads * a.key_dim, hidden);
  if (!latent) {
    add("k", names.k, std::int64_t{a.kv_heads} * a.key_dim, hidden);
    add("v", names.v, std::int64_t{a.kv_heads} * a.value_dim, hidden);
  } else {
    if (a.q_lora_rank > 0) {
      add("q_a", names.q_a, a.q_lora_rank, hidden);
      add("q_b", names.q_b, heads * a.key_dim, a.q_lora_rank);
    }
    add("kv_a", names.kv_a, std::int64_t{a.kv_lora_rank} + a.rope_dim, hidden);
  }
  add("o", names.o, hidden, heads * a.value_dim);
}

void add_feed_forward_linears(kernels::BenchmarkShapes& shapes, const ModelSource& source,
                              std::int32_t layer) {
  const engine::TensorNames& names = source.config().names;
  const engine::FeedForwardConfig& f = source.config().layers[static_cast<std::size_t>(layer)].feed_forward;
  const std::int64_t hidden = source.config().hidden_size;
  const bool shared = f.has_experts();
  const std::int64_t inner = shared ? f.shared_intermediate : f.intermediate;
  add_linear(shapes, shared ? "shared gate" : "gate",
             type_of(source, shared ? names.shared_gate : names.gate, layer), inner, hidden);
  add_linear(shapes, shared ? "shared down" : "down",
             type_of(source, shared ? names.shared_down : names.down, layer), hidden, inner);
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
  shapes.expert_type = type_of(source, source.config().names.expert_up, layer).value_or(shapes.expert_type);
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
    add_attention_linears(shapes, source, layer);
    add_feed_forward_linears(shapes, source, layer);
    add_experts(shapes, source, layer);
  }
  auto output = type_of(source, config.tied_embeddings ? names.embedding : names.output, 0);
  if (output && source.format() == "dummy") output = config.weight_type;
  add_linear(shapes, "output", output, config.vocab_size, config.hidden_size);
  return shapes;
}

kernels::DataType type_named(const std::string& name, const std::string& part) {
  std::string known;
  for (int i = 0; i <= static_cast<int>(kernels::DataType::q6_k); ++i) {
    const auto type = static_cast<kernels::DataType>(i);
    if (type == kernels::DataType::i32 || type == kernels::DataType::u8) continue;  // no weights
    if (name == kernels::type_info(type).name) return type;
    known += std::string(known.empty() ? "" : ", ") + kernels::type_info(type).name;
  }
  fail_input("--shapes: '{}' begins with no type of weights; known: {}", part, known);
}

}  // namespace

kernels::BenchmarkShapes given_shapes(const std::string& text) {
  kernels::BenchmarkShapes shapes;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const std::string part = text.substr(begin, end - begin);
    begin = end + 1;
    const std::size_t colon = std::min(part.find(':'), part.size());
    kernels::LinearShape shape;
    shape.name = part;
    shape.type = type_named(part.substr(0, colon), part);
    int used = 0;
    constexpr std::int64_t kMost = 1 << 20;
    if (std::sscanf(part.c_str() + colon, ":%7" SCNd64 "x%7" SCNd64 "%n", &shape.columns, &shape.rows,
                    &used) != 2 ||
        colon + static_cast<std::size_t>(used) != part.size() || shape.columns < 1 || shape.rows < 1 ||
        shape.columns > kMost || shape.rows > kMost)
      fail_input("--shapes: '{}' is not of the form TYPE:INPUTSxOUTPUTS, each from 1 to {}", part, kMost);
    const std::int64_t block = kernels::type_info(shape.type).block_elements;
    if (shape.columns % block != 0)
      fail_input("--shapes: '{}': {} has blocks of {} inputs, and {} are no multiple of it", part,
                 kernels::type_info(shape.type).name, block, shape.columns);
    shapes.linears.push_back(shape);
  }
  return shapes;
}

kernels::BenchmarkShapes benchmark_shapes(const ModelArguments& model) {
  const std::string path = resolve_model_path(model.model);
  const engine::EngineOptions options = engine::parse_engine_options(path, model.model_args, model.device);
  return shapes_of(*ModelSource::open(path, engine::open_options(options)), options);
}

kernels::KernelReport time_kernels(const ModelArguments& model, const kernels::BenchmarkShapes& shapes,
                                   const kernels::BenchmarkOptions& settings) {
  const engine::EngineOptions options =
      engine::parse_engine_options(model.model, model.model_args, model.device);
  kernels::BenchmarkOptions all = settings;
  all.backend.threads = options.threads;
  all.backend.activations = options.activations;
  all.backend.repack = options.repack;
  return kernels::run_kernel_benchmarks(shapes, all);
}

void write_kernel_table(const ModelArguments& model, const std::string& path) {
  // A short look at each kernel: the table stands beside a run, it is not a study.
  kernels::BenchmarkOptions options;
  options.seconds_per_repetition = 0.03;
  write_file_atomically(path, kernels::kernel_report_json(
                                  time_kernels(model, benchmark_shapes(model), options), version().commit) +
                                  "\n");
}

}  // namespace reckon::harness
