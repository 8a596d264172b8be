#include "engine/generation/request_tracker.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "engine/generation/scheduler.h"

namespace reckon::engine {
namespace {

kernels::SamplingRow sampling_row(const GenerationParameters& parameters) {
  kernels::SamplingRow row;
  row.temperature = static_cast<float>(parameters.temperature);
  row.top_k = parameters.top_k;
  row.top_p = static_cast<float>(parameters.top_p);
  row.min_p = static_cast<float>(parameters.min_p);
  row.repetition_penalty = static_cast<float>(parameters.repetition_penalty);
  row.presence_penalty = static_cast<float>(parameters.presence_penalty);
  row.frequency_penalty = static_cast<float>(parameters.frequency_penalty);
  row.seed = parameters.seed;
  return row;
}

/// The tokens that are run for a pair: all but the last one, whose successor nobody asks for.
SequenceSpec scoring_spec(const EncodedPair& pair) {
  SequenceSpec spec;
  spec.tokens = pair.context;
  spec.tokens.insert(spec.tokens.end(), pair.continuation.begin(), pair.continuation.end() - 1);
  spec.targets = pair.continuation;
  return spec;
}

EngineFinish finish_of(SequenceEnd end) {
  switch (end) {
    case SequenceEnd::done:
      return EngineFinish::stop;
    case SequenceEnd::length:
      return EngineFinish::length;
    case SequenceEnd::cancelled:
      return EngineFinish::cancelled;
    case SequenceEnd::error:
      return EngineFinish::error;
  }
  return EngineFinish::error;
}

}  // namespace

RequestTracker::RequestTracker(const Tokenizer& tokenizer, ThinkingMarkers markers,
                               std::vector<TokenId> stop_tokens)
    : tokenizer_(tokenizer), markers_(std::move(markers)), stop_tokens_(std::move(stop_tokens)) {
  EncodeOptions options;
  options.add_special_tokens = false;
  close_tokens_ = tokenizer.encode(markers_.close, options);
}

double RequestTracker::seconds_since_submit(const Request& request) const {
  return std::chrono::duration<double>(Clock::now() - request.submitted).count();
}

void RequestTracker::submit(Scheduler& scheduler, const EngineRequest& request, std::vector<TokenId> prompt,
                            std::vector<EncodedPair> pairs) {
  auto owned = std::make_unique<Request>();
  Request& record = *owned;
  if (!requests_.emplace(request.id, std::move(owned)).second) {
    fail_evaluation("request {} is in flight already", request.id);
  }
  record.id = request.id;
  record.submitted = Clock::now();
  record.ignore_end_tokens = request.parameters.ignore_end_tokens;
  record.max_thinking_tokens = request.parameters.max_thinking_tokens;
  record.sums_scores = request.rolling;
  std::vector<SequenceSpec> specs;
  if (pairs.empty()) {
    record.text = std::make_unique<CompletionText>(
        tokenizer_, markers_, opens_thinking(request.prompt, request.reply_prefix, markers_),
        request.parameters.until);
    SequenceSpec spec;
    spec.tokens = std::move(prompt);
    spec.max_new_tokens = request.parameters.max_tokens;
    spec.sampling = sampling_row(request.parameters);
    specs.push_back(std::move(spec));
  } else {
    for (const EncodedPair& pair : pairs) {
      specs.push_back(scoring_spec(pair));
      record.completion.scores.push_back({0.0, true, static_cast<std::int64_t>(pair.continuation.size())});
    }
  }
  record.open_sequences = specs.size();
  for (std::size_t i = 0; i < specs.size(); ++i) {
    const SequenceId id = next_sequence_++;
    record.sequences.push_back(id);
    places_[id] = {&record, i};
    scheduler.submit(id, std::move(specs[i]));
  }
}

void RequestTracker::refuse(const EngineRequest& request, const std::string& error) {
  EngineEvent event;
  event.id = request.id;
  event.completion.finish = EngineFinish::error;
  event.completion.error = error;
  events_.push_back(std::move(event));
}

void RequestTracker::cancel(Scheduler& scheduler, std::uint64_t id) {
  const auto found = requests_.find(id);
  if (found == requests_.end()) return;
  for (const SequenceId sequence : found->second->sequences) scheduler.cancel(sequence);
}

std::vector<EngineEvent> RequestTracker::take_events() { return std::exchange(events_, {}); }

void RequestTracker::note_first_token(Request& request) {
  if (request.has_first_token) return;
  request.has_first_token = true;
  request.completion.first_token_seconds = seconds_since_submit(request);
}

void RequestTracker::show_new_text(Request& request) {
  std::string fresh = request.text->take_new();
  if (fresh.empty()) return;
  EngineEvent event;
  event.kind = EngineEvent::Kind::text;
  event.id = request.id;
  event.text = std::move(fresh);
  events_.push_back(std::move(event));
}

TokenId RequestTracker::choose_token(SequenceId id, TokenId drawn) {
  Request& request = *places_.at(id).request;
  const bool under_way = request.forced_tokens > 0 && request.forced_tokens < close_tokens_.size();
  const bool used_up = request.max_thinking_tokens > 0 && request.forced_tokens == 0 &&
                       request.text->is_inside_thinking() &&
                       request.text->tokens() >= request.max_thinking_tokens && !close_tokens_.empty();
  if (!under_way && !used_up) return drawn;
  request.completion.forced_close = true;
  return close_tokens_[request.forced_tokens++];
}

bool RequestTracker::on_token(SequenceId id, const kernels::SampledRow& row) {
  Request& request = *places_.at(id).request;
  note_first_token(request);
  const bool ends = std::find(stop_tokens_.begin(), stop_tokens_.end(), row.token) != stop_tokens_.end();
  if (ends && !request.ignore_end_tokens) {
    request.text->push_end_token();
    return false;
  }
  const bool goes_on = request.text->push(row.token);
  if (request.forced_tokens > 0 && request.forced_tokens == close_tokens_.size()) {
    request.text->close_for_good();
  }
  show_new_text(request);
  return goes_on;
}

void RequestTracker::on_score(SequenceId id, std::size_t, const kernels::ScoredRow& row) {
  const Place& place = places_.at(id);
  note_first_token(*place.request);
  EngineScore& score = place.request->completion.scores[place.continuation];
  score.logprob += static_cast<double>(row.logprob);
  score.is_greedy = score.is_greedy && row.is_greedy;
}

void RequestTracker::on_end(SequenceId id, const SequenceReport& report) {
  const auto found = places_.find(id);
  Request& request = *found->second.request;
  places_.erase(found);
  EngineCompletion& completion = request.completion;
  completion.usage.input_tokens += report.prompt_tokens;
  completion.usage.cached_input_tokens += report.cached_tokens;
  if (request.text) finish_text(request, report.end);
  // Of several continuations the first failure names the reason, and cancelling counts only without one.
  const bool is_worse = report.end == SequenceEnd::error ? completion.finish != EngineFinish::error
                                                         : completion.finish == EngineFinish::stop;
  if (is_worse) {
    completion.finish = finish_of(report.end);
    completion.error = report.error;
  }
  if (--request.open_sequences == 0) finish(request);
}

void RequestTracker::finish_text(Request& request, SequenceEnd end) {
  CompletionText& text = *request.text;
  text.finish();
  show_new_text(request);
  EngineCompletion& completion = request.completion;
  completion.text = text.text();
  completion.thinking = text.thinking();
  completion.answer = text.answer();
  completion.truncated =
      end == SequenceEnd::length || (end == SequenceEnd::done && text.is_inside_thinking());
  completion.usage.output_tokens = text.tokens();
  completion.usage.reasoning_tokens = text.reasoning_tokens();
  completion.usage.answer_tokens = text.answer_tokens();
}

void RequestTracker::finish(Request& request) {
  request.completion.total_seconds = seconds_since_submit(request);
  std::vector<EngineScore>& scores = request.completion.scores;
  if (request.completion.finish == EngineFinish::error ||
      request.completion.finish == EngineFinish::cancelled) {
    scores.clear();
  }
  if (request.sums_scores) {
    for (std::size_t i = 1; i < scores.size(); ++i) {
      scores[0].logprob += scores[i].logprob;
      scores[0].is_greedy = scores[0].is_greedy && scores[i].is_greedy;
      scores[0].tokens += scores[i].tokens;
    }
    scores.resize(std::min<std::size_t>(scores.size(), 1));
  }
  EngineEvent event;
  event.id = request.id;
  event.completion = std::move(request.completion);
  events_.push_back(std::move(event));
  requests_.erase(request.id);
}

}  // namespace reckon::engine
