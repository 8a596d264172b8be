#include "engine/generation/scheduler.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "base/error.h"

namespace reckon::engine {

namespace {

/// Bounds the memory of a step whose whole rows of log-probabilities are wanted.
constexpr std::int32_t kMaxRawRows = 64;

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

bool arrived_before(const Sequence* left, const Sequence* right) { return left->arrival < right->arrival; }

void insert_by_arrival(std::vector<Sequence*>& list, Sequence* sequence) {
  list.insert(std::upper_bound(list.begin(), list.end(), sequence, arrived_before), sequence);
}

/// How many leading tokens two sequences share, with their roles.
std::int32_t common_prefix(const TokenView& left, const TokenView& right) {
  const auto place =
      std::mismatch(left.tokens.begin(), left.tokens.end(), right.tokens.begin(), right.tokens.end());
  const auto equal = static_cast<std::int32_t>(place.first - left.tokens.begin());
  return left.prompt == right.prompt ? equal : std::min({equal, left.prompt, right.prompt});
}

/// What makes a new sequence impossible to run, or "".
std::string check_sequence(const Sequence& sequence, const RunnerLimits& limits, const KvPages& pages) {
  const SequenceSpec& spec = sequence.spec;
  const std::int64_t length = sequence.length();
  if (length == 0) return "the prompt has no tokens";
  for (const std::vector<TokenId>* tokens : {&sequence.tokens, &spec.targets}) {
    for (const TokenId token : *tokens) {
      if (token < 0 || token >= limits.vocab_size) {
        return fmt::format("token {} is outside the vocabulary of {} tokens", token, limits.vocab_size);
      }
    }
  }
  if (static_cast<std::int64_t>(spec.targets.size()) > length || spec.raw_rows < 0 ||
      spec.raw_rows > length) {
    return "more rows are asked for than the prompt has tokens";
  }
  if (!spec.targets.empty() && spec.raw_rows > 0) return "scores and whole rows are asked for at once";
  const std::int64_t needed = length + (spec.max_new_tokens > 0 ? 1 : 0);
  if (needed > limits.context_tokens) {
    return fmt::format(
        "the prompt has {} tokens, more than the context of {} tokens has room for: raise max_length where "
        "the "
        "model allows it, or ask with fewer examples",
        length, limits.context_tokens);
  }
  if (pages.pages_for(length) > pages.pages()) {
    return fmt::format("the prompt has {} tokens, the whole KV cache has room for {}: raise kv_cache_bytes",
                       length, std::int64_t{pages.pages()} * pages.page_tokens());
  }
  return {};
}

}  // namespace

Scheduler::Scheduler(StepRunner& runner, SequenceListener& listener, const SchedulerOptions& options)
    : runner_(runner),
      listener_(listener),
      options_(options),
      limits_(runner.limits()),
      pages_(limits_.pages, limits_.page_tokens, options.share_prefixes) {
  if (limits_.max_step_tokens < 1) fail_evaluation("scheduler: steps of {} tokens", limits_.max_step_tokens);
  options_.max_sequences = std::clamp(options_.max_sequences, 1, limits_.max_step_tokens);
  options_.chunk_tokens = std::clamp(options_.chunk_tokens, 1, limits_.max_step_tokens);
}

void Scheduler::submit(SequenceId id, SequenceSpec spec) {
  auto owned = std::make_unique<Sequence>();
  Sequence& sequence = *owned;
  if (!sequences_.emplace(id, std::move(owned)).second) fail_evaluation("scheduler: id {} is in use", id);
  sequence.id = id;
  sequence.arrival = ++arrivals_;
  sequence.spec = std::move(spec);
  sequence.tokens = std::move(sequence.spec.tokens);
  sequence.spec.tokens.clear();
  sequence.prompt = sequence.length();
  sequence.report.prompt_tokens = sequence.prompt;
  waiting_.push_back(&sequence);
}

void Scheduler::cancel(SequenceId id) {
  const auto found = sequences_.find(id);
  if (found == sequences_.end()) return;
  found->second->cancelled = true;
  any_cancelled_ = true;
}

bool Scheduler::preempt(SequenceId id) {
  const auto found =
      std::find_if(running_.begin(), running_.end(), [id](const Sequence* s) { return s->id == id; });
  if (found == running_.end()) return false;
  put_back(**found);
  return true;
}

bool Scheduler::step() {
  const auto start = std::chrono::steady_clock::now();
  const bool had_work = !sequences_.empty();
  if (any_cancelled_) drop_cancelled();
  admit();
  plan();
  if (slices_ > 0) {
    run();
    settle();
  }
  forget_ended();
  if (had_work) counters_.busy_seconds += seconds_since(start);
  return had_work;
}

void Scheduler::drop_cancelled() {
  any_cancelled_ = false;
  for (std::vector<Sequence*>* list : {&running_, &waiting_}) {
    for (Sequence* sequence : *list) {
      if (sequence->cancelled) end(*sequence, SequenceEnd::cancelled);
    }
    std::erase_if(*list, [](const Sequence* sequence) { return sequence->ended; });
  }
}

// --- Admission

void Scheduler::admit() {
  std::size_t kept = 0;
  bool out_of_room = false;
  for (std::size_t i = 0; i < waiting_.size(); ++i) {
    Sequence& sequence = *waiting_[i];
    out_of_room = out_of_room || running_.size() >= static_cast<std::size_t>(options_.max_sequences);
    if (out_of_room && kept == i) return;  // nothing has moved, nothing more can
    if (out_of_room || !try_admit(sequence, out_of_room)) waiting_[kept++] = &sequence;
  }
  waiting_.resize(kept);
}

/// True: the sequence waits no longer (it runs now, or has ended).
bool Scheduler::try_admit(Sequence& sequence, bool& out_of_room) {
  if (!sequence.admitted_before) {
    std::string error = check_sequence(sequence, limits_, pages_);
    if (!error.empty()) {
      end(sequence, SequenceEnd::error, std::move(error));
      return true;
    }
  }
  if (must_wait_for_leader(sequence)) return false;
  // Room for one more page of each sequence that runs: admission shall not lead to pre-emption at once.
  const auto spare = static_cast<std::int32_t>(running_.size());
  PageCopy copy;
  if (!pages_.open(sequence.table, sequence.view(), sequence.first_needed_row(), sequence.length(), spare,
                   copy)) {
    out_of_room = true;
    return false;
  }
  if (copy.to >= 0) runner_.copy_page(copy.to, copy.from);
  if (!sequence.admitted_before) {
    sequence.admitted_before = true;
    sequence.report.cached_tokens = sequence.computed();
    counters_.cached_prompt_tokens += sequence.computed();
    if (has_penalties(sequence.spec.sampling))
      sequence.seen.add_prompt(sequence.spec.sampling, sequence.tokens);
  }
  insert_by_arrival(running_, &sequence);
  return true;
}

bool Scheduler::must_wait_for_leader(Sequence& sequence) {
  if (!options_.share_prefixes) return false;
  if (sequence.leader != nullptr) {
    if (sequence.leader->computed() < sequence.leader_tokens) return true;
    sequence.leader = nullptr;
  }
  std::int32_t matched = -1;
  for (Sequence* other : running_) {
    if (!other->is_prefilling()) continue;
    const std::int32_t shared =
        std::min(common_prefix(sequence.view(), other->view()), sequence.first_needed_row());
    if (shared <= other->computed()) continue;
    if (matched < 0) matched = pages_.match_length(sequence.view(), sequence.first_needed_row());
    if (shared - matched < limits_.page_tokens) continue;
    other->leads = true;
    sequence.leader = other;
    sequence.leader_tokens = std::min(pages_.pages_for(shared) * limits_.page_tokens, other->length());
    return true;
  }
  return false;
}

void Scheduler::forget_leader(const Sequence& leader) {
  if (!leader.leads) return;
  for (Sequence* sequence : waiting_) {
    if (sequence->leader == &leader) sequence->leader = nullptr;
  }
}

// --- The plan of a step

void Scheduler::plan() {
  plan_.clear();
  slices_ = 0;
  planned_prefill_ = planned_decode_ = 0;
  next_sampled_ = next_scored_ = next_raw_ = 0;
  std::int32_t answering = 0;
  for (Sequence* sequence : running_) {
    sequence->new_tokens = 0;
    if (!sequence->is_prefilling()) ++answering;
  }
  std::int32_t budget = std::min(options_.chunk_tokens, limits_.max_step_tokens - answering);
  std::int32_t raw_budget = kMaxRawRows;
  // In order of arrival: pages are taken from the back, from sequences that are not planned yet.
  for (std::size_t i = 0; i < running_.size();) {
    Sequence& sequence = *running_[i];
    if (sequence.is_prefilling()) {
      const std::int32_t count = chunk_of(sequence, budget, raw_budget);
      if (count > 0) {
        const std::size_t raw_before = plan_.raw_rows.size();
        plan_slice(sequence, count);
        raw_budget -= static_cast<std::int32_t>(plan_.raw_rows.size() - raw_before);
        budget -= count;
        planned_prefill_ += count;
      }
    } else if (make_room(sequence)) {
      plan_slice(sequence, 1);
      ++planned_decode_;
    } else {
      continue;  // it is no longer in the list
    }
    ++i;
  }
  plan_.batch.sequences.resize(slices_);
}

/// How many tokens of a prompt go into this step.
std::int32_t Scheduler::chunk_of(const Sequence& sequence, std::int32_t budget,
                                 std::int32_t raw_budget) const {
  const std::int32_t count = std::min(sequence.length() - sequence.computed(), budget);
  if (sequence.spec.raw_rows == 0) return count;
  const std::int32_t first_raw = sequence.length() - sequence.spec.raw_rows;
  const std::int32_t before = std::max(0, first_raw - sequence.computed());
  return std::min(count, before + raw_budget);
}

void Scheduler::plan_slice(Sequence& sequence, std::int32_t count) {
  kernels::RaggedBatch& batch = plan_.batch;
  if (slices_ == batch.sequences.size()) batch.sequences.emplace_back();
  kernels::SequenceSlice& slice = batch.sequences[slices_++];
  const std::int32_t first = sequence.computed();
  slice.first_token = static_cast<std::int32_t>(batch.token_ids.size());
  slice.token_count = count;
  slice.first_position = first;
  const auto pages = static_cast<std::size_t>(pages_.pages_for(first + count));
  slice.pages.assign(sequence.table.pages.begin(),
                     sequence.table.pages.begin() + static_cast<std::ptrdiff_t>(pages));
  sequence.first_row = slice.first_token;
  sequence.new_tokens = count;
  const std::int32_t length = sequence.length();
  const std::int32_t first_target = length - static_cast<std::int32_t>(sequence.spec.targets.size());
  const std::int32_t first_raw = length - sequence.spec.raw_rows;
  for (std::int32_t position = first; position < first + count; ++position) {
    const std::int32_t row = slice.first_token + position - first;
    batch.token_ids.push_back(sequence.tokens[static_cast<std::size_t>(position)]);
    batch.positions.push_back(position);
    batch.roles.push_back(position < sequence.prompt ? kernels::TokenRole::prompt
                                                     : kernels::TokenRole::generated);
    if (sequence.spec.max_new_tokens > 0) continue;
    if (position >= first_target) {
      plan_.scored_rows.push_back(row);
      plan_.targets.push_back(sequence.spec.targets[static_cast<std::size_t>(position - first_target)]);
      plan_.score_top_n = std::max(plan_.score_top_n, sequence.spec.score_top_n);
    }
    if (position >= first_raw) plan_.raw_rows.push_back(row);
  }
  if (sequence.spec.max_new_tokens > 0 && first + count == length) {
    plan_.sampled_rows.push_back(slice.first_token + count - 1);
    sequence.spec.sampling.position = length;
    plan_.sampling.push_back(std::move(sequence.spec.sampling));  // taken back in take_token()
  }
}

/// Gets a page for the next token, if need be from the latest arrivals. False: the sequence had to go itself.
bool Scheduler::make_room(Sequence& sequence) {
  while (!pages_.reserve(sequence.table, sequence.length())) {
    if (pages_.pages_for(sequence.length()) > pages_.pages()) {
      end(sequence, SequenceEnd::error,
          fmt::format(
              "after {} tokens of prompt and {} of answer the sequence needs more than the whole KV cache, "
              "which has room for {}: raise kv_cache_bytes",
              sequence.prompt, sequence.report.generated_tokens,
              std::int64_t{pages_.pages()} * pages_.page_tokens()));
      std::erase(running_, &sequence);
      return false;
    }
    Sequence& latest = *running_.back();
    put_back(latest);
    if (&latest == &sequence) return false;
  }
  return true;
}

/// From running to waiting. What it has computed stays cached as long as nobody needs the room.
void Scheduler::put_back(Sequence& sequence) {
  ++counters_.preemptions;
  forget_leader(sequence);
  sequence.leads = false;
  pages_.commit(sequence.table, sequence.view(), sequence.computed(), true);
  pages_.close(sequence.table, sequence.length());
  std::erase(running_, &sequence);
  insert_by_arrival(waiting_, &sequence);
}

void Scheduler::run() {
  const auto start = std::chrono::steady_clock::now();
  runner_.run(plan_, results_);
  const double seconds = seconds_since(start);
  const double prefill_share =
      static_cast<double>(planned_prefill_) / static_cast<double>(planned_prefill_ + planned_decode_);
  counters_.run_seconds += seconds;
  counters_.prefill_seconds += seconds * prefill_share;
  counters_.decode_seconds += seconds * (1.0 - prefill_share);
  counters_.prefill_tokens += planned_prefill_;
  counters_.decode_tokens += planned_decode_;
  ++counters_.steps;
}

}  // namespace reckon::engine
