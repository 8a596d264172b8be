#include "harness/scripted_model.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/support/shared_data.h"

namespace reckon::harness {
namespace {

std::vector<ModelEvent> drain(Model& model) {
  std::vector<ModelEvent> all;
  while (model.in_flight() > 0) {
    for (ModelEvent& event : model.poll(1.0)) all.push_back(std::move(event));
  }
  return all;
}

ModelRequest question(RequestId id, const std::string& text) {
  ModelRequest request;
  request.id = id;
  request.text = text;
  return request;
}

TEST(ScriptedModel, RepliesByPartOfThePromptAndRepeatsItself) {
  const test::TemporaryFolder folder;
  const std::string script = folder.write(
      "s.json", R"({"replies": {"two plus two": "<think>easy</think>4"}, "default_reply": "no {hash}"})");
  ScriptedModel model(script);
  model.submit(question(1, "what is two plus two?"));
  model.submit(question(2, "else"));
  for (const ModelEvent& event : drain(model)) {
    if (event.id == 1) {
      EXPECT_EQ(event.completion.answer, "4");
      EXPECT_EQ(event.completion.thinking, "<think>easy");
    } else {
      ScriptedModel again(script);
      again.submit(question(3, "else"));
      EXPECT_EQ(drain(again).front().completion.text, event.completion.text);
    }
  }
}

TEST(ScriptedModel, FailsAsTheScriptSaysAndSucceedsWhenTriedAgain) {
  const test::TemporaryFolder folder;
  ScriptedModel model(folder.write("s.json", R"({"error_every": 1, "error_retryable": true})"));
  model.submit(question(1, "q"));
  const auto first = drain(model);
  EXPECT_EQ(first.front().completion.finish_reason, FinishReason::error);
  EXPECT_TRUE(first.front().completion.retryable);
  model.submit(question(2, "q"));
  EXPECT_EQ(drain(model).front().completion.finish_reason, FinishReason::stop);
}

TEST(ScriptedModel, ACancelledRequestStillEnds) {
  const test::TemporaryFolder folder;
  ScriptedModel model(folder.write("s.json", R"({"delay_seconds": 1000})"));
  model.submit(question(1, "q"));
  model.cancel(1);
  EXPECT_EQ(drain(model).front().completion.finish_reason, FinishReason::cancelled);
}

TEST(ScriptedModel, RefusesUnknownKeys) {
  const test::TemporaryFolder folder;
  EXPECT_THROW(ScriptedModel(folder.write("s.json", R"({"default_replay": "x"})")), Error);
}

}  // namespace
}  // namespace reckon::harness
