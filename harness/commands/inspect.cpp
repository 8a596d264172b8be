#include <algorithm>

#include <fmt/format.h>

#include "base/error.h"
#include "base/json.h"
#include "engine/engine_options.h"
#include "engine/model/model_source.h"
#include "engine/model/verify_model.h"
#include "engine/model_summary.h"
#include "harness/commands.h"
#include "harness/open_model.h"

namespace reckon::harness {
namespace {

using json::Allocator;
using json::Value;

double gibibytes(std::uint64_t bytes) { return static_cast<double>(bytes) / (1024.0 * 1024.0 * 1024.0); }

std::string shape_text(const std::vector<std::int64_t>& shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

struct Inspection {
  engine::ModelSummary summary;
  std::int64_t context = 0;
  std::string kv_cache_type;
  std::uint64_t kv_bytes_per_token = 0;
  std::uint64_t kv_bytes() const { return kv_bytes_per_token * static_cast<std::uint64_t>(context); }
};

json::Document to_json(const engine::ModelSource& source, const Inspection& found, bool tensors) {
  json::Document document(rapidjson::kObjectType);
  Allocator& allocator = document.GetAllocator();
  document.AddMember("path", json::string(source.path(), allocator), allocator);
  document.AddMember("format", json::string(source.format(), allocator), allocator);
  document.AddMember("architecture", json::string(source.config().architecture, allocator), allocator);
  document.AddMember("parameters", found.summary.parameters, allocator);
  document.AddMember("active_parameters", found.summary.active_parameters, allocator);
  document.AddMember("layers", found.summary.layers, allocator);
  document.AddMember("experts", found.summary.experts, allocator);
  document.AddMember("chosen_experts", found.summary.chosen_experts, allocator);
  document.AddMember("weight_bytes", found.summary.weight_bytes, allocator);
  Value types(rapidjson::kObjectType);
  for (const auto& [type, bytes] : found.summary.weight_types) {
    Value count(bytes);
    types.AddMember(json::string(type, allocator), count, allocator);
  }
  document.AddMember("weight_types", types, allocator);
  document.AddMember("context_tokens", found.context, allocator);
  document.AddMember("kv_cache_type", json::string(found.kv_cache_type, allocator), allocator);
  document.AddMember("kv_cache_bytes_per_token", found.kv_bytes_per_token, allocator);
  document.AddMember("kv_cache_bytes", found.kv_bytes(), allocator);
  Value files(rapidjson::kArrayType);
  for (const engine::ModelFile& file : source.files()) {
    Value entry(rapidjson::kObjectType);
    entry.AddMember("path", json::string(file.path, allocator), allocator);
    entry.AddMember("bytes", file.bytes, allocator);
    files.PushBack(entry, allocator);
  }
  document.AddMember("files", files, allocator);
  Value templates(rapidjson::kArrayType);
  for (const auto& [name, text] : source.chat_templates())
    templates.PushBack(json::string(name, allocator), allocator);
  document.AddMember("chat_templates", templates, allocator);
  if (tensors) {
    Value list(rapidjson::kArrayType);
    for (const engine::TensorRecord& tensor : source.tensors()) {
      Value entry(rapidjson::kObjectType);
      entry.AddMember("name", json::string(tensor.name, allocator), allocator);
      entry.AddMember("type", json::string(tensor.type_name, allocator), allocator);
      Value shape(rapidjson::kArrayType);
      for (const std::int64_t size : tensor.shape) shape.PushBack(size, allocator);
      entry.AddMember("shape", shape, allocator);
      entry.AddMember("bytes", tensor.bytes, allocator);
      list.PushBack(entry, allocator);
    }
    document.AddMember("tensors", list, allocator);
  }
  return document;
}

void print_text(const engine::ModelSource& source, const Inspection& found, bool tensors) {
  const engine::ModelSummary& summary = found.summary;
  fmt::print("{} ({}, {})\n", source.path(), source.config().architecture, source.format());
  fmt::print("parameters     {:.3f} G, {:.3f} G active for a token\n",
             static_cast<double>(summary.parameters) * 1e-9,
             static_cast<double>(summary.active_parameters) * 1e-9);
  fmt::print("layers         {}", summary.layers);
  if (summary.experts > 0)
    fmt::print(", {} routed experts, {} for each token", summary.experts, summary.chosen_experts);
  fmt::print("\nweights        {:.3f} GiB in {} file{}:",
             gibibytes(static_cast<std::uint64_t>(summary.weight_bytes)), source.files().size(),
             source.files().size() == 1 ? "" : "s");
  for (const auto& [type, bytes] : summary.weight_types) {
    fmt::print(" {} {:.1f} %", type,
               100.0 * static_cast<double>(bytes) /
                   static_cast<double>(std::max<std::int64_t>(1, summary.weight_bytes)));
  }
  fmt::print("\nKV cache       {} bytes a token in {}; {:.3f} GiB for {} tokens\n", found.kv_bytes_per_token,
             found.kv_cache_type, gibibytes(found.kv_bytes()), found.context);
  fmt::print("memory needed  {:.3f} GiB for one sequence of {} tokens, beside about 0.2 GiB of the program\n",
             gibibytes(static_cast<std::uint64_t>(summary.weight_bytes) + found.kv_bytes()), found.context);
  std::vector<std::string> templates;
  for (const auto& [name, text] : source.chat_templates()) templates.push_back(name);
  fmt::print("chat template  {}\n",
             templates.empty() ? "none" : fmt::format("{}", fmt::join(templates, ", ")));
  if (!tensors) return;
  for (const engine::TensorRecord& tensor : source.tensors()) {
    fmt::print("  {:<60} {:<10} {:<20} {} bytes\n", tensor.name, tensor.type_name, shape_text(tensor.shape),
               tensor.bytes);
  }
}

}  // namespace

int inspect(const InspectCommand& command) {
  const engine::EngineOptions options =
      engine::parse_engine_options(resolve_model_path(command.model.model), command.model.model_args);
  const auto source = engine::ModelSource::open(options.model_path, engine::open_options(options));
  Inspection found;
  found.kv_cache_type = kernels::type_info(options.kv_cache_type).name;
  found.summary = engine::summarise(*source);
  found.context =
      command.context > 0 ? command.context : std::min<std::int64_t>(32768, source->config().context_length);
  found.kv_bytes_per_token = engine::kv_bytes_per_token(source->config(), options.kv_cache_type);
  if (command.json) {
    fmt::print("{}\n", json::dump_pretty(to_json(*source, found, command.tensors)));
  } else {
    print_text(*source, found, command.tensors);
  }
  if (!command.verify) return static_cast<int>(ExitCode::done);
  engine::verify_model(*source);
  const std::vector<std::string> hashes = engine::model_hashes(*source);
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    fmt::print(stderr, "{}  {}\n", hashes[i], source->files()[i].path);
  }
  fmt::print(stderr, "every weight was read: no NaN, no bad scale\n");
  return static_cast<int>(ExitCode::done);
}

}  // namespace reckon::harness
