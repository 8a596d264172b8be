#pragma once
// Continuous batching: which tokens of which sequences make the next step.
//
// Every running sequence that is past its prompt contributes one token a step; what is left of the step goes
// to prompts, oldest first, in chunks. A sequence is admitted, in order of arrival, when pages for all its
// tokens are available. When pages run out in mid-answer, the latest arrival gives its pages up and starts
// again later (its tokens keep their roles, so the result is the same). A sequence whose prompt begins like
// one that is being computed waits for those pages instead of computing them too. Nothing of this is visible
// in a result.

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/generation/kv_pages.h"
#include "engine/generation/sequence.h"
#include "engine/generation/step_runner.h"

namespace reckon::engine {

struct SchedulerOptions {
  std::int32_t max_sequences = 64;  ///< running at once
  std::int32_t chunk_tokens = 512;  ///< most prompt tokens a step
  bool share_prefixes = true;  ///< false computes every prompt from its first token (same results, slower)
};

/// All counts only grow.
struct SchedulerCounters {
  double busy_seconds = 0.0;     ///< inside step()
  double run_seconds = 0.0;      ///< of those, inside StepRunner::run()
  double prefill_seconds = 0.0;  ///< of run_seconds; a mixed step is divided by its tokens
  double decode_seconds = 0.0;
  std::int64_t prefill_tokens = 0;  ///< computed; those computed again after pre-emption included
  std::int64_t decode_tokens = 0;
  std::int64_t cached_prompt_tokens = 0;  ///< served from shared pages
  std::int64_t steps = 0;
  std::int64_t preemptions = 0;
};

class Scheduler {
 public:
  /// Both must outlive the scheduler.
  Scheduler(StepRunner& runner, SequenceListener& listener, const SchedulerOptions& options = {});

  /// `id` must not be in use. What is wrong with the sequence is reported by on_end() in the next step().
  void submit(SequenceId id, SequenceSpec spec);
  /// Ends the sequence at the next step(); nothing happens when it is not known (any more).
  void cancel(SequenceId id);
  /// Makes a running sequence give its pages up and start again later, as when pages run out. False: not
  /// running.
  bool preempt(SequenceId id);

  /// Runs one step; false: there was nothing to do.
  bool step();

  std::size_t in_flight() const { return sequences_.size(); }
  const SchedulerCounters& counters() const { return counters_; }
  const KvPages& pages() const { return pages_; }

 private:
  void drop_cancelled();
  void admit();
  bool try_admit(Sequence& sequence, bool& out_of_room);
  bool must_wait_for_leader(Sequence& sequence);
  void forget_leader(const Sequence& leader);
  void plan();
  std::int32_t chunk_of(const Sequence& sequence, std::int32_t budget, std::int32_t raw_budget) const;
  void plan_slice(Sequence& sequence, std::int32_t count);
  bool make_room(Sequence& sequence);
  void put_back(Sequence& sequence);
  void run();
  void settle();
  void settle_sequence(Sequence& sequence);
  std::string deliver_probes(Sequence& sequence, std::int32_t first_position, bool deliver);
  std::string take_token(Sequence& sequence, bool deliver);
  void end(Sequence& sequence, SequenceEnd reason, std::string error = {});
  void forget_ended();

  StepRunner& runner_;
  SequenceListener& listener_;
  SchedulerOptions options_;
  RunnerLimits limits_;
  KvPages pages_;
  std::uint64_t arrivals_ = 0;
  std::unordered_map<SequenceId, std::unique_ptr<Sequence>> sequences_;
  std::vector<Sequence*> running_;  ///< in order of arrival
  std::vector<Sequence*> waiting_;  ///< in order of arrival
  std::vector<Sequence*> ended_;    ///< to be forgotten when the step is over
  bool any_cancelled_ = false;
  StepPlan plan_;
  StepResults results_;
  std::size_t slices_ = 0;  ///< of plan_.batch.sequences in use
  std::int64_t planned_prefill_ = 0, planned_decode_ = 0;
  std::size_t next_sampled_ = 0, next_scored_ = 0, next_raw_ = 0;  ///< results handed out so far
  SchedulerCounters counters_;
};

}  // namespace reckon::engine
