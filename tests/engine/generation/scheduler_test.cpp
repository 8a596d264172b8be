#include "engine/generation/scheduler.h"

#include <random>

#include <gtest/gtest.h>

#include "tests/engine/generation/fake_runner.h"

namespace reckon::engine {
namespace {

using test::alone;
using test::FakeModel;
using test::FakeRunner;
using test::Outcome;
using test::Recorder;

std::vector<TokenId> tokens_from(std::uint64_t seed, std::size_t count, std::int32_t vocab = 50) {
  std::vector<TokenId> tokens;
  for (std::size_t i = 0; i < count; ++i) {
    tokens.push_back(static_cast<TokenId>(1 + test::mix(seed, i) % static_cast<std::uint64_t>(vocab - 1)));
  }
  return tokens;
}

SequenceSpec generate(std::vector<TokenId> tokens, std::int32_t max_new, std::uint64_t seed = 1) {
  SequenceSpec spec;
  spec.tokens = std::move(tokens);
  spec.max_new_tokens = max_new;
  spec.sampling.temperature = 1.0F;
  spec.sampling.seed = seed;
  return spec;
}

struct Bench {
  explicit Bench(const RunnerLimits& limits, const SchedulerOptions& options = {}, const FakeModel& fake = {})
      : model(fake), runner(fake, limits), scheduler(runner, recorder, options) {}

  /// Runs until nothing is left; false: it does not come to an end.
  bool drain(std::int64_t max_steps = 100000) {
    for (std::int64_t i = 0; i < max_steps; ++i) {
      if (!scheduler.step()) return true;
      scheduler.pages().check();
    }
    return false;
  }

