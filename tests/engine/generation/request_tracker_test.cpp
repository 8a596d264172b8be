#include "engine/generation/request_tracker.h"

#include <gtest/gtest.h>

#include "engine/generation/scheduler.h"
#include "tests/engine/generation/fake_runner.h"
#include "tests/engine/generation/piece_tokenizer.h"

namespace reckon::engine {
namespace {

using test::FakeModel;
using test::FakeRunner;
using test::PieceTokenizer;

/// A model that says what a script tells it, whatever it was asked: token `position` of the reply.
class ScriptRunner : public FakeRunner {
 public:
  ScriptRunner(const FakeModel& model, const RunnerLimits& limits, std::vector<TokenId> script,
               std::int32_t prompt)
      : FakeRunner(model, limits), script_(std::move(script)), prompt_(prompt) {}
  void run(const StepPlan& plan, StepResults& results) override {
    FakeRunner::run(plan, results);
    for (std::size_t i = 0; i < results.sampled.size(); ++i) {
      results.sampled[i].token = script_.at(static_cast<std::size_t>(plan.sampling[i].position - prompt_));
    }
  }

 private:
  std::vector<TokenId> script_;
  std::int32_t prompt_;
};

struct Bench {
  explicit Bench(const std::string& says, std::string prompt_text = "question")
      : prompt(std::move(prompt_text)),
        tokenizer({"*<|end|>", "<think>", "</think>"}),
        tracker(tokenizer, {}, {256}),
        runner(model(), limits(), tokenizer.encode(says, {}), static_cast<std::int32_t>(prompt.size())),
        scheduler(runner, tracker) {}

  static FakeModel model() {
    FakeModel fake;
    fake.vocab = 259;
    return fake;
  }
  static RunnerLimits limits() {
    RunnerLimits limits;
    limits.pages = 100;
    limits.page_tokens = 4;
    limits.max_step_tokens = 300;
    limits.context_tokens = 1000;
    return limits;
  }
  std::vector<EngineEvent> ask(EngineRequest request, const std::vector<EncodedPair>& pairs = {}) {
    request.prompt = prompt;
    std::vector<TokenId> tokens;
    for (const char c : prompt) tokens.push_back(static_cast<unsigned char>(c));
    tracker.submit(scheduler, request, tokens, pairs);
    std::vector<EngineEvent> events;
    while (scheduler.step()) {
      for (EngineEvent& event : tracker.take_events()) events.push_back(std::move(event));
    }
    EXPECT_EQ(tracker.in_flight(), 0U);
    return events;
  }

