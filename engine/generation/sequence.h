#pragma once
// One sequence of tokens on its way through the scheduler: a prompt that is continued, or tokens that are
// only looked at (scored, or whole rows of log-probabilities).

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/generation/kv_pages.h"
#include "engine/generation/seen_tokens.h"
#include "kernels/sampling.h"

namespace reckon::engine {

using SequenceId = std::uint64_t;

struct SequenceSpec {
  std::vector<TokenId> tokens;  ///< at least one; their role is prompt

  // To be continued:
  std::int32_t max_new_tokens = 0;
  kernels::SamplingRow sampling;  ///< without position and seen

  // To be looked at (max_new_tokens is 0): the last rows of `tokens`.
  std::vector<TokenId>
      targets;  ///< the last targets.size() rows: the log-probability of this token to come next
  std::int32_t score_top_n = 0;  ///< and so many of the most probable ones
  std::int32_t raw_rows = 0;     ///< the last so many rows: log-probabilities of the whole vocabulary
};

enum class SequenceEnd : std::uint8_t {
  done,       ///< the listener said stop, or everything asked for was delivered
  length,     ///< max_new_tokens, or the model's context is full
  cancelled,  ///< by Scheduler::cancel
  error,      ///< this sequence cannot be run; the text says why
};

struct SequenceReport {
  SequenceEnd end = SequenceEnd::done;
  std::string error;
  std::int32_t prompt_tokens = 0;
  std::int32_t cached_tokens = 0;     ///< of the prompt, served from shared pages
  std::int32_t generated_tokens = 0;  ///< the token that ended it included
};

/// What comes out of the scheduler, in the order in which it happens. Called from inside Scheduler::step().
class SequenceListener {
 public:
  virtual ~SequenceListener() = default;
  /// The token that takes the place of the one that was drawn. Must depend on what the sequence holds alone.
  virtual TokenId choose_token(SequenceId, TokenId drawn) { return drawn; }
  /// False ends the sequence after this token.
  virtual bool on_token(SequenceId id, const kernels::SampledRow& row) = 0;
  /// index counts the spec's targets.
  virtual void on_score(SequenceId id, std::size_t index, const kernels::ScoredRow& row) = 0;
  /// index counts the spec's raw rows. `logprobs` has one value for each token of the vocabulary.
  virtual void on_raw(SequenceId id, std::size_t index, std::span<const float> logprobs) = 0;
  virtual void on_end(SequenceId id, const SequenceReport& report) = 0;
};

/// The scheduler's own record of a sequence.
struct Sequence {
  SequenceId id = 0;
  std::uint64_t arrival = 0;
  SequenceSpec spec;
  std::vector<TokenId> tokens;  ///< prompt, then generated
  std::int32_t prompt = 0;      ///< tokens of the prompt
  PageTable table;
  SeenTokens seen;
  SequenceReport report;
  bool admitted_before = false;
  bool cancelled = false;
  bool ended = false;
  bool leads = false;  ///< others may be waiting for its pages
  std::size_t scores_done = 0;
  std::size_t raws_done = 0;
  /// While waiting: until this running sequence has computed so many tokens, which both share.
  const Sequence* leader = nullptr;
  std::int32_t leader_tokens = 0;
  // In the step that is being run:
  std::int32_t first_row = 0;
  std::int32_t new_tokens = 0;  ///< 0: not in the step

  std::int32_t length() const { return static_cast<std::int32_t>(tokens.size()); }
  std::int32_t computed() const { return table.committed; }
  bool is_prefilling() const { return length() - computed() > 1 || report.generated_tokens == 0; }
  TokenView view() const { return {tokens, prompt}; }
  /// The first row that must be computed for its results, whatever is cached.
  std::int32_t first_needed_row() const;
};

inline std::int32_t Sequence::first_needed_row() const {
  std::size_t rows = 1;
  rows = std::max(rows, spec.targets.size() - scores_done);
  rows = std::max(rows, static_cast<std::size_t>(spec.raw_rows) - raws_done);
  return length() - static_cast<std::int32_t>(rows);
}

}  // namespace reckon::engine
