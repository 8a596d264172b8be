#pragma once
// What is asked of the engine, and what it answers.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace reckon::engine {

struct GenerationParameters {
  double temperature = 0.0;  ///< 0: greedy
  std::int32_t top_k = 0;    ///< 0: off
  double top_p = 1.0;
  double min_p = 0.0;
  double repetition_penalty = 1.0;
  double presence_penalty = 0.0;
  double frequency_penalty = 0.0;
  std::vector<std::string> until;  ///< stop strings, looked for in the answer
  std::int32_t max_tokens = 2048;
  /// Most tokens of a thinking trace; then the closing marker is put in its place and the model answers. 0:
  /// no limit but max_tokens.
  std::int32_t max_thinking_tokens = 0;
  std::uint64_t seed = 0;
  bool ignore_end_tokens = false;  ///< goes on to max_tokens: for timing
};

struct EngineRequest {
  std::uint64_t id = 0;
  std::string prompt;        ///< text, or what render_chat() returned
  bool is_chat = false;      ///< render_chat() made it: it holds its special tokens already
  std::string reply_prefix;  ///< begins the reply; counted as prompt
  GenerationParameters parameters;
  std::vector<std::string> continuations;  ///< not empty: score these behind the prompt instead of generating
  std::vector<std::string> contexts;       ///< not empty: one a continuation, in place of the prompt
  /// The one continuation is scored from its first token on, behind the beginning-of-text token, in windows
  /// of the model's context when it is longer.
  bool rolling = false;
};

enum class EngineFinish : std::uint8_t { stop, length, cancelled, error };

struct EngineUsage {
  std::int64_t input_tokens = 0;         ///< cached ones included; scoring: of all sequences together
  std::int64_t cached_input_tokens = 0;  ///< served from shared pages
  std::int64_t output_tokens = 0;        ///< the token that ended the reply included
  std::int64_t reasoning_tokens = 0;     ///< up to the closing marker
  std::int64_t answer_tokens = 0;
};

struct EngineScore {
  double logprob = 0.0;    ///< sum over the tokens of the continuation
  bool is_greedy = false;  ///< each was the most probable one
  std::int64_t tokens = 0;
};

struct EngineCompletion {
  std::string text;                     ///< everything the model wrote, cut before a stop string
  std::optional<std::string> thinking;  ///< nullopt: no marker in play
  std::string answer;
  bool truncated = false;     ///< the token limit, or a trace that never closed
  bool forced_close = false;  ///< max_thinking_tokens closed the trace
  EngineFinish finish = EngineFinish::stop;
  std::string error;
  EngineUsage usage;
  double first_token_seconds = 0.0;  ///< since submit()
  double total_seconds = 0.0;        ///< since submit()
  std::vector<EngineScore> scores;   ///< in the order of the continuations
};

struct EngineEvent {
  enum class Kind : std::uint8_t { text, finished } kind = Kind::finished;
  std::uint64_t id = 0;
  std::string text;             ///< Kind::text: what was added
  EngineCompletion completion;  ///< Kind::finished
};

}  // namespace reckon::engine