  std::string prompt;
  PieceTokenizer tokenizer;
  RequestTracker tracker;
  ScriptRunner runner;
  Scheduler scheduler;
};

TEST(RequestTracker, StreamsTextAndFinishes) {
  Bench bench("<think>hm</think> 42<|end|>rest");
  EngineRequest request;
  request.id = 9;
  const std::vector<EngineEvent> events = bench.ask(request);
  std::string streamed;
  for (const EngineEvent& event : events) {
    EXPECT_EQ(event.id, 9U);
    if (event.kind == EngineEvent::Kind::text) streamed += event.text;
  }
  ASSERT_EQ(events.back().kind, EngineEvent::Kind::finished);
  const EngineCompletion& completion = events.back().completion;
  EXPECT_EQ(completion.finish, EngineFinish::stop);
  EXPECT_EQ(completion.text, "<think>hm</think> 42");
  EXPECT_EQ(streamed, completion.text);
  EXPECT_EQ(completion.thinking, "hm");
  EXPECT_EQ(completion.answer, "42");
  EXPECT_FALSE(completion.truncated);
  EXPECT_EQ(completion.usage.input_tokens, 8);
  EXPECT_EQ(completion.usage.output_tokens, 8);
  EXPECT_EQ(completion.usage.reasoning_tokens, 4);
  EXPECT_EQ(completion.usage.answer_tokens, 4);
  EXPECT_GT(completion.first_token_seconds, 0.0);
  EXPECT_GE(completion.total_seconds, completion.first_token_seconds);
}

TEST(RequestTracker, AThinkingBudgetClosesTheTrace) {
  // Of what the model would say, the token behind the budget is replaced by the closing marker.
  Bench bench("<think>abcdefg 42<|end|>");
  EngineRequest request;
  request.parameters.max_thinking_tokens = 4;
  const EngineCompletion closed = bench.ask(request).back().completion;
  EXPECT_TRUE(closed.forced_close);
  EXPECT_EQ(closed.thinking, "abc");
  EXPECT_EQ(closed.answer, "efg 42");
  EXPECT_FALSE(closed.truncated);
  Bench again("<think>abcdefg</think>42<|end|>");
  request.parameters.max_thinking_tokens = 100;
  const EngineCompletion whole = again.ask(request).back().completion;
  EXPECT_FALSE(whole.forced_close);
  EXPECT_EQ(whole.thinking, "abcdefg");
  EXPECT_EQ(whole.answer, "42");
}

TEST(RequestTracker, AThinkingBudgetLeavesAnswersAlone) {
  Bench bench("123456789<|end|>");
  EngineRequest request;
  request.parameters.max_thinking_tokens = 2;
  const EngineCompletion completion = bench.ask(request).back().completion;
  EXPECT_FALSE(completion.forced_close);
  EXPECT_EQ(completion.answer, "123456789");
}

TEST(RequestTracker, TokenLimitTruncates) {
  Bench bench("12345<|end|>");
  EngineRequest request;
  request.parameters.max_tokens = 3;
  const EngineCompletion completion = bench.ask(request).back().completion;
  EXPECT_EQ(completion.finish, EngineFinish::length);
  EXPECT_TRUE(completion.truncated);
  EXPECT_EQ(completion.answer, "123");
}

TEST(RequestTracker, TraceThatNeverClosesIsTruncated) {
  Bench bench("hm 42<|end|>", "question<think>");
  const EngineCompletion completion = bench.ask({}).back().completion;
  EXPECT_EQ(completion.finish, EngineFinish::stop);
  EXPECT_TRUE(completion.truncated);
  EXPECT_EQ(completion.answer, "");
  EXPECT_EQ(completion.thinking, "hm 42");
}

TEST(RequestTracker, StopStringEndsTheReply) {
  Bench bench("so 42.\nQ: next<|end|>");
  EngineRequest request;
  request.parameters.until = {"\nQ:"};
  const EngineCompletion completion = bench.ask(request).back().completion;
  EXPECT_EQ(completion.finish, EngineFinish::stop);
  EXPECT_EQ(completion.text, "so 42.");
  EXPECT_FALSE(completion.truncated);
}

TEST(RequestTracker, ScoresAreSummedForEachContinuation) {
  Bench bench("x");
  EngineRequest request;
  request.continuations = {"ab", "c"};
  const std::vector<EncodedPair> pairs = {{{'q', 'r', 's', 't', 'u'}, {'a', 'b'}},
                                          {{'q', 'r', 's', 't', 'u'}, {'c'}}};
  const EngineCompletion completion = bench.ask(request, pairs).back().completion;
  ASSERT_EQ(completion.scores.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    SequenceSpec spec;
    spec.tokens = pairs[i].context;
    spec.tokens.insert(spec.tokens.end(), pairs[i].continuation.begin(), pairs[i].continuation.end() - 1);
    spec.targets = pairs[i].continuation;
    double expected = 0.0;
    for (const float score : test::alone(Bench::model(), spec, 1000).scores)
      expected += static_cast<double>(score);
    EXPECT_DOUBLE_EQ(completion.scores[i].logprob, expected);
    EXPECT_EQ(completion.scores[i].tokens, std::ssize(pairs[i].continuation));
  }
  EXPECT_EQ(completion.usage.output_tokens, 0);
  EXPECT_EQ(completion.usage.input_tokens, 11);
}

TEST(RequestTracker, RefusedAndCancelledRequestsFinish) {
  Bench bench("12345<|end|>");
  EngineRequest request;
  request.id = 4;
  bench.tracker.refuse(request, "no");
  const std::vector<EngineEvent> events = bench.tracker.take_events();
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].completion.finish, EngineFinish::error);
  EXPECT_EQ(events[0].completion.error, "no");
  bench.tracker.submit(bench.scheduler, request, {1, 2, 3}, {});
  bench.tracker.cancel(bench.scheduler, 4);
  bench.scheduler.step();
  const std::vector<EngineEvent> cancelled = bench.tracker.take_events();
  ASSERT_EQ(cancelled.size(), 1U);
  EXPECT_EQ(cancelled[0].completion.finish, EngineFinish::cancelled);
}

}  // namespace
}  // namespace reckon::engine
