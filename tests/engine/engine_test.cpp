// The whole engine over a tiny model with a tokenizer and a chat template.

#include "engine/engine.h"

#include <cmath>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/engine/generation/tiny_models.h"

namespace reckon::engine {
namespace {

using testing::HasSubstr;

class EngineTest : public testing::Test {
 protected:
  void SetUp() override { folder_ = test::write_tiny_chat_model(); }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<Engine> load(const std::string& model_args = "") const {
    return Engine::load(parse_engine_options(folder_, "load_format=dummy,threads=1," + model_args));
  }
  static EngineCompletion ask(Engine& engine, const EngineRequest& request) {
    engine.submit(request);
    for (;;) {
      for (EngineEvent& event : engine.step()) {
        if (event.kind == EngineEvent::Kind::finished) return std::move(event.completion);
      }
    }
  }
  static EngineRequest question(std::int32_t max_tokens = 12) {
    EngineRequest request;
    request.prompt = "What is six times seven?";
    request.parameters.max_tokens = max_tokens;
    request.parameters.ignore_end_tokens = true;
    return request;
  }

  std::string folder_;
};

TEST_F(EngineTest, RendersTheModelsTemplate) {
  const auto engine = load();
  const json::Document messages = json::parse(R"([{"role":"user","content":"Hi"}])", "test");
  EXPECT_EQ(engine->render_chat(messages), "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n");
  EXPECT_EQ(engine->render_chat(messages, false), "<|im_start|>user\nHi<|im_end|>\n");
  EXPECT_THAT(engine->render_chat(messages, true, R"({"enable_thinking":true})"),
              HasSubstr("assistant\n<think>\n"));
  EXPECT_THAT(load("enable_thinking=true")->render_chat(messages), HasSubstr("assistant\n<think>\n"));
  // Ids of the marks, not of their letters.
  const std::vector<TokenId> tokens = engine->encode_prompt("<|im_start|>user", true);
  ASSERT_EQ(tokens.size(), 5U);
  EXPECT_EQ(tokens[0], 256);
}

TEST_F(EngineTest, SameRequestSameReplyWhateverElseRuns) {
  const auto engine = load();
  const EngineCompletion alone = ask(*engine, question());
  EXPECT_EQ(alone.finish, EngineFinish::length);
  EXPECT_TRUE(alone.truncated);
  EXPECT_EQ(alone.usage.input_tokens, 24);
  EXPECT_EQ(alone.usage.output_tokens, 12);
  const auto busy = load("chunk_tokens=5,max_sequences=4,kv_cache_type=f16");
  for (std::uint64_t id = 1; id < 9; ++id) {
    EngineRequest other = question(30);
    other.id = id;
    other.prompt += std::string(static_cast<std::size_t>(id) * 9, 'x');
    busy->submit(other);
  }
  busy->submit(question());
  std::string streamed;
  EngineCompletion among;
  while (busy->in_flight() > 0) {
    for (EngineEvent& event : busy->step()) {
      if (event.id != 0) continue;
      streamed += event.text;
      if (event.kind == EngineEvent::Kind::finished) among = std::move(event.completion);
    }
  }
  EXPECT_EQ(among.text, alone.text);
  EXPECT_EQ(streamed, alone.text);
}

TEST_F(EngineTest, PromptThatOpensATrace) {
  const auto engine = load();
  EngineRequest request = question();
  request.is_chat = true;
  request.prompt = "<|im_start|>assistant\n<think>\n";
  const EngineCompletion completion = ask(*engine, request);
  ASSERT_TRUE(completion.thinking);
  EXPECT_EQ(completion.usage.reasoning_tokens + completion.usage.answer_tokens,
            completion.usage.output_tokens);
}

TEST_F(EngineTest, ScoresAgreeWithNextTokens) {
  const auto engine = load();
  EngineRequest request = question();
  request.continuations = {" 42", " 7"};
  const EngineCompletion completion = ask(*engine, request);
  ASSERT_EQ(completion.scores.size(), 2U) << completion.error;
  for (std::size_t i = 0; i < 2; ++i) {
    NextTokensRequest wanted;
    wanted.tokens = engine->encode_prompt(request.prompt + request.continuations[i], false);
    wanted.all_positions = true;
    wanted.top_n = 1;
    double sum = 0.0;
    bool greedy = true;
    std::int32_t positions = 0;
    engine->next_tokens(wanted, [&](const NextTokens& next) {
      EXPECT_EQ(next.position, positions++);
      EXPECT_EQ(next.given.has_value(), next.position + 1 < static_cast<std::int32_t>(wanted.tokens.size()));
      if (!next.given || next.position + 1 < 24) return;
      EXPECT_EQ(next.given->token, wanted.tokens[static_cast<std::size_t>(next.position) + 1]);
      sum += static_cast<double>(next.given->logprob);
      greedy = greedy && next.top.at(0).token == next.given->token;
    });
    EXPECT_EQ(completion.scores[i].logprob, sum);
    EXPECT_EQ(completion.scores[i].is_greedy, greedy);
    EXPECT_EQ(completion.scores[i].tokens, std::ssize(request.continuations[i]));
  }
}

TEST_F(EngineTest, WholeRowsAreDistributionsAndHoldTheTop) {
  const auto engine = load();
  NextTokensRequest wanted;
  wanted.tokens = engine->encode_prompt(std::string(150, 'a') + "bcd", false);
  wanted.top_n = 3;
  std::vector<kernels::TokenLogprob> top;
  engine->next_tokens(wanted, [&](const NextTokens& next) { top = next.top; });
  ASSERT_EQ(top.size(), 3U);
  wanted.whole_rows = true;
  wanted.all_positions = true;
  std::int32_t rows = 0;
  std::vector<float> last;
  engine->next_tokens(wanted, [&](const NextTokens& next) {
    EXPECT_EQ(next.position, rows++);
    double sum = 0.0;
    for (const float value : next.logprobs) sum += std::exp(static_cast<double>(value));
    EXPECT_NEAR(sum, 1.0, 1e-4);
    last.assign(next.logprobs.begin(), next.logprobs.end());
  });
  EXPECT_EQ(rows, 153);
  ASSERT_EQ(last.size(), 300U);
  for (const kernels::TokenLogprob& entry : top)
    EXPECT_EQ(last[static_cast<std::size_t>(entry.token)], entry.logprob);
}

TEST_F(EngineTest, RequestsThatCannotBeRunEndAsErrors) {
  const auto engine = load("max_length=40");
  EXPECT_EQ(engine->context_tokens(), 40);
  EXPECT_THAT(ask(*engine, question(0)).error, HasSubstr("at most 0 tokens"));
  EngineRequest empty = question();
  empty.continuations = {""};
  EXPECT_THAT(ask(*engine, empty).error, HasSubstr("no tokens"));
  EngineRequest no_prompt = question();
  no_prompt.prompt.clear();
  EXPECT_THAT(ask(*engine, no_prompt).error, HasSubstr("no tokens"));
  EngineRequest too_long = question();
  too_long.prompt = std::string(40, 'a');
  const EngineCompletion completion = ask(*engine, too_long);
  EXPECT_EQ(completion.finish, EngineFinish::error);
  EXPECT_THAT(completion.error, HasSubstr("context of 40 tokens"));
  EngineRequest fills_context = question(1000);
  EXPECT_EQ(ask(*engine, fills_context).usage.output_tokens, 16);
  NextTokensRequest wanted;
  wanted.tokens = {1, 2, 300};
  EXPECT_THROW(engine->next_tokens(wanted, [](const NextTokens&) {}), Error);
  EXPECT_EQ(ask(*engine, question(3)).usage.output_tokens, 3);
}

TEST_F(EngineTest, CancelledRequestFinishes) {
  const auto engine = load();
  engine->submit(question(400));
  engine->step();
  engine->cancel(0);
  const std::vector<EngineEvent> events = engine->step();
  ASSERT_FALSE(events.empty());
  EXPECT_EQ(events.back().completion.finish, EngineFinish::cancelled);
  EXPECT_EQ(engine->in_flight(), 0U);
}

TEST_F(EngineTest, OptionsThatDoNotFitAreErrors) {
  const auto error_of = [&](const std::string& model_args) -> std::string {
    try {
      load(model_args);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_THAT(error_of("kv_cache_bytes=10"), HasSubstr("raise kv_cache_bytes"));
  EXPECT_THAT(error_of("max_length=5000"), HasSubstr("made for 512 tokens"));
  EXPECT_THAT(error_of("device=gpu"), HasSubstr("gpu"));
  EXPECT_THAT(error_of("chat_template=tool"), HasSubstr("it has default"));
  EXPECT_LE(load("kv_cache_bytes=1M")->kv_cache_bytes(), 1U << 20);
  EXPECT_GT(load("kv_cache_bytes=1M")->kv_cache_bytes(), (1U << 20) - (1U << 17));
}

TEST_F(EngineTest, DividedModelsAnswerTheSameEachTime) {
  const EngineCompletion whole = ask(*load(), question());
  for (const char* size : {"2", "4"}) {
    SCOPED_TRACE(size);
    const auto engine = load("tensor_parallel_size=" + std::string(size));
    EXPECT_EQ(engine->device().count, 1) << "one machine, whatever its threads do";
    const EngineCompletion first = ask(*engine, question());
    EXPECT_EQ(first.usage.output_tokens, whole.usage.output_tokens) << first.error;
    EXPECT_EQ(ask(*load("chunk_tokens=5,tensor_parallel_size=" + std::string(size)), question()).text,
              first.text);
  }
}

TEST_F(EngineTest, SizesThatDoNotDivideTheModelAreErrors) {
  EXPECT_THAT([&] { load("tensor_parallel_size=3"); },
              testing::ThrowsMessage<Error>(HasSubstr("4 attention heads cannot be divided")));
  EXPECT_THAT([&] { load("expert_parallel_size=2"); },
              testing::ThrowsMessage<Error>(HasSubstr("no experts")));
  EXPECT_THROW(load("tensor_parallel_size=0"), Error);
}

}  // namespace
}  // namespace reckon::engine
