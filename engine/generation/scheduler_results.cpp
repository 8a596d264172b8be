// The second half of a step: results to their sequences, and the end of a sequence.

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "engine/generation/scheduler.h"

namespace reckon::engine {

namespace {

constexpr const char* kLogitsNotFinite = "values that are not finite came up in the logits";

}  // namespace

void Scheduler::settle() {
  for (Sequence* sequence : running_) {
    if (sequence->new_tokens > 0) settle_sequence(*sequence);
  }
  std::erase_if(running_, [](const Sequence* sequence) { return sequence->ended; });
}

void Scheduler::settle_sequence(Sequence& sequence) {
  const std::int32_t first = sequence.computed();
  const std::int32_t reached = first + sequence.new_tokens;
  const bool is_complete = reached == sequence.length();
  std::int32_t bad = -1;
  if (!results_.first_bad.empty()) {
    for (std::int32_t i = 0; i < sequence.new_tokens && bad < 0; ++i) {
      bad = results_.first_bad[static_cast<std::size_t>(sequence.first_row + i)];
    }
  }
  std::string error;
  if (bad >= 0) {
    // The rows are not delivered, and keys that are not finite are never offered to others.
    error = fmt::format("values that are not finite came up in {}", runner_.non_finite_place(bad));
    if (sequence.spec.max_new_tokens <= 0) {
      deliver_probes(sequence, first, false);
    } else if (is_complete) {
      take_token(sequence, false);
    }
  } else {
    pages_.commit(sequence.table, sequence.view(), reached, is_complete && sequence.is_prefilling());
    if (sequence.spec.max_new_tokens <= 0) {
      error = deliver_probes(sequence, first, true);
      if (error.empty() && is_complete) end(sequence, SequenceEnd::done);
    } else if (is_complete) {
      error = take_token(sequence, true);
    }
  }
  if (!error.empty()) end(sequence, SequenceEnd::error, std::move(error));
}

/// Hands the scores and raw rows of this step out; what is wrong with them, or "".
std::string Scheduler::deliver_probes(Sequence& sequence, std::int32_t first_position, bool deliver) {
  const std::int32_t length = sequence.length();
  const std::int32_t first_target = length - static_cast<std::int32_t>(sequence.spec.targets.size());
  const std::int32_t first_raw = length - sequence.spec.raw_rows;
  std::string error;
  for (std::int32_t i = 0; i < sequence.new_tokens; ++i) {
    const std::int32_t position = first_position + i;
    if (position >= first_target) {
      kernels::ScoredRow& row = results_.scored[next_scored_++];
      const auto wanted = static_cast<std::size_t>(std::max(0, sequence.spec.score_top_n));
      if (row.top.size() > wanted) row.top.resize(wanted);
      if (!row.finite) error = kLogitsNotFinite;
      const auto index = static_cast<std::size_t>(position - first_target);
      // After pre-emption some rows are computed again.
      if (deliver && error.empty() && index == sequence.scores_done) {
        ++sequence.scores_done;
        listener_.on_score(sequence.id, index, row);
      }
    }
    if (position >= first_raw) {
      const auto vocabulary = static_cast<std::size_t>(limits_.vocab_size);
      const std::span<const float> row(results_.raw.data() + next_raw_++ * vocabulary, vocabulary);
      const auto index = static_cast<std::size_t>(position - first_raw);
      if (deliver && error.empty() && index == sequence.raws_done) {
        ++sequence.raws_done;
        listener_.on_raw(sequence.id, index, row);
      }
    }
  }
  return error;
}

/// Appends the token that was drawn; what is wrong with it, or "".
std::string Scheduler::take_token(Sequence& sequence, bool deliver) {
  const std::size_t index = next_sampled_++;
  kernels::SampledRow& row = results_.sampled[index];
  sequence.spec.sampling = std::move(plan_.sampling[index]);
  if (!deliver) return {};
  if (!row.finite) return kLogitsNotFinite;
  row.token = listener_.choose_token(sequence.id, row.token);
  sequence.tokens.push_back(row.token);
  ++sequence.report.generated_tokens;
  if (has_penalties(sequence.spec.sampling)) sequence.seen.add_generated(sequence.spec.sampling, row.token);
  const bool goes_on = listener_.on_token(sequence.id, row);
  if (!goes_on) {
    end(sequence, SequenceEnd::done);
  } else if (sequence.report.generated_tokens >= sequence.spec.max_new_tokens ||
             sequence.length() >= limits_.context_tokens) {
    end(sequence, SequenceEnd::length);
  }
  return {};
}

/// Gives the pages up and reports. The caller takes it off its list; it is forgotten when the step is over.
void Scheduler::end(Sequence& sequence, SequenceEnd reason, std::string error) {
  forget_leader(sequence);
  // What was generated serves nobody else: a prompt never shares pages with it.
  pages_.close(sequence.table, sequence.prompt);
  sequence.ended = true;
  sequence.report.end = reason;
  sequence.report.error = std::move(error);
  ended_.push_back(&sequence);
  listener_.on_end(sequence.id, sequence.report);
}

void Scheduler::forget_ended() {
  for (const Sequence* sequence : ended_) sequences_.erase(sequence->id);
  ended_.clear();
}

}  // namespace reckon::engine
