#pragma once
// A model whose next token is a hash of everything before it, read back through the pages of the KV cache:
// one wrong page, copy, role or position changes every later token. Cheap enough for thousands of random
// schedules.

#include <cstdint>
#include <set>
#include <span>
#include <stdexcept>
#include <vector>

#include "engine/generation/step_runner.h"

namespace reckon::engine::test {

constexpr std::uint64_t kPoison = 0xDEADULL;  ///< what a non-finite key looks like

inline std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  std::uint64_t x = a * 0x9E3779B97F4A7C15ULL + b + 0x632BE59BD9B4E019ULL;
  x ^= x >> 29;
  x *= 0xBF58476D1CE4E5B9ULL;
  x ^= x >> 32;
  return x;
}

/// The arithmetic of the fake model, on a plain array of keys: the reference that a sequence alone would
/// give.
struct FakeModel {
  std::int32_t vocab = 50;
  TokenId poison = -1;  ///< this token makes everything from itself on non-finite

  /// The key of a token after `keys`.
  template <typename KeyAt>
  std::uint64_t key(TokenId token, bool generated, std::int32_t position, const KeyAt& key_at) const {
    if (token == poison) return kPoison;
    std::uint64_t state = mix(static_cast<std::uint64_t>(token), generated ? 2 : 1);
    for (std::int32_t i = 0; i < position; ++i) {
      const std::uint64_t other = key_at(i);
      if (other == kPoison) return kPoison;
      state += mix(other, static_cast<std::uint64_t>(i));
    }
    return mix(state, static_cast<std::uint64_t>(position));
  }
  kernels::SampledRow sample(std::uint64_t key, const kernels::SamplingRow& row) const {
    std::uint64_t state = mix(mix(key, row.seed), static_cast<std::uint64_t>(row.position));
    for (const auto& [token, count] : row.seen) {
      state = mix(state, static_cast<std::uint64_t>(token) * 1000 + static_cast<std::uint64_t>(count));
    }
    kernels::SampledRow result;
    result.token = static_cast<std::int32_t>(state % static_cast<std::uint64_t>(vocab));
    result.logprob = -static_cast<float>(state % 1000) / 100.0F;
    return result;
  }
  kernels::ScoredRow score(std::uint64_t key, TokenId target) const {
    kernels::ScoredRow result;
    const std::uint64_t state = mix(key, static_cast<std::uint64_t>(target));
    result.logprob = -static_cast<float>(state % 1000) / 100.0F;
    result.is_greedy = state % 2 == 0;
    return result;
  }
  float raw(std::uint64_t key, std::int32_t token) const {
    return static_cast<float>(mix(key, static_cast<std::uint64_t>(token)) % 4096);
  }
};

class FakeRunner : public StepRunner {
 public:
  FakeRunner(const FakeModel& model, const RunnerLimits& limits) : model_(model), limits_(limits) {
    limits_.vocab_size = model.vocab;
    keys_.assign(static_cast<std::size_t>(limits.pages) * static_cast<std::size_t>(limits.page_tokens), 0);
  }

  RunnerLimits limits() const override { return limits_; }

  void copy_page(std::int32_t to, std::int32_t from) override {
    for (std::int32_t i = 0; i < limits_.page_tokens; ++i) slot(to, i) = slot(from, i);
    ++copies;
  }

  void run(const StepPlan& plan, StepResults& results) override {
    const kernels::RaggedBatch& batch = plan.batch;
    const auto total = static_cast<std::int32_t>(batch.token_ids.size());
    if (total == 0 || total > limits_.max_step_tokens) throw std::logic_error("step of a wrong size");
    std::vector<std::uint64_t> row_keys(batch.token_ids.size(), 0);
    results.first_bad.assign(batch.token_ids.size(), -1);
    std::set<std::int32_t> written;
    std::int32_t next = 0;
    for (const kernels::SequenceSlice& slice : batch.sequences) {
      if (slice.first_token != next || slice.token_count < 1) throw std::logic_error("slices do not follow");
      next += slice.token_count;
      const auto key_at = [&](std::int32_t p) {
        return slot(slice.pages.at(static_cast<std::size_t>(p / limits_.page_tokens)),
                    p % limits_.page_tokens);
      };
      std::set<std::int32_t> own;
      for (std::int32_t i = 0; i < slice.token_count; ++i) {
        const auto row = static_cast<std::size_t>(slice.first_token + i);
        const std::int32_t position = slice.first_position + i;
        if (batch.positions[row] != position) throw std::logic_error("wrong position");
        const bool generated = batch.roles[row] == kernels::TokenRole::generated;
        const std::uint64_t key = model_.key(batch.token_ids[row], generated, position, key_at);
        const std::int32_t page = slice.pages.at(static_cast<std::size_t>(position / limits_.page_tokens));
        own.insert(page);
        slot(page, position % limits_.page_tokens) = key;
        row_keys[row] = key;
        if (key == kPoison) results.first_bad[row] = 3;
        ++tokens_run;
      }
      for (const std::int32_t page : own) {
        if (!written.insert(page).second) throw std::logic_error("two sequences write one page");
      }
    }
    if (next != total) throw std::logic_error("tokens of no sequence");
    const auto key_of = [&](std::int32_t row) { return row_keys.at(static_cast<std::size_t>(row)); };
    results.sampled.clear();
    for (std::size_t i = 0; i < plan.sampled_rows.size(); ++i) {
      results.sampled.push_back(model_.sample(key_of(plan.sampled_rows[i]), plan.sampling.at(i)));
    }
    results.scored.clear();
    for (std::size_t i = 0; i < plan.scored_rows.size(); ++i) {
      results.scored.push_back(model_.score(key_of(plan.scored_rows[i]), plan.targets.at(i)));
    }
    results.raw.clear();
    for (const std::int32_t row : plan.raw_rows) {
      for (std::int32_t token = 0; token < model_.vocab; ++token) {
        results.raw.push_back(model_.raw(key_of(row), token));
      }
    }
    ++steps;
  }

