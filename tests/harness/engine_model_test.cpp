// The engine behind the Model interface, over a tiny model with drawn weights.

#include "harness/engine_model.h"

#include <filesystem>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "base/json.h"
#include "harness/run_directory.h"
#include "tests/engine/generation/tiny_models.h"

namespace reckon::harness {
namespace {

class EngineModelTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = engine::test::write_tiny_chat_model();
    model_ = make_engine_model(folder_, "load_format=dummy,threads=1", "cpu");
  }
  void TearDown() override {
    model_.reset();
    std::filesystem::remove_all(folder_);
  }

  /// Polls until nothing is in flight; finished events by id, with the text events joined into `streamed_`.
  std::map<RequestId, Completion> drain() {
    std::map<RequestId, Completion> completions;
    for (int i = 0; i < 10000 && model_->in_flight() > 0; ++i) {
      for (ModelEvent& event : model_->poll(0.05)) {
        if (event.kind == ModelEvent::Kind::text) {
          streamed_[event.id] += event.text;
        } else {
          EXPECT_TRUE(completions.emplace(event.id, std::move(event.completion)).second) << "finished twice";
        }
      }
    }
    return completions;
  }

  std::string folder_;
  std::unique_ptr<Model> model_;
  std::map<RequestId, std::string> streamed_;
};

TEST_F(EngineModelTest, AnswersChatAndText) {
  ModelRequest chat;
  chat.id = 1;
  chat.is_chat = true;
  chat.messages = {{"user", "Hi"}};
  chat.gen_prefix = "Well";
  chat.sampling.max_tokens = 5;
  model_->submit(chat);
  ModelRequest text;
  text.id = 2;
  text.text = "2 + 2 =";
  text.sampling.max_tokens = 7;
  model_->submit(text);
  EXPECT_EQ(model_->in_flight(), 2);
  const auto completions = drain();
  ASSERT_EQ(completions.size(), 2U);
  EXPECT_EQ(completions.at(1).prompt, "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nWell");
  EXPECT_EQ(completions.at(2).prompt, "2 + 2 =");
  EXPECT_EQ(completions.at(2).usage.input_tokens, 7);
  for (const auto& [id, completion] : completions) {
    EXPECT_EQ(completion.error, "");
    EXPECT_EQ(streamed_[id], completion.text);
    EXPECT_GT(completion.usage.output_tokens, 0);
    EXPECT_GE(completion.total_seconds, completion.first_token_seconds);
  }
  const ModelCounters counters = model_->counters();
  EXPECT_EQ(counters.prefill_tokens + counters.cached_prompt_tokens,
            completions.at(1).usage.input_tokens + completions.at(2).usage.input_tokens);
  EXPECT_GT(counters.busy_seconds, 0.0);
}

TEST_F(EngineModelTest, ScoresContinuations) {
  ModelRequest request;
  request.id = 3;
  request.text = "The sky is";
  request.continuations = {" blue", " a"};
  model_->submit(request);
  const Completion completion = drain().at(3);
  ASSERT_EQ(completion.scores.size(), 2U) << completion.error;
  EXPECT_EQ(completion.scores[0].tokens, 5);
  EXPECT_EQ(completion.scores[1].tokens, 2);
  EXPECT_LT(completion.scores[0].logprob, 0.0);
}

TEST_F(EngineModelTest, WhatCannotBeRunFinishesAsAnError) {
  ModelRequest request;
  request.id = 4;
  request.text = std::string(5000, 'a');
  model_->submit(request);
  const Completion completion = drain().at(4);
  EXPECT_EQ(completion.finish_reason, FinishReason::error);
  EXPECT_FALSE(completion.error.empty());
  EXPECT_FALSE(completion.retryable);
  request.id = 5;
  request.text = "a";
  model_->submit(request);
  model_->cancel(5);
  EXPECT_EQ(drain().at(5).finish_reason, FinishReason::cancelled);
}

TEST_F(EngineModelTest, IdentityChangesWithWhatChangesResultsOnly) {
  const std::string identity = model_->identity_json();
  const json::Document document = json::parse(identity, "identity");
  EXPECT_STREQ(document["kind"].GetString(), "engine");
  EXPECT_STREQ(document["architecture"].GetString(), "llama");
  EXPECT_THAT(identity, testing::HasSubstr(sha256_file(folder_ + "/config.json")));
  EXPECT_THAT(identity, testing::HasSubstr(sha256_file(folder_ + "/tokenizer.json")));
  const auto with = [&](const std::string& model_args) {
    return make_engine_model(folder_, "load_format=dummy," + model_args, "cpu")->identity_json();
  };
  EXPECT_EQ(with("threads=2,max_sequences=3,chunk_tokens=9,kv_cache_bytes=1M,share_prefixes=false"),
            identity);
  const std::string other_template = folder_ + "/other.jinja";
  write_file_atomically(other_template, "{{ messages[0].content }}");
  const std::pair<std::string, const char*> changing[] = {
      {"activations=float32", "activations"},
      {"kv_cache_type=f32", "kv_cache_type"},
      {"tensor_parallel_size=2", "tensor_parallel_size"},
      {"chat_template=" + other_template, "chat_template_sha"},
      {"enable_thinking=true", "template_variables"},
      {"think_end_token=</thought>", "thinking_markers"},
      {"max_length=64", "context_tokens"},
      {"add_bos_token=true", "add_bos_token"},
      {"num_layers=1", "num_layers"},
  };
  for (const auto& [model_args, field] : changing) {
    const std::vector<std::string> differences =
        json_differences(document, json::parse(with(model_args), "identity"), 10);
    EXPECT_THAT(differences, testing::Contains(testing::StartsWith(field))) << model_args;
  }
  EXPECT_EQ(sha256_hex(model_->chat_template()), document["chat_template_sha"].GetString());
  const json::Document device = json::parse(model_->device_json(), "device");
  EXPECT_STREQ(device["backend"].GetString(), "cpu");
  EXPECT_EQ(device["threads"].GetInt(), 1);
}

}  // namespace
}  // namespace reckon::harness
