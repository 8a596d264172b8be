// `reckon score RUN`: saved answers graded again.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "base/json.h"
#include "tests/end_to_end/process.h"
#include "tests/support/shared_data.h"

namespace reckon::test {
namespace {

using testing::HasSubstr;

class ScoreRun : public testing::Test {
 protected:
  void SetUp() override {
    folder_.write("data/rows.jsonl",
                  "{\"question\": \"first\", \"answer\": \"4\"}\n"
                  "{\"question\": \"second\", \"answer\": \"5\"}\n"
                  "{\"question\": \"third\", \"answer\": \"6\"}\n");
    folder_.write("script.json", R"({"replies": {"first": "\\boxed{4}, not 3", "second": "\\boxed{9} or 5",
                                                "third": "\\boxed{6}"}})");
    write_suite("[last_boxed]", "math");
    const ProcessResult made = reckon(
        {"run", "--model", "scripted", "--model-args", "script=" + folder_.file("script.json"), "--tasks",
         "again", "--include-path", folder_.file("suites"), "--output-path", folder_.file("run"), "--quiet"});
    ASSERT_EQ(made.exit_code, 0) << made.errors;
    // What follows needs the records alone.
    folder_.write("data/rows.jsonl", "");
  }

  void write_suite(const std::string& rules, const std::string& grader) const {
    folder_.write("suites/again.yaml", "task: again\ndataset_path: json\ndataset_kwargs: {data_files: " +
                                           folder_.file("data/rows.jsonl") +
                                           "}\ndoc_to_text: question\ndoc_to_target: answer\nreckon:\n"
                                           "  extraction: " +
                                           rules + "\n  grader: " + grader + "\n");
  }

  ProcessResult score(std::vector<std::string> more) const {
    more.insert(more.begin(), {"score", folder_.file("run"), "--include-path", folder_.file("suites")});
    return reckon(more);
  }

  TemporaryFolder folder_;
};

TEST_F(ScoreRun, NothingChangesWhereNothingWasChanged) {
  const ProcessResult result = score({});
  EXPECT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_THAT(result.output, HasSubstr("again: 3 verdicts, 0 changed"));
  EXPECT_THAT(result.output, HasSubstr("right 66.67 % -> 66.67 %"));
}

TEST_F(ScoreRun, EachChangedVerdictIsShownWithBothReasons) {
  write_suite("[last_number]", "math");
  const ProcessResult result = score({});
  EXPECT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_THAT(result.output, HasSubstr("again #0.0: right -> wrong"));
  EXPECT_THAT(result.output, HasSubstr("extracted  4 (last_boxed) before"));
  EXPECT_THAT(result.output, HasSubstr("extracted  3 (last_number)"));
  EXPECT_THAT(result.output, HasSubstr("again #1.0: wrong -> right"));
  EXPECT_THAT(result.output, HasSubstr("2 changed (1 became right, 1 became wrong)"));
  const json::Document line =
      json::parse(score({"--json"}).output.substr(0, score({"--json"}).output.find('\n')), "change");
  EXPECT_TRUE(line["was"]["correct"].GetBool());
  EXPECT_FALSE(line["now"]["correct"].GetBool());
}

TEST_F(ScoreRun, ACopyHoldsTheNewVerdictsAndTheOldRunStays) {
  write_suite("[last_number]", "math");
  const std::string before = read_file(folder_.file("run") + "/samples/again.jsonl");
  const ProcessResult result = score({"--output-path", folder_.file("copy")});
  EXPECT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_EQ(read_file(folder_.file("run") + "/samples/again.jsonl"), before);
  const std::string after = read_file(folder_.file("copy") + "/samples/again.jsonl");
  EXPECT_THAT(after, HasSubstr("\"filter\":\"last_number\""));
  const json::Document results = json::parse_file(folder_.file("copy") + "/results.json");
  EXPECT_EQ(results["results"]["again"]["samples"]["correct"].GetInt(), 2);
  EXPECT_THAT(read_file(folder_.file("copy") + "/run.json"), HasSubstr("graded_again"));
  EXPECT_EQ(score({"--output-path", folder_.file("copy")}).exit_code, 2) << "it is not overwritten";
}