  std::string non_finite_place(std::int32_t first_bad) const override {
    return "layer " + std::to_string(first_bad);
  }

  std::int64_t steps = 0;
  std::int64_t tokens_run = 0;
  std::int64_t copies = 0;

 private:
  std::uint64_t& slot(std::int32_t page, std::int32_t index) {
    return keys_.at(static_cast<std::size_t>(page) * static_cast<std::size_t>(limits_.page_tokens) +
                    static_cast<std::size_t>(index));
  }

  FakeModel model_;
  RunnerLimits limits_;
  std::vector<std::uint64_t> keys_;
};

/// What a sequence gave, and what it must give.
struct Outcome {
  std::vector<TokenId> tokens;
  std::vector<float> scores;
  std::vector<float> raw;
  SequenceReport report;
  bool ended = false;
};

/// Keeps everything; ends a sequence at token 0.
class Recorder : public SequenceListener {
 public:
  bool on_token(SequenceId id, const kernels::SampledRow& row) override {
    of(id).tokens.push_back(row.token);
    return row.token != 0;
  }
  void on_score(SequenceId id, std::size_t index, const kernels::ScoredRow& row) override {
    if (of(id).scores.size() != index) throw std::logic_error("scores out of order");
    of(id).scores.push_back(row.logprob);
  }
  void on_raw(SequenceId id, std::size_t index, std::span<const float> logprobs) override {
    if (of(id).raw.size() != index * logprobs.size()) throw std::logic_error("raw rows out of order");
    of(id).raw.insert(of(id).raw.end(), logprobs.begin(), logprobs.end());
  }
  void on_end(SequenceId id, const SequenceReport& report) override {
    if (of(id).ended) throw std::logic_error("ended twice");
    of(id).ended = true;
    of(id).report = report;
    ++ended;
  }
  Outcome& of(SequenceId id) {
    if (id >= outcomes.size()) outcomes.resize(id + 1);
    return outcomes[id];
  }

  std::vector<Outcome> outcomes;
  std::size_t ended = 0;
};

/// The outcome of a sequence computed alone, without pages.
inline Outcome alone(const FakeModel& model, const SequenceSpec& spec, std::int64_t context) {
  Outcome outcome;
  std::vector<std::uint64_t> keys;
  const auto key_at = [&](std::int32_t p) { return keys[static_cast<std::size_t>(p)]; };
  const auto feed = [&](TokenId token, bool generated) {
    keys.push_back(model.key(token, generated, static_cast<std::int32_t>(keys.size()), key_at));
  };
  for (const TokenId token : spec.tokens) feed(token, false);
  const std::size_t length = spec.tokens.size();
  for (std::size_t i = 0; i < spec.targets.size(); ++i) {
    outcome.scores.push_back(model.score(keys[length - spec.targets.size() + i], spec.targets[i]).logprob);
  }
  for (std::size_t i = length - static_cast<std::size_t>(spec.raw_rows); i < length; ++i) {
    for (std::int32_t token = 0; token < model.vocab; ++token)
      outcome.raw.push_back(model.raw(keys[i], token));
  }
  kernels::SamplingRow row = spec.sampling;
  SeenTokens seen;
  if (has_penalties(row)) seen.add_prompt(row, spec.tokens);
  outcome.report.end = spec.max_new_tokens > 0 ? SequenceEnd::length : SequenceEnd::done;
  for (std::int32_t i = 0; i < spec.max_new_tokens && static_cast<std::int64_t>(length) + i < context; ++i) {
    if (i > 0) feed(outcome.tokens.back(), true);
    if (keys.back() == kPoison) {
      outcome.report.end = SequenceEnd::error;
      return outcome;
    }
    row.position = static_cast<std::int32_t>(keys.size());
    outcome.tokens.push_back(model.sample(keys.back(), row).token);
    if (has_penalties(row)) seen.add_generated(row, outcome.tokens.back());
    if (outcome.tokens.back() == 0) {
      outcome.report.end = SequenceEnd::done;
      break;
    }
  }
  return outcome;
}

}  // namespace reckon::engine::test
