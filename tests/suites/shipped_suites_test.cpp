// The suites that are shipped: they load, their prompts are what they say, and the real data fits them.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "base/files.h"
#include "tests/suites/suite_test_support.h"

namespace reckon::suites {
namespace {

using reckon::test::source_file;

TEST(ShippedSuites, AllLoadWithoutData) {
  const Catalogue catalogue({}, source_file("suites/tasks"), {});
  std::size_t tasks = 0;
  for (const CatalogueEntry& entry : catalogue.entries()) {
    ASSERT_FALSE(catalogue.load(entry.name).empty()) << entry.name;
    if (entry.kind == "task") {
      EXPECT_NE(entry.summary, "") << entry.name;
      ++tasks;
    }
  }
  EXPECT_GE(tasks, 9U);
  EXPECT_EQ(catalogue.load("demo").size(), 3U);
  EXPECT_EQ(catalogue.load("bbh").size(), 27U);
}

TEST(ShippedSuites, NoneCutsThinkingShort) {
  const Catalogue catalogue({}, source_file("suites/tasks"), {});
  for (const CatalogueEntry& entry : catalogue.entries()) {
    const bool written = entry.kind == "task" && !entry.name.starts_with("demo_") &&
                         catalogue.load(entry.name).at(0)->output_type() == OutputType::generate_until;
    if (written) {
      EXPECT_GE(catalogue.load(entry.name).at(0)->generation().max_gen_toks, 4096) << entry.name;
    }
  }
}

TEST(ShippedSuites, Gsm8kHasEightExamplesThatGradeAsRight) {
  const std::unique_ptr<Catalogue> catalogue = test::shipped_with_data();
  if (!catalogue) {
    GTEST_SKIP() << "no benchmark data";
  }
  const std::shared_ptr<Task> task = catalogue->load("gsm8k").at(0);
  ASSERT_EQ(task->samples().size(), 1319U);
  EXPECT_EQ(task->samples()[0].target, "18");
  const std::string text = task->prompt(0, {}).text;
  EXPECT_TRUE(text.starts_with("Q: A baker puts 6 rolls"));
  EXPECT_TRUE(text.ends_with("farmers' market?\nA:"));
  std::size_t examples = 0;
  for (std::size_t at = text.find("The answer is "); at != std::string::npos;
       at = text.find("The answer is ", at + 1)) {
    ++examples;
  }
  EXPECT_EQ(examples, 8U);
  EXPECT_TRUE(
      task->grade(task->samples()[0], " She sells 9 eggs for 9 * 2 = $18. The answer is 18.").correct);
  EXPECT_FALSE(task->grade(task->samples()[0], " The answer is 26.").correct);
}

TEST(ShippedSuites, GoldAnswersGradeAsRight) {
  const std::unique_ptr<Catalogue> catalogue = test::shipped_with_data();
  if (!catalogue) {
    GTEST_SKIP() << "no benchmark data";
  }
  for (const char* name : {"gsm8k", "gsm8k_chat", "math500", "bbh_date_understanding",
                           "bbh_multistep_arithmetic_two", "bbh_object_counting"}) {
    const std::shared_ptr<Task> task = catalogue->load(name).at(0);
    const bool boxed = task->prefers_chat().value_or(false);
    for (const Sample& sample : task->samples()) {
      const std::string reply =
          boxed ? "Thus \\boxed{" + sample.target + "}." : "So the answer is " + sample.target + ".";
      const Verdict verdict = task->grade(sample, reply);
      EXPECT_TRUE(verdict.correct) << name << " " << sample.doc_id << ": " << verdict.why;
      EXPECT_FALSE(task->grade(sample, "I cannot say").correct) << name << " " << sample.doc_id;
    }
  }
}

TEST(ShippedSuites, GeneratedGoldAnswersGradeAsRight) {
  const Catalogue catalogue({}, source_file("suites/tasks"), {});
  const std::vector<std::shared_ptr<Task>> tasks = catalogue.load("generated");
  ASSERT_EQ(tasks.size(), 12U);
  for (const std::shared_ptr<Task>& task : tasks) {
    if (task->name() == "generated_program_repair")
      continue;  // runs code: tests/sandbox/generated_repairs_test.cpp
    task->set_generator(20, 5, 3);
    ASSERT_EQ(task->samples().size(), 20U) << task->name();
    for (const Sample& sample : task->samples()) {
      const Verdict verdict = task->grade(sample, "So it is \\boxed{" + sample.target + "}.");
      EXPECT_TRUE(verdict.correct) << task->name() << ": " << sample.doc << ": " << verdict.why;
      EXPECT_FALSE(task->grade(sample, "I cannot say.").correct) << task->name();
    }
    ASSERT_EQ(task->data_files().size(), 1U);
    EXPECT_NE(task->data_files()[0].path.find("n=20&seed=5&difficulty=3"), std::string::npos);
  }
}

TEST(ShippedSuites, AimeAndMinervaGradeTheirGoldAnswersAsRight) {
  const std::unique_ptr<Catalogue> catalogue = test::shipped_with_data();
  if (!catalogue) {
    GTEST_SKIP() << "no benchmark data";
  }
  const std::shared_ptr<Task> aime = catalogue->load("aime24").at(0);
  ASSERT_EQ(aime->samples().size(), 30U);
  for (const Sample& sample : aime->samples()) {
    EXPECT_TRUE(aime->grade(sample, "\\boxed{" + sample.target + "}").correct) << sample.target;
  }
  const std::shared_ptr<Task> minerva = catalogue->load("minerva_math").at(0);
  ASSERT_EQ(minerva->samples().size(), 5000U);
  for (std::size_t i = 0; i < 300; ++i) {
    const Sample& sample = minerva->samples()[i];
    const Verdict verdict = minerva->grade(
        sample, "Final Answer: The final answer is $" + sample.target + "$. I hope it is correct.");
    EXPECT_TRUE(verdict.correct) << sample.target << ": " << verdict.why;
  }
}

TEST(ShippedSuites, MmluIsAGroupOfFiftySevenSubjects) {
  const Catalogue catalogue({}, source_file("suites/tasks"), {});
  EXPECT_EQ(catalogue.load("mmlu").size(), 57U);
  EXPECT_EQ(catalogue.load("mmlu_anatomy").at(0)->missing_splits(5).size(), 2U);
  EXPECT_EQ(catalogue.load("mmlu_anatomy").at(0)->missing_splits(0).at(0).folder, "cais/mmlu/anatomy");
}

TEST(ShippedSuites, Math500AsksAsDeepSeekR1Does) {
  const std::unique_ptr<Catalogue> catalogue = test::shipped_with_data();
  if (!catalogue) {
    GTEST_SKIP() << "no benchmark data";
  }
  const std::shared_ptr<Task> task = catalogue->load("math500").at(0);
  PromptOptions options;
  options.apply_chat_template = true;
  const Prompt prompt = task->prompt(0, options);
  ASSERT_EQ(prompt.messages.size(), 1U) << "no system prompt";
  EXPECT_EQ(prompt.messages[0].role, "user");
  EXPECT_TRUE(prompt.messages[0].content.ends_with(
      "\nPlease reason step by step, and put your final answer within \\boxed{}."));
  EXPECT_EQ(task->generation().max_gen_toks, 32768);
  EXPECT_EQ(task->generation().temperature, 0.6);
}

TEST(ShippedSuites, DemoSuitesFitTheirData) {
  DataLocations locations;
  locations.share_data_folder = source_file("suites/data");
  const Catalogue catalogue({}, source_file("suites/tasks"), locations);
  for (const char* name : {"demo_arithmetic", "demo_logic", "demo_code"}) {
    if (!std::filesystem::exists(source_file("suites/data/" + std::string(name) + ".jsonl"))) {
      GTEST_SKIP() << "no suites/data/" << name << ".jsonl";
    }
    const std::shared_ptr<Task> task = catalogue.load(name).at(0);
    ASSERT_GE(task->samples().size(), 200U) << name;
    std::size_t wrong_accepted = 0;
    for (std::size_t i = 0; i < task->samples().size(); ++i) {
      const Sample& sample = task->samples()[i];
      const Verdict verdict = task->grade(sample, "\\boxed{" + sample.target + "}");
      EXPECT_TRUE(verdict.correct) << name << " " << i << ": " << verdict.why << " (" << verdict.extracted
                                   << ")";
      const Sample& other = task->samples()[(i + 1) % task->samples().size()];
      wrong_accepted +=
          other.target != sample.target && task->grade(sample, "\\boxed{" + other.target + "}").correct ? 1
                                                                                                        : 0;
    }
    EXPECT_EQ(wrong_accepted, 0U) << name;
  }
}

}  // namespace
}  // namespace reckon::suites