TEST_F(ScoreRun, APolicyNeedsATaskOfMathematics) {
  EXPECT_EQ(score({"--policy", "minerva"}).exit_code, 0);
  EXPECT_EQ(score({"--policy", "minverva"}).exit_code, 2);
  write_suite("[last_boxed]", "numeric");
  const ProcessResult result = score({"--policy", "minerva"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.errors, HasSubstr("grader `math`"));
}

TEST_F(ScoreRun, WhatAGroupSetsForItsTasksHoldsAsWell) {
  folder_.write("data/rows.jsonl", "{\"question\": \"first\", \"answer\": \"4\", \"other\": \"3\"}\n");
  folder_.write("suites/pair.yaml",
                "group: pair\ntask:\n  - task: again\n    doc_to_target: other\n    reckon:\n"
                "      extraction: [last_number]\n      grader: math\n");
  const ProcessResult made =
      reckon({"run", "--model", "scripted", "--model-args", "script=" + folder_.file("script.json"),
              "--tasks", "pair", "--include-path", folder_.file("suites"), "--output-path",
              folder_.file("grouped"), "--quiet"});
  ASSERT_EQ(made.exit_code, 0) << made.errors;
  EXPECT_THAT(read_file(folder_.file("grouped") + "/samples/again.jsonl"), HasSubstr("\"extracted\":\"3\""));
  const std::vector<std::string> words = {"score", folder_.file("grouped"), "--include-path",
                                          folder_.file("suites")};
  const ProcessResult same = reckon(words);
  EXPECT_EQ(same.exit_code, 0) << same.errors;
  EXPECT_THAT(same.output,
              HasSubstr("again: 1 verdicts, 0 changed (0 became right, 0 became wrong), 0 stay"));
  folder_.write("suites/pair.yaml", "group: pair\ntask: [other_task]\n");
  folder_.write("suites/other_task.yaml", "task: other_task\ninclude: again.yaml\n");
  const ProcessResult gone = reckon(words);
  EXPECT_EQ(gone.exit_code, 2);
  EXPECT_THAT(gone.errors, HasSubstr("'again'"));
}

TEST_F(ScoreRun, RepeatsKeepWhatAllAnswersTogetherShow) {
  folder_.write("data/rows.jsonl", "{\"question\": \"first\", \"answer\": \"4\"}\n");
  ASSERT_EQ(reckon({"run", "--model", "scripted", "--model-args", "script=" + folder_.file("script.json"),
                    "--tasks", "again", "--include-path", folder_.file("suites"), "--repeats", "3",
                    "--output-path", folder_.file("repeated"), "--quiet"})
                .exit_code,
            0);
  const ProcessResult result = reckon({"score", folder_.file("repeated"), "--include-path",
                                       folder_.file("suites"), "--output-path", folder_.file("copy")});
  EXPECT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_EQ(read_file(folder_.file("copy") + "/joint/again.jsonl"),
            read_file(folder_.file("repeated") + "/joint/again.jsonl"));
  EXPECT_THAT(read_file(folder_.file("copy") + "/results.json"), HasSubstr("cons@3,none"));
}

TEST_F(ScoreRun, AnswersThatWereNeverGradedGetTheirFirstVerdict) {
  folder_.write(
      "data/rows.jsonl",
      "{\"question\": \"first\", \"answer\": \"4\"}\n{\"question\": \"second\", \"answer\": \"5\"}\n");
  ASSERT_EQ(reckon({"run", "--model", "scripted", "--model-args", "script=" + folder_.file("script.json"),
                    "--tasks", "again", "--include-path", folder_.file("suites"), "--predict-only",
                    "--output-path", folder_.file("predicted"), "--quiet"})
                .exit_code,
            0);
  const ProcessResult result = reckon({"score", folder_.file("predicted"), "--include-path",
                                       folder_.file("suites"), "--output-path", folder_.file("copy")});
  EXPECT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_THAT(result.output, HasSubstr("2 answers had no verdict yet, 1 of them right"));
  const json::Document results = json::parse_file(folder_.file("copy") + "/results.json");
  EXPECT_EQ(results["results"]["again"]["samples"]["graded"].GetInt(), 2);
}

TEST_F(ScoreRun, AnotherGoldAnswerIsAnError) {
  folder_.write("suites/again.yaml", "task: again\ndataset_path: json\ndataset_kwargs: {data_files: " +
                                         folder_.file("data/rows.jsonl") +
                                         "}\ndoc_to_text: question\ndoc_to_target: question\n");
  const ProcessResult result = score({});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.errors, HasSubstr("again.jsonl: line 1"));
  EXPECT_THAT(result.errors, HasSubstr("the gold answer was"));
  EXPECT_EQ(reckon({"score", folder_.file("nowhere")}).exit_code, 2);
  EXPECT_EQ(reckon({"score"}).exit_code, 2);
}

}  // namespace
}  // namespace reckon::test
