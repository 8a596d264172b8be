// Prompts and few-shot draws against what lm-evaluation-harness 0.4.13 builds (golden/make_prompts.py).

#include <gtest/gtest.h>

#include "base/error.h"
#include "suites/prompts/prompt_turns.h"
#include "tests/suites/suite_test_support.h"

namespace reckon::suites {
namespace {

using reckon::test::source_file;
using test::error_of;
using test::WrittenTask;

const char* const kFolder = "tests/suites/golden/prompts/";

std::shared_ptr<Task> golden_task(const std::string& name) {
  const Catalogue catalogue({}, "", DataLocations{});
  return catalogue.load(source_file(kFolder + name + ".yaml")).at(0);
}

std::string as_json(const Prompt& prompt) {
  json::Document document;
  document.SetArray();
  json::Allocator& allocator = document.GetAllocator();
  // lm-evaluation-harness asks for a generation prompt unless a gen_prefix stands at the end, as a message of
  // its own.
  document.PushBack(prompt.gen_prefix.empty(), allocator);
  json::Value messages(rapidjson::kArrayType);
  std::vector<Message> all = prompt.messages;
  if (!prompt.gen_prefix.empty()) {
    all.push_back({"assistant", prompt.gen_prefix});
  }
  for (const Message& message : all) {
    json::Value object(rapidjson::kObjectType);
    object.AddMember("role", json::string(message.role, allocator), allocator);
    object.AddMember("content", json::string(message.content, allocator), allocator);
    messages.PushBack(object, allocator);
  }
  document.PushBack(messages, allocator);
  return json::dump(document);
}

void compare(const std::string& name, const std::string& mode, const json::Value& items) {
  SCOPED_TRACE(name + " " + mode);
  const std::shared_ptr<Task> task = golden_task(name);
  PromptOptions options;
  options.apply_chat_template = !mode.starts_with("text");
  options.fewshot_as_multiturn = mode.starts_with("multiturn");
  options.system_instruction = mode.ends_with("+system") ? "Be brief." : "";
  for (rapidjson::SizeType i = 0; i < items.Size(); ++i) {
    const Prompt prompt = task->prompt(i, options);
    const json::Value& expected = items[i];
    if (options.apply_chat_template) {
      EXPECT_EQ(as_json(prompt), json::dump(expected["context"])) << "document " << i;
    } else {
      EXPECT_EQ(prompt.text, expected["context"].GetString()) << "document " << i;
    }
    if (expected.HasMember("continuations")) {
      std::vector<std::string> continuations;
      for (const json::Value& item : expected["continuations"].GetArray()) {
        continuations.emplace_back(item.GetString());
      }
      EXPECT_EQ(prompt.continuations, continuations) << "document " << i;
    }
  }
}

TEST(Prompt, IsThatOfLmEvaluationHarness) {
  const json::Document golden = json::parse_file(source_file(std::string(kFolder) + "golden.json"));
  std::size_t compared = 0;
  for (const auto& task : golden.GetObject()) {
    for (const auto& mode : task.value.GetObject()) {
      compare(task.name.GetString(), mode.name.GetString(), mode.value);
      compared += mode.value.Size();
    }
  }
  EXPECT_GE(compared, 300U);
}

TEST(Prompt, DrawsDoNotDependOnTheOrderOfCalls) {
  const std::shared_ptr<Task> forward = golden_task("same_split");
  const std::shared_ptr<Task> backward = golden_task("same_split");
  const PromptOptions options;
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < 12; ++i) {
    texts.push_back(forward->prompt(i, options).text);
  }
  for (std::size_t i = 12; i-- > 0;) {
    EXPECT_EQ(backward->prompt(i, options).text, texts[i]);
  }
}

TEST(Prompt, SeedsAndCountsDrawApart) {
  const std::shared_ptr<Task> task = golden_task("train_split");
  PromptOptions options;
  const std::vector<std::int64_t> first = task->prompt(0, options).fewshot_ids;
  options.seed = 99;
  EXPECT_NE(task->prompt(0, options).fewshot_ids, first);
  options.seed = 1234;
  options.num_fewshot = 2;
  EXPECT_EQ(task->prompt(0, options).fewshot_ids.size(), 2U);
  options.num_fewshot = 0;
  EXPECT_TRUE(task->prompt(0, options).fewshot_ids.empty());
  options.num_fewshot.reset();
  EXPECT_EQ(task->prompt(0, options).fewshot_ids, first);
}

TEST(Prompt, TooFewExamplesAreAnErrorThatSaysHowMany) {
  PromptOptions options;
  options.num_fewshot = 40;
  const std::string message = error_of([&] { golden_task("same_split")->prompt(0, options); });
  EXPECT_NE(message.find("40 few-shot examples"), std::string::npos) << message;
  EXPECT_NE(message.find("29"), std::string::npos) << message;
}

TEST(Prompt, WithoutAPoolAnExampleCannotBeAskedFor) {
  WrittenTask written("task: t\nreckon: {dataset: rows.jsonl}\ndoc_to_text: q\ndoc_to_target: a\n",
                      "{\"q\":\"1\",\"a\":\"2\"}\n");
  PromptOptions options;
  options.num_fewshot = 1;
  EXPECT_NE(error_of([&] { written.task().prompt(0, options); }).find("fewshot_split"), std::string::npos);
  EXPECT_EQ(written.task().prompt(0, {}).text, "1");
}

TEST(PromptTurns, JoinsWithADelimiterOnlyWhereNoSpaceStands) {
  EXPECT_EQ(join_delimited("a", "b", "\n\n"), "a\n\nb");
  EXPECT_EQ(join_delimited("a ", "b", "\n\n"), "a b");
  EXPECT_EQ(join_delimited("", "b", "\n\n"), "b");
  EXPECT_EQ(join_delimited("a", "", "\n\n"), "a");
}

}  // namespace
}  // namespace reckon::suites
