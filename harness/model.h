#pragma once
// The one interface through which the run loop knows a model: submit requests, take events out of order,
// cancel. The engine is one implementation, a scripted fake another; a remote endpoint fits as well, which is
// why a request carries messages and text beside tokens.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/device_energy_meter.h"
#include "suites/task.h"

namespace reckon::harness {

struct SamplingOptions {
  double temperature = 0.0;  ///< 0: greedy
  std::int32_t top_k = 0;    ///< 0: off
  double top_p = 1.0;
  double min_p = 0.0;
  double repetition_penalty = 1.0;
  double presence_penalty = 0.0;
  double frequency_penalty = 0.0;
  std::vector<std::string> until;  ///< stop strings, looked for in the answer
  std::int32_t max_tokens = 2048;
  std::int32_t max_thinking_tokens = 0;  ///< then the trace is closed and the model answers; 0: no limit
  std::uint64_t seed = 0;
};

using RequestId = std::uint64_t;

struct ModelRequest {
  RequestId id = 0;
  /// Exactly one of these is the prompt. Messages go through the model's chat template.
  std::vector<suites::Message> messages;
  std::string text;
  bool is_chat = false;
  std::string gen_prefix;  ///< begins the model's reply (counted as prompt)
  SamplingOptions sampling;
  /// Not empty: score these continuations of the prompt instead of generating.
  std::vector<std::string> continuations;
  /// Text before each continuation where they differ; empty: `messages` or `text` before all of them.
  std::vector<std::string> contexts;
  /// The one continuation is a text of its own, scored from its first token on and in windows of the model's
  /// context when it is longer.
  bool rolling = false;
};

enum class FinishReason : std::uint8_t { stop, length, cancelled, error };
const char* finish_reason_name(FinishReason reason);

struct TokenUsage {
  std::int64_t input_tokens = 0;         ///< of the prompt, cached ones included
  std::int64_t cached_input_tokens = 0;  ///< served from shared pages
  std::int64_t output_tokens = 0;        ///< thinking and answer
  std::int64_t reasoning_tokens = 0;
  std::int64_t answer_tokens = 0;
};

struct ContinuationScore {
  double logprob = 0.0;    ///< sum over its tokens
  bool is_greedy = false;  ///< arg-max would have produced it
  std::int64_t tokens = 0;
};

struct Completion {
  std::string prompt;                   ///< as the model saw it, rendered
  std::string text;                     ///< everything it wrote
  std::optional<std::string> thinking;  ///< nullopt: the model has no thinking markers in play
  std::string answer;                   ///< what follows the thinking; empty when the trace never closed
  bool truncated = false;               ///< ended by the token limit, or the thinking trace never closed
  bool forced_close = false;            ///< max_thinking_tokens closed the trace
  FinishReason finish_reason = FinishReason::stop;
  std::string error;  ///< for FinishReason::error
  bool retryable = false;
  TokenUsage usage;
  double first_token_seconds = 0.0;  ///< since submit()
  double total_seconds = 0.0;        ///< since submit()
  std::vector<ContinuationScore> scores;
};

struct ModelEvent {
  enum class Kind : std::uint8_t { text, finished } kind = Kind::finished;
  RequestId id = 0;
  std::string text;       ///< Kind::text: what was added
  Completion completion;  ///< Kind::finished
};

struct ModelCapabilities {
  bool scoring = false;                 ///< continuations can be scored
  bool deterministic = false;           ///< a seed fixes the completion
  bool streaming = false;               ///< text events arrive before the end
  bool chat_template = false;           ///< messages can be put as a conversation
  std::int64_t max_context_tokens = 0;  ///< 0: not known
  std::int32_t max_in_flight = 0;       ///< submit at most so many at once; 0: any number
};

/// What the model has done since it was made; all counts only grow.
struct ModelCounters {
  double busy_seconds = 0.0;
  double prefill_seconds = 0.0;
  double decode_seconds = 0.0;
  std::int64_t prefill_tokens = 0;
  std::int64_t decode_tokens = 0;
  std::int64_t cached_prompt_tokens = 0;
  std::int64_t steps = 0;
  std::int64_t preemptions = 0;
};

class Model {
 public:
  virtual ~Model() = default;
  /// JSON object for run.json's identity.model (docs/run_directory.md).
  virtual std::string identity_json() const = 0;
  /// JSON object for the start line of a launch: the device it runs on.
  virtual std::string device_json() const = 0;
  /// The source of the template that conversations go through; "" where there is none.
  virtual std::string chat_template() const { return {}; }
  /// Of the devices that the model runs on, from now on; nothing is known where they have no meter.
  virtual DeviceEnergyMeter energy_meter() const { return {}; }
  virtual ModelCapabilities capabilities() const = 0;
  virtual ModelCounters counters() const = 0;
  virtual void submit(ModelRequest request) = 0;
  virtual void cancel(RequestId id) = 0;  ///< its `finished` event still arrives
  /// Works or waits until something happened, at most about `timeout_seconds`; returns the events since the
  /// last call.
  virtual std::vector<ModelEvent> poll(double timeout_seconds) = 0;
  virtual std::int64_t in_flight() const = 0;
};

}  // namespace reckon::harness
