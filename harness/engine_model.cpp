#include "harness/engine_model.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <unordered_map>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "engine/engine.h"
#include "engine/model_summary.h"

namespace reckon::harness {
namespace {

using json::Allocator;
using json::Value;

FinishReason finish_reason(engine::EngineFinish finish) {
  switch (finish) {
    case engine::EngineFinish::stop:
      return FinishReason::stop;
    case engine::EngineFinish::length:
      return FinishReason::length;
    case engine::EngineFinish::cancelled:
      return FinishReason::cancelled;
    case engine::EngineFinish::error:
      return FinishReason::error;
  }
  return FinishReason::error;
}

engine::GenerationParameters generation_parameters(const SamplingOptions& sampling) {
  engine::GenerationParameters parameters;
  parameters.temperature = sampling.temperature;
  parameters.top_k = sampling.top_k;
  parameters.top_p = sampling.top_p;
  parameters.min_p = sampling.min_p;
  parameters.repetition_penalty = sampling.repetition_penalty;
  parameters.presence_penalty = sampling.presence_penalty;
  parameters.frequency_penalty = sampling.frequency_penalty;
  parameters.until = sampling.until;
  parameters.max_tokens = sampling.max_tokens;
  parameters.max_thinking_tokens = sampling.max_thinking_tokens;
  parameters.seed = sampling.seed;
  return parameters;
}

Completion to_completion(engine::EngineCompletion from) {
  Completion completion;
  completion.text = std::move(from.text);
  completion.thinking = std::move(from.thinking);
  completion.answer = std::move(from.answer);
  completion.truncated = from.truncated;
  completion.forced_close = from.forced_close;
  completion.finish_reason = finish_reason(from.finish);
  completion.error = std::move(from.error);
  completion.usage.input_tokens = from.usage.input_tokens;
  completion.usage.cached_input_tokens = from.usage.cached_input_tokens;
  completion.usage.output_tokens = from.usage.output_tokens;
  completion.usage.reasoning_tokens = from.usage.reasoning_tokens;
  completion.usage.answer_tokens = from.usage.answer_tokens;
  completion.first_token_seconds = from.first_token_seconds;
  completion.total_seconds = from.total_seconds;
  for (const engine::EngineScore& score : from.scores) {
    completion.scores.push_back({score.logprob, score.is_greedy, score.tokens});
  }
  return completion;
}

json::Document message_array(const std::vector<suites::Message>& messages) {
  json::Document array(rapidjson::kArrayType);
  Allocator& allocator = array.GetAllocator();
  for (const suites::Message& message : messages) {
    Value entry(rapidjson::kObjectType);
    entry.AddMember("role", json::string(message.role, allocator), allocator);
    entry.AddMember("content", json::string(message.content, allocator), allocator);
    array.PushBack(entry, allocator);
  }
  return array;
}

std::string last_name(const std::string& path) {
  const auto whole = std::filesystem::absolute(path).lexically_normal();
  return (whole.has_filename() ? whole : whole.parent_path()).filename().string();
}

class EngineModel final : public Model {
 public:
  explicit EngineModel(const engine::EngineOptions& options) : engine_(engine::Engine::load(options)) {}

  std::string identity_json() const override;
  std::string device_json() const override;
  std::string chat_template() const override { return engine_->chat_template_source(); }
  DeviceEnergyMeter energy_meter() const override;

  ModelCapabilities capabilities() const override {
    ModelCapabilities capabilities;
    capabilities.scoring = true;
    capabilities.deterministic = true;
    capabilities.streaming = true;
    capabilities.chat_template = !engine_->chat_template_source().empty();
    capabilities.max_context_tokens = engine_->context_tokens();
    return capabilities;
  }

