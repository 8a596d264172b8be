#include "engine/engine.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "engine/chat_prompt.h"
#include "engine/generation/request_tracker.h"
#include "engine/loaded_model.h"

namespace reckon::engine {
namespace {

std::int64_t context_of(const EngineOptions& options, const ModelConfig& config) {
  if (options.max_length == 0) return config.context_length;
  if (options.max_length > config.context_length) {
    fail_input("--model_args max_length={}: the model was made for {} tokens", options.max_length,
               config.context_length);
  }
  return options.max_length;
}

class LoadedEngine : public Engine {
 public:
  LoadedEngine(const EngineOptions& options, const std::function<void(std::int32_t, std::int32_t)>& progress)
      : options_(options),
        source_(open_source(options)),
        tokenizer_(load_tokenizer(*source_, options)),
        chat_(options, *source_, tokenizer_.get()),
        markers_(markers(options, chat_.source())),
        context_(context_of(options, source_->config())),
        model_(LoadedModel::load(options, *source_, context_, progress)) {
    if (tokenizer_) tracker_ = std::make_unique<RequestTracker>(*tokenizer_, markers_, stop_tokens());
    SchedulerOptions scheduling;
    scheduling.max_sequences = options.max_sequences;
    scheduling.chunk_tokens = options.chunk_tokens;
    scheduling.share_prefixes = options.share_prefixes;
    scheduler_ = std::make_unique<Scheduler>(model_->runner(), router_, scheduling);
    router_.requests = tracker_.get();
  }

  const EngineOptions& options() const override { return options_; }
  const ModelSource& source() const override { return *source_; }
  bool has_tokenizer() const override { return tokenizer_ != nullptr; }
  const Tokenizer& tokenizer() const override {
    if (!tokenizer_) fail_input("{}: there is no tokenizer here; give token ids", source_->path());
    return *tokenizer_;
  }
  kernels::DeviceInfo device() const override { return model_->device(); }
  kernels::MemoryUse memory_use() const override { return model_->memory_use(); }
  std::uint64_t read_weights() override { return model_->read_weights(); }
  std::int64_t context_tokens() const override { return context_; }
  std::uint64_t kv_cache_bytes() const override { return model_->kv_cache_bytes(); }
  const ThinkingMarkers& thinking_markers() const override { return markers_; }
  const std::string& chat_template_source() const override { return chat_.source(); }

  std::string render_chat(const json::Value& messages, bool add_generation_prompt,
                          const std::string& variables) const override {
    return chat_.render(messages, add_generation_prompt, variables);
  }

  std::vector<TokenId> encode_prompt(const std::string& prompt, bool is_chat) const override {
    return tokenizer().encode(prompt, encode_options(is_chat));
  }

  void submit(const EngineRequest& request) override {
    RequestTracker& requests = tracker();
    try {
      const std::string prompt = request.prompt + request.reply_prefix;
      std::vector<EncodedPair> pairs;
      for (std::size_t i = 0; i < request.continuations.size(); ++i) {
        const std::string& continuation = request.continuations[i];
        if (request.rolling) {
          pairs = encode_rolling(*tokenizer_, continuation, encode_options(false), context_);
          break;
        }
        const std::string& context = request.contexts.empty() ? prompt : request.contexts.at(i);
        pairs.push_back(encode_pair(*tokenizer_, context, continuation, encode_options(request.is_chat)));
      }
      std::vector<TokenId> tokens;
      if (pairs.empty()) {
        if (request.parameters.max_tokens < 1) {
          fail_input("a reply of at most {} tokens was asked for", request.parameters.max_tokens);
        }
        tokens = encode_prompt(prompt, request.is_chat);
      }
      requests.submit(*scheduler_, request, std::move(tokens), std::move(pairs));
    } catch (const Error& error) {
      requests.refuse(request, error.what());
    }
  }

  void cancel(std::uint64_t id) override { tracker().cancel(*scheduler_, id); }

  std::vector<EngineEvent> step() override {
    scheduler_->step();
    return tracker().take_events();
  }

  std::size_t in_flight() const override { return tracker_ ? tracker_->in_flight() : 0; }
  const SchedulerCounters& counters() const override { return scheduler_->counters(); }

