// Real completions with the verdicts that were published with them: grading must reproduce each.

#include <gtest/gtest.h>

#include "base/files.h"
#include "tests/suites/suite_test_support.h"

namespace reckon::suites {
namespace {

// 4 models, each 1,319 completions of GSM8K with `is_correct` (openai/grade-school-math).
TEST(PublishedOutputs, Gsm8kVerdictsAreReproduced) {
  const std::optional<std::string> path =
      reckon::test::shared_data("outputs/gsm8k_openai/example_model_solutions.jsonl");
  const std::unique_ptr<Catalogue> catalogue = test::shipped_with_data();
  if (!path || !catalogue) {
    GTEST_SKIP() << "no published outputs";
  }
  const std::shared_ptr<Task> task = catalogue->load("gsm8k").at(0);
  const std::string text = read_file(*path);
  std::size_t doc_id = 0;
  std::size_t begin = 0;
  std::map<std::string, int> right;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const json::Document row = json::parse(std::string_view(text).substr(begin, end - begin), *path);
    begin = end + 1;
    ASSERT_LT(doc_id, task->samples().size());
    const Sample& sample = task->samples()[doc_id];
    ASSERT_NE(sample.doc.find(json::dump(row["question"])), std::string::npos)
        << "document " << doc_id << " is another question";
    for (const char* model : {"6b_finetuning", "6b_verification", "175b_finetuning", "175b_verification"}) {
      const Verdict verdict = task->grade(sample, row[model]["solution"].GetString());
      EXPECT_EQ(verdict.correct, row[model]["is_correct"].GetBool())
          << model << ", document " << doc_id << ": " << verdict.why << " (rule " << verdict.rule << ")";
      right[model] += verdict.correct ? 1 : 0;
    }
    ++doc_id;
  }
  EXPECT_EQ(doc_id, 1319U);
  EXPECT_EQ(right["6b_finetuning"], 286);
  EXPECT_EQ(right["6b_verification"], 515);
  EXPECT_EQ(right["175b_finetuning"], 458);
  EXPECT_EQ(right["175b_verification"], 742);
}

// 3 tasks of 250 completions of BIG-Bench Hard; the prompts stand beside them.
TEST(PublishedOutputs, BbhAccuracyAndPromptsAreReproduced) {
  const std::unique_ptr<Catalogue> catalogue = test::shipped_with_data();
  for (const std::string name : {"date_understanding", "multistep_arithmetic_two", "object_counting"}) {
    const std::optional<std::string> path =
        reckon::test::shared_data("outputs/bbh_codex_cot/" + name + ".json");
    const std::optional<std::string> metrics =
        reckon::test::shared_data("outputs/bbh_codex_cot/" + name + ".metrics.json");
    if (!catalogue || !path || !metrics) {
      GTEST_SKIP() << "no published outputs";
    }
    const std::shared_ptr<Task> task = catalogue->load("bbh_" + name).at(0);
    const json::Document document = json::parse_file(*path);
    const json::Value& outputs = document["outputs"];
    ASSERT_EQ(outputs.Size(), task->samples().size());
    int right = 0;
    for (rapidjson::SizeType i = 0; i < outputs.Size(); ++i) {
      EXPECT_EQ(task->prompt(i, {}).text, outputs[i]["input"].GetString()) << name << " " << i;
      EXPECT_EQ(task->samples()[i].target, outputs[i]["target"].GetString());
      right += task->grade(task->samples()[i], outputs[i]["prediction"].GetString()).correct ? 1 : 0;
    }
    const double accuracy = json::parse_file(*metrics)["accuracy"].GetDouble();
    EXPECT_NEAR(100.0 * right / outputs.Size(), accuracy, 1e-9) << name;
  }
}

}  // namespace
}  // namespace reckon::suites
