#include "suites/task.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "base/error.h"
#include "tests/suites/suite_test_support.h"

namespace reckon::suites {
namespace {

using test::error_of;
using test::WrittenTask;

const std::string kRows =
    "{\"q\":\"1+1\",\"a\":\"2\",\"p\":\"x\"}\n{\"q\":\"2+2\",\"a\":\"4\",\"p\":\"x\"}\n";
const std::string kHead = "task: t\ndoc_to_text: '{{q}} ='\ndoc_to_target: a\n";
const std::string kData = "reckon:\n  dataset: rows.jsonl\n";

TEST(Task, ReadsItsKeys) {
  WrittenTask written(kHead +
                          "task_alias: T\nmetadata: {version: 3.0}\nrepeats: 4\nnum_fewshot: 0\n"
                          "generation_kwargs: {until: ['Q:'], do_sample: true, temperature: 0.6, top_p: "
                          "0.95, max_gen_toks: 32768, "
                          "top_k: 20, min_p: 0.05}\n" +
                          kData + "  chat: true\n  cluster: p\n  summary: A test\n",
                      kRows);
  const Task& task = written.task();
  EXPECT_EQ(task.name(), "t");
  EXPECT_EQ(task.alias(), "T");
  EXPECT_EQ(task.version(), "3.0");
  EXPECT_EQ(task.repeats(), 4);
  EXPECT_EQ(task.description(), "A test");
  EXPECT_EQ(task.prefers_chat(), true);
  EXPECT_EQ(task.generation().until, std::vector<std::string>{"Q:"});
  EXPECT_EQ(task.generation().do_sample, true);
  EXPECT_EQ(task.generation().temperature, 0.6);
  EXPECT_EQ(task.generation().top_p, 0.95);
  EXPECT_EQ(task.generation().min_p, 0.05);
  EXPECT_EQ(task.generation().top_k, 20);
  EXPECT_EQ(task.generation().max_gen_toks, 32768);
  ASSERT_EQ(task.samples().size(), 2U);
  EXPECT_EQ(task.samples()[1].target, "4");
  EXPECT_EQ(task.samples()[1].cluster, "x");
  EXPECT_EQ(task.samples()[1].doc, R"({"q":"2+2","a":"4","p":"x"})");
  ASSERT_EQ(task.data_files().size(), 1U);
  EXPECT_EQ(task.data_files()[0].sha256.size(), 64U);
  EXPECT_EQ(task.config_json()["doc_to_target"].GetString(), std::string("a"));
}

TEST(Task, WhatTheSuiteLeavesOpenIsUnset) {
  WrittenTask written(kHead + kData, kRows);
  const GenerationParameters& generation = written.task().generation();
  EXPECT_TRUE(generation.until.empty()) << "no stop string may cut a thinking trace by default";
  EXPECT_FALSE(generation.max_gen_toks.has_value());
  EXPECT_FALSE(generation.temperature.has_value());
  EXPECT_EQ(written.task().metrics().at(0).name, "exact_match");
  EXPECT_EQ(written.task().filters(), std::vector<std::string>{"none"});
}

// json.dumps(doc, indent=2, ensure_ascii=False) hashed, for the first row of golden/prompts/rows.jsonl.
TEST(Task, HashesRowsAsLmEvaluationHarness) {
  const Catalogue catalogue({}, "", DataLocations{});
  const auto task =
      catalogue.load(reckon::test::source_file("tests/suites/golden/prompts/same_split.yaml")).at(0);
  EXPECT_EQ(task->samples()[0].doc_hash, "d697eca24de86eeac217aba3a91a8fe1c4f9f2390c285165e2617784ec2eed16");
}

TEST(Task, GradesByExtractionAndGrader) {
  WrittenTask written(kHead + kData + "  extraction: [last_boxed, last_number]\n  grader: numeric\n", kRows);
  const Sample& sample = written.task().samples()[1];
  const Verdict right = written.task().grade(sample, "so 5? no: \\boxed{4.0}");
  EXPECT_TRUE(right.correct);
  EXPECT_EQ(right.extracted, "4.0");
  EXPECT_EQ(right.rule, "last_boxed");
  EXPECT_EQ(right.metrics.at("exact_match,none"), 1.0);
  const Verdict wrong = written.task().grade(sample, "it is 5");
  EXPECT_FALSE(wrong.correct);
  EXPECT_EQ(wrong.rule, "last_number");
  const Verdict none = written.task().grade(sample, "I do not know");
  EXPECT_FALSE(none.correct);
  EXPECT_EQ(none.rule, "");
  EXPECT_EQ(none.metrics.at("exact_match,none"), 0.0);
  EXPECT_NE(none.why.find("no answer"), std::string::npos);
}

TEST(Task, GradesByNamedFilters) {
  WrittenTask written(
      kHead +
          "filter_list:\n"
          "  - name: strict\n    filter: [{function: regex, regex_pattern: '#### (\\d+)'}, {function: "
          "take_first}]\n"
          "  - name: loose\n    filter: [{function: regex, regex_pattern: '(\\d+)', group_select: -1}]\n"
          "metric_list: [{metric: exact_match, aggregation: mean, higher_is_better: true, ignore_case: "
          "true}]\n" +
          kData,
      kRows);
  const Verdict verdict = written.task().grade(written.task().samples()[1], "it is 4");
  EXPECT_FALSE(verdict.correct) << "the first filter is the primary one";
  EXPECT_EQ(verdict.metrics.at("exact_match,strict"), 0.0);
  EXPECT_EQ(verdict.metrics.at("exact_match,loose"), 1.0);
  EXPECT_EQ(written.task().filters(), (std::vector<std::string>{"strict", "loose"}));
}

TEST(Task, GradesByNamedExtractions) {
  WrittenTask written(
      kHead + kData + "  extraction: {strict: [after_hashes], loose: [last_number]}\n  grader: numeric\n",
      kRows);
  const Verdict verdict = written.task().grade(written.task().samples()[1], "#### 5 or 4");
  EXPECT_EQ(verdict.metrics.size(), 2U);
  EXPECT_EQ(verdict.metrics.at("exact_match,loose"), 1.0);
}

TEST(Task, AcceptsAnyAnswerOfAList) {
  WrittenTask written("task: t\ndoc_to_text: q\ndoc_to_target: a\n" + kData,
                      "{\"q\":\"x\",\"a\":[\"two\",\"2\"]}\n");
  const Sample& sample = written.task().samples()[0];
  EXPECT_EQ(sample.target, "two");
  EXPECT_TRUE(written.task().grade(sample, "2").correct);
  EXPECT_TRUE(written.task().grade(sample, "two").correct);
  EXPECT_FALSE(written.task().grade(sample, "3").correct);
}

TEST(Task, MultipleChoiceScores) {
  WrittenTask written(
      "task: t\noutput_type: multiple_choice\ndoc_to_text: q\ndoc_to_target: label\ndoc_to_choice: choices\n"
      "metric_list: [{metric: acc}, {metric: acc_norm}, {metric: acc_bytes}, {metric: exact_match}]\n" +
          kData,
      "{\"q\":\"x\",\"choices\":[\"ab\",\"abcdefgh\",\"\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\"],\"label\":1}\n");
  const Sample& sample = written.task().samples()[0];
  EXPECT_EQ(sample.gold_choice, 1);
  EXPECT_EQ(written.task().prompt(0, {}).continuations[1], " abcdefgh");
  const double sums[] = {-3.0, -4.0, -3.5};
  const Verdict verdict = written.task().grade_loglikelihoods(sample, sums, {false, true, false});
  EXPECT_FALSE(verdict.correct);
  EXPECT_EQ(verdict.extracted, "ab");
  EXPECT_EQ(verdict.metrics.at("acc,none"), 0.0);
  EXPECT_EQ(verdict.metrics.at("acc_norm,none"), 1.0);   // -0.5 a character against -1.5 and -0.875
  EXPECT_EQ(verdict.metrics.at("acc_bytes,none"), 0.0);  // -0.4375 a byte for the third
  EXPECT_EQ(verdict.metrics.at("exact_match,none"), 1.0);
  EXPECT_NE(error_of([&] {
              written.task().grade_loglikelihoods(sample, std::span(sums, 2), {false, true});
            }),
            "");
  const double not_numbers[] = {-3.0, std::nan(""), -3.5};
  EXPECT_NE(error_of([&] {
              written.task().grade_loglikelihoods(sample, not_numbers, {false, true, false});
            }),
            "");
}

TEST(Task, ErrorsNameFileLineAndTheNearestKey) {
  const auto refused = [](const std::string& yaml) {
    return error_of([&] {
      WrittenTask written(yaml, kRows);
      written.task().samples();
    });
  };
  const std::string key = refused(kHead + "doc_to_txt: x\n" + kData);
  EXPECT_NE(key.find("suite.yaml: line 4: unknown key 'doc_to_txt'; did you mean 'doc_to_text'"),
            std::string::npos)
      << key;
  const std::string own = refused(kHead + kData + "  extration: [whole]\n");
  EXPECT_NE(own.find("line 6"), std::string::npos) << own;
  EXPECT_NE(own.find("did you mean 'extraction'"), std::string::npos) << own;
  const std::string kwargs = refused(kHead + "generation_kwargs: {max_gen_tokens: 5}\n" + kData);
  EXPECT_NE(kwargs.find("did you mean 'max_gen_toks'"), std::string::npos) << kwargs;
  EXPECT_NE(refused(kHead + "process_docs: x\n" + kData).find("must name a built-in function"),
            std::string::npos);
  EXPECT_NE(refused(kHead + "repeats: 0\n" + kData).find("'repeats' must be an integer from 1"),
            std::string::npos);
  EXPECT_NE(refused(kHead + "output_type: generate\n" + kData).find("generate_until"), std::string::npos);
  EXPECT_NE(refused(kHead + "metric_list: [{metric: bleu}]\n" + kData).find("exact_match"),
            std::string::npos);
  EXPECT_NE(refused("task: t\ndoc_to_text: q\n" + kData).find("doc_to_target"), std::string::npos);
  EXPECT_NE(refused(kHead).find("dataset"), std::string::npos);
  EXPECT_NE(refused(kHead + "reckon: {dataset: absent.jsonl}\n").find("absent.jsonl"), std::string::npos);
  EXPECT_NE(
      refused("task: t\ndoc_to_text: q\ndoc_to_target: '{{nope}}'\n" + kData).find("rows.jsonl: line 1"),
      std::string::npos);
  EXPECT_NE(refused(kHead + "filter_list: [{name: x, filter: []}]\n" + kData + "  extraction: [whole]\n")
                .find("exclude"),
            std::string::npos);
}

TEST(Task, BadRowsAreErrorsBeforeAnythingIsAsked) {
  const std::string head =
      "task: t\ndoc_to_text: '{{question}}'\ndoc_to_target: '{{answer}}'\nreckon: "
      "{dataset: rows.jsonl, grader: numeric}\n";
  const auto message = [&](const std::string& rows) {
    test::WrittenTask written(head, rows);
    return error_of([&] { written.task().samples(); });
  };
  const std::string row = "{\"question\": \"1+1?\", \"answer\": \"2\"}\n";
  EXPECT_EQ(message(row), "");
  const std::string field = message(row + "{\"quest\": \"1+2?\", \"answer\": \"3\"}\n");
  EXPECT_NE(field.find("rows.jsonl: line 2 (doc 1)"), std::string::npos) << field;
  EXPECT_NE(field.find("no field 'question'"), std::string::npos) << field;
  EXPECT_NE(field.find("it has: quest, answer"), std::string::npos) << field;
  const std::string gold = message(row + "{\"question\": \"1+2?\", \"answer\": \"many\"}\n");
  EXPECT_NE(gold.find("(doc 1): the gold answer 'many' is no number; mend"), std::string::npos) << gold;
  EXPECT_NE(message("\n").find("rows.jsonl: no rows for the split 'test'"), std::string::npos)
      << message("\n");
  const std::string line = message(row + "hello\n");
  EXPECT_NE(line.find("rows.jsonl: line 2"), std::string::npos) << line;
  EXPECT_NE(line.find("mend it or take it out"), std::string::npos) << line;
}

TEST(Task, HubDatasetsAreFoundAsFetchedFiles) {
  const reckon::test::TemporaryFolder folder;
  std::filesystem::create_directories(folder.file("owner/set/main"));
  const std::string suite = folder.write(
      "s.yaml", "task: t\ndataset_path: owner/set\ndataset_name: main\ndoc_to_text: q\ndoc_to_target: a\n");
  DataLocations locations;
  locations.cache_dir = folder.path();
  const Catalogue catalogue({}, "", locations);
  EXPECT_NE(
      error_of([&] { catalogue.load(suite).at(0)->samples(); }).find("reckon fetch --dataset owner/set"),
      std::string::npos);
  folder.write("owner/set/main/test-00000-of-00001.parquet", "PAR1");
  EXPECT_NE(error_of([&] { catalogue.load(suite).at(0)->samples(); }).find("Parquet"), std::string::npos);
  folder.write("owner/set/main/test.jsonl", kRows);
  EXPECT_EQ(catalogue.load(suite).at(0)->samples().size(), 2U);
}

TEST(Task, AFailedLoadFailsAgain) {
  WrittenTask written(kHead + kData, "{\"q\":\"1\",\"a\":\"2\"}\nnot json\n");
  EXPECT_NE(error_of([&] { written.task().samples(); }).find("line 2"), std::string::npos);
  EXPECT_NE(error_of([&] { written.task().samples(); }).find("line 2"), std::string::npos);
}

TEST(Task, AGoldAnswerThatCannotBeUsedIsNamed) {
  const std::string suite = kHead + kData + "  extraction: [whole]\n  grader: math\n";
  WrittenTask written(suite, "{\"q\":\"1\",\"a\":\"2\"}\n{\"q\":\"1\",\"a\":\" \"}\n");
  const std::string message = error_of([&] { written.task().samples(); });
  EXPECT_NE(message.find("line 2"), std::string::npos) << message;
  EXPECT_NE(message.find("the gold answer ' ' is empty"), std::string::npos) << message;
}

TEST(Task, WhatALimitLeftOpenIsNotDecided) {
  WrittenTask written(kHead + kData + "  extraction: [{regex: {pattern: '^(a+)+$'}}, whole]\n", kRows);
  const Sample& sample = written.task().samples()[0];
  const Verdict verdict = written.task().grade(sample, std::string(200, 'a') + "!");
  EXPECT_FALSE(verdict.correct);
  EXPECT_EQ(verdict.evidence, "not_decided");
  EXPECT_TRUE(verdict.why.starts_with("extraction failed (limit)")) << verdict.why;
  EXPECT_EQ(verdict.extracted, "");
}

TEST(Task, HostileAnswersAreGraded) {
  WrittenTask written(kHead + kData +
                          "  extraction: [last_boxed, the_answer_is, choice_letter, last_number, "
                          "json_field]\n  grader: math\n",
                      kRows);
  const Sample& sample = written.task().samples()[0];
  for (const std::string& answer :
       {std::string(1'000'000, '\xFF'), std::string(1'000'000, '{'), std::string(1'000'000, '9'),
        std::string("\0\0", 2), std::string("\\boxed{") + std::string(1'000'000, '1') + "}",
        std::string(1'000'000, '(')}) {
    EXPECT_FALSE(written.task().grade(sample, answer).correct);
  }
}

}  // namespace
}  // namespace reckon::suites