  ModelCounters counters() const override {
    const engine::SchedulerCounters& from = engine_->counters();
    ModelCounters counters;
    counters.busy_seconds = from.busy_seconds;
    counters.prefill_seconds = from.prefill_seconds;
    counters.decode_seconds = from.decode_seconds;
    counters.prefill_tokens = from.prefill_tokens;
    counters.decode_tokens = from.decode_tokens;
    counters.cached_prompt_tokens = from.cached_prompt_tokens;
    counters.steps = from.steps;
    counters.preemptions = from.preemptions;
    return counters;
  }

  void submit(ModelRequest request) override {
    engine::EngineRequest wanted;
    wanted.id = request.id;
    wanted.is_chat = request.is_chat;
    wanted.parameters = generation_parameters(request.sampling);
    wanted.continuations = std::move(request.continuations);
    wanted.contexts = std::move(request.contexts);
    wanted.rolling = request.rolling;
    try {
      if (request.is_chat) {
        wanted.prompt = engine_->render_chat(message_array(request.messages));
        wanted.reply_prefix = request.gen_prefix;
      } else {
        wanted.prompt = std::move(request.text);  // a prefix of the reply stands at its end already
      }
    } catch (const Error& error) {
      ModelEvent event;
      event.id = request.id;
      event.completion.finish_reason = FinishReason::error;
      event.completion.error = error.what();
      refused_.push_back(std::move(event));
      return;
    }
    prompts_[request.id] = wanted.prompt + wanted.reply_prefix;
    engine_->submit(wanted);
  }

  void cancel(RequestId id) override { engine_->cancel(id); }

  std::vector<ModelEvent> poll(double timeout_seconds) override {
    std::vector<ModelEvent> events = std::exchange(refused_, {});
    const auto start = std::chrono::steady_clock::now();
    const auto waited = [&] {
      return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    };
    do {
      for (engine::EngineEvent& event : engine_->step()) events.push_back(convert(std::move(event)));
      if (in_flight() == 0) break;
    } while (events.empty() && waited() < timeout_seconds);
    return events;
  }

  std::int64_t in_flight() const override {
    return static_cast<std::int64_t>(engine_->in_flight() + refused_.size());
  }

 private:
  ModelEvent convert(engine::EngineEvent from) {
    ModelEvent event;
    event.id = from.id;
    if (from.kind == engine::EngineEvent::Kind::text) {
      event.kind = ModelEvent::Kind::text;
      event.text = std::move(from.text);
      return event;
    }
    event.completion = to_completion(std::move(from.completion));
    const auto prompt = prompts_.find(from.id);
    if (prompt != prompts_.end()) {
      event.completion.prompt = std::move(prompt->second);
      prompts_.erase(prompt);
    }
    return event;
  }

