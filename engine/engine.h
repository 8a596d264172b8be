#pragma once
// The engine as those above see it: load a model, put prompts in, take text out. Loads model, tokenizer, chat
// template and scheduler and holds them together.
//
// The KV cache takes `kv_cache_bytes`, or by default the smaller of half of the free memory and what is
// useful: 1,024 positions for each of max_sequences, and one sequence of the whole context beside them.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/json.h"
#include "engine/engine_options.h"
#include "engine/generation/request.h"
#include "engine/generation/scheduler.h"
#include "engine/generation/thinking.h"
#include "engine/model/model_source.h"
#include "engine/tokenizer/tokenizer.h"
#include "kernels/backend.h"

namespace reckon::engine {

/// What the model would say next, behind the token at `position`.
struct NextTokens {
  std::int32_t position = 0;
  std::vector<kernels::TokenLogprob> top;      ///< top_n, most probable first
  std::optional<kernels::TokenLogprob> given;  ///< the token that does stand there, if one does
  std::span<const float> logprobs;  ///< the whole vocabulary, when asked for; valid during the call
};

struct NextTokensRequest {
  std::vector<TokenId> tokens;
  bool all_positions = false;  ///< false: the last one only
  std::int32_t top_n = 10;
  bool whole_rows = false;  ///< then `top` and `given` stay empty
};

class Engine {
 public:
  /// Errors: everything that can be wrong with a model's files, named; a device that is not known; a KV cache
  /// that does not fit.
  static std::unique_ptr<Engine> load(const EngineOptions& options,
                                      const std::function<void(std::int32_t, std::int32_t)>& progress = {});
  virtual ~Engine() = default;

  virtual const EngineOptions& options() const = 0;
  virtual const ModelSource& source() const = 0;
  /// False: dummy weights of a config alone, which take token ids.
  virtual bool has_tokenizer() const = 0;
  /// Errors: there is none.
  virtual const Tokenizer& tokenizer() const = 0;
  virtual kernels::DeviceInfo device() const = 0;
  virtual kernels::MemoryUse memory_use() const = 0;
  virtual std::uint64_t read_weights() = 0;  ///< see kernels::Backend
  virtual std::int64_t context_tokens() const = 0;
  virtual std::uint64_t kv_cache_bytes() const = 0;
  virtual const ThinkingMarkers& thinking_markers() const = 0;
  /// The chat template's source; "" when the model has none.
  virtual const std::string& chat_template_source() const = 0;

  /// The prompt for a conversation: an array of {"role", "content", ...}. `variables` (JSON object or "")
  /// goes over those of the options. Errors: no template, or what it raises.
  virtual std::string render_chat(const json::Value& messages, bool add_generation_prompt = true,
                                  const std::string& variables = {}) const = 0;
  virtual std::vector<TokenId> encode_prompt(const std::string& prompt, bool is_chat) const = 0;

  /// What is wrong with a request comes as its finished event. `id` must not be in flight.
  virtual void submit(const EngineRequest& request) = 0;
  virtual void cancel(std::uint64_t id) = 0;  ///< its finished event still arrives
  /// Runs one step of the model (if there is anything to do); the events since the last call.
  virtual std::vector<EngineEvent> step() = 0;
  virtual std::size_t in_flight() const = 0;
  virtual const SchedulerCounters& counters() const = 0;

  /// Runs to the end; `sink` gets the positions in order. Errors: tokens outside the vocabulary, too many.
  virtual void next_tokens(const NextTokensRequest& request,
                           const std::function<void(const NextTokens&)>& sink) = 0;
};

}  // namespace reckon::engine
