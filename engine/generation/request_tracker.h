#pragma once
// Requests above, sequences below: a request to generate is one sequence, a request to score is one for each
// continuation. Turns tokens into text, decides when a reply has ended, and puts the events together.

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/generation/completion_text.h"
#include "engine/generation/encode_pair.h"
#include "engine/generation/request.h"
#include "engine/generation/sequence.h"
#include "engine/generation/thinking.h"

namespace reckon::engine {

class Scheduler;

class RequestTracker : public SequenceListener {
 public:
  /// The tokenizer must outlive the tracker. `stop_tokens` end every reply.
  RequestTracker(const Tokenizer& tokenizer, ThinkingMarkers markers, std::vector<TokenId> stop_tokens);

  /// `prompt` and `pairs` (for scoring, one for each continuation) are the request's tokens.
  void submit(Scheduler& scheduler, const EngineRequest& request, std::vector<TokenId> prompt,
              std::vector<EncodedPair> pairs);
  /// A request that cannot be run: only its finished event comes.
  void refuse(const EngineRequest& request, const std::string& error);
  void cancel(Scheduler& scheduler, std::uint64_t id);
  std::vector<EngineEvent> take_events();
  std::size_t in_flight() const { return requests_.size(); }

  /// Within a trace that has used its budget: the tokens of the closing marker, one after another.
  TokenId choose_token(SequenceId id, TokenId drawn) override;
  bool on_token(SequenceId id, const kernels::SampledRow& row) override;
  void on_score(SequenceId id, std::size_t index, const kernels::ScoredRow& row) override;
  void on_raw(SequenceId, std::size_t, std::span<const float>) override {}
  void on_end(SequenceId id, const SequenceReport& report) override;

 private:
  using Clock = std::chrono::steady_clock;
  struct Request {
    std::uint64_t id = 0;
    Clock::time_point submitted;
    bool has_first_token = false;
    bool ignore_end_tokens = false;
    bool sums_scores = false;              ///< windows of one text
    std::unique_ptr<CompletionText> text;  ///< generating
    std::int32_t max_thinking_tokens = 0;
    std::size_t forced_tokens = 0;  ///< tokens of the closing marker that were put in so far
    std::size_t open_sequences = 0;
    std::vector<SequenceId> sequences;
    EngineCompletion completion;
  };
  struct Place {
    Request* request = nullptr;
    std::size_t continuation = 0;
  };

  double seconds_since_submit(const Request& request) const;
  void note_first_token(Request& request);
  void show_new_text(Request& request);
  void finish_text(Request& request, SequenceEnd end);
  void finish(Request& request);

  const Tokenizer& tokenizer_;
  ThinkingMarkers markers_;
  std::vector<TokenId> stop_tokens_;
  std::vector<TokenId> close_tokens_;  ///< of the closing marker
  SequenceId next_sequence_ = 1;
  std::unordered_map<std::uint64_t, std::unique_ptr<Request>> requests_;
  std::unordered_map<SequenceId, Place> places_;
  std::vector<EngineEvent> events_;
};

}  // namespace reckon::engine