  FakeModel model;
  FakeRunner runner;
  Recorder recorder;
  Scheduler scheduler;
};

RunnerLimits limits_of(std::int32_t pages, std::int32_t page_tokens, std::int32_t max_step = 600,
                       std::int64_t context = 1 << 20) {
  RunnerLimits limits;
  limits.pages = pages;
  limits.page_tokens = page_tokens;
  limits.max_step_tokens = max_step;
  limits.context_tokens = context;
  return limits;
}

TEST(Scheduler, OneSequenceGivesWhatItGivesAlone) {
  Bench bench(limits_of(100, 4));
  const SequenceSpec spec = generate(tokens_from(1, 37), 20);
  const Outcome expected = alone(bench.model, spec, 1 << 20);
  bench.scheduler.submit(0, spec);
  ASSERT_TRUE(bench.drain());
  EXPECT_EQ(bench.recorder.of(0).tokens, expected.tokens);
  EXPECT_EQ(bench.recorder.of(0).report.end, expected.report.end);
  EXPECT_EQ(bench.recorder.of(0).report.prompt_tokens, 37);
  EXPECT_EQ(bench.scheduler.pages().held(), 0);
}

TEST(Scheduler, SharedPrefixIsComputedOnceEvenWhenAllArriveAtOnce) {
  Bench bench(limits_of(400, 8));
  const std::vector<TokenId> prefix = tokens_from(5, 205);
  std::int64_t unique = 0;
  for (SequenceId id = 0; id < 30; ++id) {
    std::vector<TokenId> tokens = prefix;
    // The first own token differs, so nothing beyond the prefix is shared.
    tokens.push_back(static_cast<TokenId>(id + 1));
    for (const TokenId token : tokens_from(100 + id, 10)) tokens.push_back(token);
    unique += 11;
    bench.scheduler.submit(id, generate(std::move(tokens), 1, id));
  }
  ASSERT_TRUE(bench.drain());
  EXPECT_EQ(bench.runner.tokens_run, 205 + unique);
  EXPECT_EQ(bench.scheduler.counters().cached_prompt_tokens, 29 * 205);
  EXPECT_EQ(bench.recorder.of(0).report.cached_tokens, 0);
  EXPECT_EQ(bench.recorder.of(7).report.cached_tokens, 205);
}

TEST(Scheduler, WithoutSharingEveryPromptIsComputed) {
  SchedulerOptions options;
  options.share_prefixes = false;
  Bench bench(limits_of(400, 8), options);
  const std::vector<TokenId> prompt = tokens_from(5, 40);
  for (SequenceId id = 0; id < 5; ++id) bench.scheduler.submit(id, generate(prompt, 1, id));
  ASSERT_TRUE(bench.drain());
  EXPECT_EQ(bench.runner.tokens_run, 200);
  EXPECT_EQ(bench.runner.copies, 0);
  EXPECT_EQ(bench.scheduler.counters().cached_prompt_tokens, 0);
}

TEST(Scheduler, GeneratedTokensAreNeverTakenForPromptTokens) {
  // The second prompt is the first one with its answer: the answer's pages hold the role generated.
  Bench bench(limits_of(100, 4));
  const SequenceSpec first = generate(tokens_from(9, 12), 24);
  bench.scheduler.submit(0, first);
  for (int i = 0; i < 20; ++i) bench.scheduler.step();
  std::vector<TokenId> longer = first.tokens;
  const std::vector<TokenId> answer = bench.recorder.of(0).tokens;
  ASSERT_GE(answer.size(), 4U) << "choose another seed";
  longer.insert(longer.end(), answer.begin(), answer.end());
  const SequenceSpec second = generate(longer, 5);
  bench.scheduler.submit(1, second);
  ASSERT_TRUE(bench.drain());
  EXPECT_EQ(bench.recorder.of(1).report.cached_tokens, 12);
  EXPECT_EQ(bench.recorder.of(1).tokens, alone(bench.model, second, 1 << 20).tokens);
}

TEST(Scheduler, PreemptsTheLatestArrivalAndLosesNothing) {
  Bench bench(limits_of(8, 4));
  std::vector<SequenceSpec> specs;
  FakeModel endless = bench.model;
  for (SequenceId id = 0; id < 3; ++id) {
    specs.push_back(generate(tokens_from(20 + id, 6), 18, id));
    bench.scheduler.submit(id, specs.back());
  }
  ASSERT_TRUE(bench.drain());
  EXPECT_GT(bench.scheduler.counters().preemptions, 0);
  for (SequenceId id = 0; id < 3; ++id) {
    EXPECT_EQ(bench.recorder.of(id).tokens, alone(endless, specs[id], 1 << 20).tokens) << id;
  }
}

TEST(Scheduler, SequenceTooLongForTheWholeCacheIsAnError) {
  FakeModel model;
  model.vocab = 5000;  // so that no answer ends early
  Bench bench(limits_of(3, 4), {}, model);
  bench.scheduler.submit(0, generate(tokens_from(1, 13), 5));
  // Fits at first, outgrows the cache later (this seed does not stop early).
  const SequenceSpec growing = generate(tokens_from(2, 8), 40, 3);
  ASSERT_GT(alone(bench.model, growing, 1 << 20).tokens.size(), 6U) << "choose another seed";
  bench.scheduler.submit(1, growing);
  bench.scheduler.submit(2, generate(tokens_from(3, 5), 2));
  ASSERT_TRUE(bench.drain());
  EXPECT_EQ(bench.recorder.of(0).report.end, SequenceEnd::error);
  EXPECT_NE(bench.recorder.of(0).report.error.find("kv_cache_bytes"), std::string::npos);
  EXPECT_EQ(bench.recorder.of(1).report.end, SequenceEnd::error);
  EXPECT_EQ(bench.recorder.of(1).report.generated_tokens, 5);
  EXPECT_NE(bench.recorder.of(2).report.end, SequenceEnd::error);
  EXPECT_EQ(bench.scheduler.pages().held(), 0);
}

TEST(Scheduler, ContextBoundsPromptAndAnswer) {
  Bench bench(limits_of(100, 4, 600, 16));
  bench.scheduler.submit(0, generate(tokens_from(1, 16), 5));
  bench.scheduler.submit(1, generate(tokens_from(2, 12), 50, 3));
  SequenceSpec probe;
  probe.tokens = tokens_from(4, 16);
  probe.targets = {5};
  bench.scheduler.submit(2, probe);
  ASSERT_TRUE(bench.drain());
  EXPECT_EQ(bench.recorder.of(0).report.end, SequenceEnd::error);
  EXPECT_NE(bench.recorder.of(0).report.error.find("context of 16 tokens"), std::string::npos);
  EXPECT_EQ(bench.recorder.of(1).report.end, SequenceEnd::length);
  EXPECT_EQ(bench.recorder.of(1).tokens.size(), 4U);
  EXPECT_EQ(bench.recorder.of(2).report.end, SequenceEnd::done);
}

TEST(Scheduler, NonFiniteValuesFailOnlyTheirSequence) {
  FakeModel model;
  model.poison = 33;
  SchedulerOptions options;
  options.chunk_tokens = 7;
  Bench bench(limits_of(100, 4), options, model);
  std::vector<TokenId> bad = {1, 2, 3, 4, 5, 6, 7, 33, 9, 10};
  std::vector<TokenId> good = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  bench.scheduler.submit(0, generate(bad, 5));
  bench.scheduler.submit(1, generate(good, 1));
  bench.scheduler.submit(2, generate(bad, 5));
  SequenceSpec probe;
  probe.tokens = bad;
  probe.targets = {1, 1, 1, 1};
  bench.scheduler.submit(3, probe);
  SequenceSpec fine;
  fine.tokens = good;
  fine.targets = {1, 1, 1, 1};
  bench.scheduler.submit(4, fine);
  ASSERT_TRUE(bench.drain());
  for (const SequenceId id : {0, 2, 3}) {
    EXPECT_EQ(bench.recorder.of(id).report.end, SequenceEnd::error) << id;
    EXPECT_NE(bench.recorder.of(id).report.error.find("layer 3"), std::string::npos) << id;
    EXPECT_TRUE(bench.recorder.of(id).tokens.empty());
  }
  EXPECT_EQ(bench.recorder.of(1).tokens, alone(model, generate(good, 1), 1 << 20).tokens);
  EXPECT_EQ(bench.recorder.of(4).scores, alone(model, fine, 1 << 20).scores);
}

TEST(Scheduler, BadTokensAreRefused) {
  Bench bench(limits_of(100, 4));
  bench.scheduler.submit(0, generate({1, 2, 50}, 5));
  bench.scheduler.submit(1, generate({}, 5));
  bench.scheduler.submit(2, generate({1, -1}, 5));
  ASSERT_TRUE(bench.drain());
  for (const SequenceId id : {0, 1, 2}) EXPECT_EQ(bench.recorder.of(id).report.end, SequenceEnd::error) << id;
}

TEST(Scheduler, CancelledSequencesGiveTheirPagesBack) {
  Bench bench(limits_of(100, 4));
  for (SequenceId id = 0; id < 4; ++id) bench.scheduler.submit(id, generate(tokens_from(id, 30), 1000, id));
  bench.scheduler.step();
  for (SequenceId id = 0; id < 4; ++id) bench.scheduler.cancel(id);
  bench.scheduler.cancel(77);
  ASSERT_TRUE(bench.drain(3));
  for (SequenceId id = 0; id < 4; ++id) EXPECT_EQ(bench.recorder.of(id).report.end, SequenceEnd::cancelled);
  EXPECT_EQ(bench.scheduler.pages().held(), 0);
}

TEST(Scheduler, PenaltiesSeeWhatAFreshCountWouldSee) {
  Bench bench(limits_of(12, 4));
  std::vector<SequenceSpec> specs;
  for (SequenceId id = 0; id < 3; ++id) {
    SequenceSpec spec = generate(tokens_from(40 + id, 9), 16, id);
    spec.sampling.repetition_penalty = 1.1F;
    specs.push_back(spec);
    bench.scheduler.submit(id, spec);
  }
  ASSERT_TRUE(bench.drain());
  for (SequenceId id = 0; id < 3; ++id) {
    EXPECT_EQ(bench.recorder.of(id).tokens, alone(bench.model, specs[id], 1 << 20).tokens) << id;
  }
}

TEST(Scheduler, MixedStepsAreDividedByTheirTokens) {
  Bench bench(limits_of(100, 4));
  bench.scheduler.submit(0, generate(tokens_from(1, 10), 8, 3));
  ASSERT_TRUE(bench.drain());
  const SchedulerCounters& counters = bench.scheduler.counters();
  EXPECT_EQ(counters.prefill_tokens, 10);
  EXPECT_EQ(counters.decode_tokens, bench.recorder.of(0).report.generated_tokens - 1);
  EXPECT_EQ(counters.steps, bench.runner.steps);
  EXPECT_GE(counters.busy_seconds, counters.run_seconds);
}

// Random schedules: arrivals, budgets, chunks, cancels and forced pre-emption must never show in a result.
class RandomSchedules : public testing::TestWithParam<int> {};

TEST_P(RandomSchedules, GiveWhatEachSequenceGivesAlone) {
  for (int round = 0; round < 250; ++round) {
    std::mt19937_64 random(static_cast<std::uint64_t>(GetParam() * 1000 + round));
    const auto pick = [&](int low, int high) {
      return low + static_cast<int>(random() % static_cast<std::uint64_t>(high - low + 1));
    };
    FakeModel model;
    model.vocab = pick(10, 60);
    if (pick(0, 4) == 0) model.poison = pick(1, 9);
    const RunnerLimits limits = limits_of(pick(2, 40), pick(1, 9), pick(1, 40), pick(10, 120));
    SchedulerOptions options;
    options.max_sequences = pick(1, 9);
    options.chunk_tokens = pick(1, 30);
    options.share_prefixes = pick(0, 3) != 0;
    Bench bench(limits, options, model);
    const int count = pick(1, 20);
    std::vector<SequenceSpec> specs;
    std::vector<bool> cancelled(static_cast<std::size_t>(count), false);
    for (int i = 0; i < count; ++i) {
      std::vector<TokenId> tokens = tokens_from(static_cast<std::uint64_t>(pick(0, 2)),
                                                static_cast<std::size_t>(pick(0, 40)), model.vocab);
      for (const TokenId token : tokens_from(random(), static_cast<std::size_t>(pick(1, 12)), model.vocab)) {
        tokens.push_back(token);
      }
      SequenceSpec spec = generate(tokens, pick(1, 40), static_cast<std::uint64_t>(pick(0, 3)));
      if (pick(0, 3) == 0) spec.sampling.frequency_penalty = 0.5F;
      if (pick(0, 3) == 0) {
        spec.max_new_tokens = 0;
        const int rows = pick(0, 1) == 0 ? 0 : pick(1, static_cast<int>(tokens.size()));
        for (int r = 0; r < rows; ++r) spec.targets.push_back(pick(0, model.vocab - 1));
        if (rows == 0) spec.raw_rows = pick(0, static_cast<int>(tokens.size()));
      }
      specs.push_back(std::move(spec));
    }
    int submitted = 0;
    std::int64_t steps = 0;
    while (submitted < count || bench.scheduler.in_flight() > 0) {
      while (submitted < count && pick(0, 2) == 0) {
        bench.scheduler.submit(static_cast<SequenceId>(submitted),
                               specs[static_cast<std::size_t>(submitted)]);
        ++submitted;
      }
      if (submitted > 0 && pick(0, 30) == 0) {
        const auto victim = static_cast<std::size_t>(pick(0, submitted - 1));
        bench.scheduler.cancel(victim);
        cancelled[victim] = true;
      }
      if (submitted > 0 && pick(0, 20) == 0)
        bench.scheduler.preempt(static_cast<SequenceId>(pick(0, submitted - 1)));
      bench.scheduler.step();
      ASSERT_NO_THROW(bench.scheduler.pages().check());
      ASSERT_LT(++steps, 50000) << "no end in sight";
    }
    ASSERT_EQ(bench.recorder.ended, static_cast<std::size_t>(count));
    ASSERT_EQ(bench.scheduler.pages().held(), 0);
    for (int i = 0; i < count; ++i) {
      const auto index = static_cast<std::size_t>(i);
      const SequenceSpec& spec = specs[index];
      const Outcome& got = bench.recorder.of(index);
      const Outcome expected = alone(model, spec, limits.context_tokens);
      SCOPED_TRACE("round " + std::to_string(round) + ", sequence " + std::to_string(i));
      if (got.report.end == SequenceEnd::cancelled) {
        ASSERT_TRUE(cancelled[index]);
        continue;
      }
      const auto length = static_cast<std::int64_t>(spec.tokens.size());
      const std::int64_t last = length + std::max<std::int64_t>(0, std::ssize(expected.tokens) - 1);
      const bool too_long = length + (spec.max_new_tokens > 0 ? 1 : 0) > limits.context_tokens;
      const bool too_big = bench.scheduler.pages().pages_for(last) > limits.pages;
      const bool poisoned =
          std::find(spec.tokens.begin(), spec.tokens.end(), model.poison) != spec.tokens.end() ||
          expected.report.end == SequenceEnd::error;
      if (too_long || too_big || poisoned) {
        ASSERT_EQ(got.report.end, SequenceEnd::error) << got.report.error;
        ASSERT_FALSE(got.report.error.empty());
        continue;
      }
      ASSERT_EQ(got.report.end, expected.report.end) << got.report.error;
      ASSERT_EQ(got.tokens, expected.tokens);
      ASSERT_EQ(got.scores, expected.scores);
      ASSERT_EQ(got.raw, expected.raw);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomSchedules, testing::Range(0, 12));

}  // namespace
}  // namespace reckon::engine