  std::unique_ptr<engine::Engine> engine_;
  std::unordered_map<RequestId, std::string> prompts_;
  std::vector<ModelEvent> refused_;
};

/// Everything that could change a result, and nothing else: threads, memory and batch sizes cannot.
std::string EngineModel::identity_json() const {
  const engine::ModelSource& source = engine_->source();
  const engine::EngineOptions& options = engine_->options();
  const engine::ModelSummary summary = engine::summarise(source);
  json::Document identity(rapidjson::kObjectType);
  Allocator& allocator = identity.GetAllocator();
  const auto text = [&](const std::string& value) { return json::string(value, allocator); };
  identity.AddMember("name", text(last_name(source.path())), allocator);
  identity.AddMember("kind", "engine", allocator);
  identity.AddMember("architecture", text(source.config().architecture), allocator);
  identity.AddMember("source", text(source.format()), allocator);
  Value files(rapidjson::kArrayType);
  const auto add_file = [&](const std::string& path, std::uint64_t bytes, const std::string& sha256) {
    Value file(rapidjson::kObjectType);
    file.AddMember("path", text(last_name(path)), allocator);
    file.AddMember("bytes", bytes, allocator);
    file.AddMember("sha256", text(sha256), allocator);
    files.PushBack(file, allocator);
  };
  const std::vector<std::string> hashes = engine::model_hashes(source);
  for (std::size_t i = 0; i < source.files().size(); ++i) {
    add_file(source.files()[i].path, source.files()[i].bytes, i < hashes.size() ? hashes[i] : "");
  }
  // What lies beside the weights of a Hugging Face folder decides as much as they do.
  for (const char* name : {"config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json",
                           "special_tokens_map.json", "chat_template.jinja"}) {
    const std::filesystem::path path = std::filesystem::path(source.path()) / name;
    if (std::filesystem::is_regular_file(path)) {
      add_file(path.string(), std::filesystem::file_size(path), sha256_file(path.string()));
    }
  }
  identity.AddMember("files", files, allocator);
  if (options.num_layers > 0) identity.AddMember("num_layers", options.num_layers, allocator);
  identity.AddMember("parameters", summary.parameters, allocator);
  identity.AddMember("active_parameters", summary.active_parameters, allocator);
  identity.AddMember("weight_bytes", summary.weight_bytes, allocator);
  Value types(rapidjson::kObjectType);
  for (const auto& [name, bytes] : summary.weight_types) types.AddMember(text(name), Value(bytes), allocator);
  identity.AddMember("weight_types", types, allocator);
  const bool by_weight = options.activations == kernels::ActivationPrecision::by_weight;
  identity.AddMember("activations", text(by_weight ? "by_weight" : "float32"), allocator);
  if (options.warp_groups && by_weight) identity.AddMember("tensor_cores", text("wgmma"), allocator);
  if (options.dense_library) identity.AddMember("dense", text("cublaslt"), allocator);
  identity.AddMember("kv_cache_type", text(kernels::type_info(options.kv_cache_type).name), allocator);
  // Sums of partial sums are other sums; experts on several devices change nothing.
  if (options.parallel.tensor > 1)
    identity.AddMember("tensor_parallel_size", options.parallel.tensor, allocator);
  const std::string& chat = engine_->chat_template_source();
  identity.AddMember("chat_template_sha", text(chat.empty() ? "" : sha256_hex(chat)), allocator);
  identity.AddMember("template_variables", text(options.template_variables), allocator);
  identity.AddMember("thinking_markers",
                     text(engine_->thinking_markers().open + " " + engine_->thinking_markers().close),
                     allocator);
  identity.AddMember("context_tokens", engine_->context_tokens(), allocator);
  Value bos;
  if (options.add_bos_token) bos.SetBool(*options.add_bos_token);
  identity.AddMember("add_bos_token", bos, allocator);
  return json::dump(identity);
}

DeviceEnergyMeter EngineModel::energy_meter() const {
  const kernels::DeviceInfo device = engine_->device();
  return device.backend == "cuda" ? DeviceEnergyMeter(device.index, device.count) : DeviceEnergyMeter();
}

std::string EngineModel::device_json() const {
  const kernels::DeviceInfo device = engine_->device();
  json::Document document(rapidjson::kObjectType);
  Allocator& allocator = document.GetAllocator();
  document.AddMember("backend", json::string(device.backend, allocator), allocator);
  document.AddMember("name", json::string(device.name, allocator), allocator);
  document.AddMember("path", json::string(device.path, allocator), allocator);
  Value features(rapidjson::kArrayType);
  for (const std::string& feature : device.features)
    features.PushBack(json::string(feature, allocator), allocator);
  document.AddMember("features", features, allocator);
  document.AddMember("threads", device.threads, allocator);
  document.AddMember("memory_bytes", device.memory_bytes, allocator);
  document.AddMember("kv_cache_bytes", engine_->kv_cache_bytes(), allocator);
  document.AddMember("count", device.count, allocator);
  return json::dump(document);
}

}  // namespace

std::unique_ptr<Model> make_engine_model(const std::string& model_path, const std::string& model_args,
                                         const std::string& device) {
  return std::make_unique<EngineModel>(engine::parse_engine_options(model_path, model_args, device));
}

}  // namespace reckon::harness