  void next_tokens(const NextTokensRequest& request,
                   const std::function<void(const NextTokens&)>& sink) override {
    if (request.tokens.empty()) fail_input("next tokens: there are no tokens to go on from");
    const auto length = static_cast<std::int32_t>(request.tokens.size());
    const std::int32_t rows = request.all_positions ? length : 1;
    SequenceSpec spec;
    spec.tokens = request.tokens;
    if (request.whole_rows) {
      spec.raw_rows = rows;
    } else {
      spec.score_top_n = request.top_n;
      // Each is scored for the token that follows it; what would follow the last is not known.
      spec.targets.assign(request.tokens.end() - rows + 1, request.tokens.end());
      spec.targets.push_back(0);
    }
    router_.tokens = &request.tokens;
    router_.probe = {&sink, length - rows, length, false, {}};
    scheduler_->submit(kProbe, std::move(spec));
    while (!router_.probe.ended) scheduler_->step();
    if (!router_.probe.error.empty()) fail_input("{}", router_.probe.error);
  }

 private:
  static constexpr SequenceId kProbe = 0;

  /// Results of next_tokens() go to its sink, all others to the requests.
  struct Router : SequenceListener {
    struct Probe {
      const std::function<void(const NextTokens&)>* sink = nullptr;
      std::int32_t first = 0;
      std::int32_t length = 0;
      bool ended = false;
      std::string error;
    };

    TokenId choose_token(SequenceId id, TokenId drawn) override {
      return id == kProbe ? drawn : requests->choose_token(id, drawn);
    }
    bool on_token(SequenceId id, const kernels::SampledRow& row) override {
      return requests->on_token(id, row);
    }
    void on_score(SequenceId id, std::size_t index, const kernels::ScoredRow& row) override {
      if (id != kProbe) return requests->on_score(id, index, row);
      NextTokens next;
      next.position = probe.first + static_cast<std::int32_t>(index);
      next.top = row.top;
      if (next.position + 1 < probe.length) next.given = {target(next.position), row.logprob};
      (*probe.sink)(next);
    }
    void on_raw(SequenceId, std::size_t index, std::span<const float> logprobs) override {
      NextTokens next;
      next.position = probe.first + static_cast<std::int32_t>(index);
      next.logprobs = logprobs;
      (*probe.sink)(next);
    }
    void on_end(SequenceId id, const SequenceReport& report) override {
      if (id != kProbe) return requests->on_end(id, report);
      probe.ended = true;
      probe.error = report.error;
    }
    TokenId target(std::int32_t position) const { return (*tokens)[static_cast<std::size_t>(position) + 1]; }

    RequestTracker* requests = nullptr;
    const std::vector<TokenId>* tokens = nullptr;
    Probe probe;
  };

  static std::unique_ptr<ModelSource> open_source(const EngineOptions& options) {
    return ModelSource::open(options.model_path, open_options(options));
  }

  static std::unique_ptr<Tokenizer> load_tokenizer(const ModelSource& source, const EngineOptions& options) {
    const bool has_one = !source.tokenizer_json().empty() || source.vocabulary().has_value();
    if (!has_one && options.dummy_weights) return nullptr;
    return source.load_tokenizer();
  }

  static ThinkingMarkers markers(const EngineOptions& options, const std::string& chat_template) {
    if (!options.think_end.empty()) return {options.think_start, options.think_end};
    return markers_of_template(chat_template);
  }

  std::vector<TokenId> stop_tokens() const {
    std::vector<TokenId> tokens = source_->generation_defaults().eos_tokens;
    if (const auto eos = tokenizer_->eos_token()) tokens.push_back(*eos);
    return tokens;
  }

  /// What a template wrote holds its special tokens; a text gets those that the tokenizer adds.
  EncodeOptions encode_options(bool is_chat) const {
    EncodeOptions encode;
    encode.add_special_tokens = !is_chat && options_.add_bos_token.value_or(true);
    return encode;
  }

  RequestTracker& tracker() {
    if (!tracker_) fail_input("{}: there is no tokenizer here; give token ids", source_->path());
    return *tracker_;
  }

  EngineOptions options_;
  std::unique_ptr<ModelSource> source_;
  std::unique_ptr<Tokenizer> tokenizer_;
  ChatPrompt chat_;
  ThinkingMarkers markers_;
  std::int64_t context_;
  std::unique_ptr<LoadedModel> model_;
  std::unique_ptr<RequestTracker> tracker_;
  Router router_;
  std::unique_ptr<Scheduler> scheduler_;
};

}  // namespace

std::unique_ptr<Engine> Engine::load(const EngineOptions& options,
                                     const std::function<void(std::int32_t, std::int32_t)>& progress) {
  return std::make_unique<LoadedEngine>(options, progress);
}

}  // namespace reckon::engine
