#include <cmath>

#include <gtest/gtest.h>

#include "tests/suites/suite_test_support.h"

namespace reckon::suites {
namespace {

using test::error_of;

const std::string kChoice =
    "task: t\noutput_type: multiple_choice\ndoc_to_text: '{{q}}'\ndoc_to_target: gold\n"
    "doc_to_choice: options\nreckon: {dataset: rows.jsonl}\n";
const std::string kRow = R"({"q":"Which?","gold":1,"options":["a","bb"]})";

TEST(TaskLikelihoods, BrierScoreIsTheSquaredDistanceOfTheProbabilities) {
  test::WrittenTask written(kChoice + "metric_list: [{metric: brier_score}, {metric: acc}]\n", kRow);
  const Verdict verdict = written.task().grade_loglikelihoods(
      written.task().samples()[0], std::vector<double>{-1.0, -2.0}, {false, false});
  const double p = 1 / (1 + std::exp(-1.0));  // of the first choice
  EXPECT_NEAR(verdict.metrics.at("brier_score,none"), 2 * p * p, 1e-12);
  EXPECT_EQ(verdict.metrics.at("acc,none"), 0);
  EXPECT_FALSE(verdict.correct);
}

TEST(TaskLikelihoods, MutualInformationTakesTheChoiceAloneOff) {
  test::WrittenTask written(kChoice + "metric_list: [{metric: acc}, {metric: acc_mutual_info}]\n", kRow);
  const Prompt prompt = written.task().prompt(0, {});
  EXPECT_EQ(prompt.contexts, (std::vector<std::string>{"Which?", "Which?", "", ""}));
  EXPECT_EQ(prompt.continuations, (std::vector<std::string>{" a", " bb", " a", " bb"}));
  const Verdict verdict = written.task().grade_loglikelihoods(
      written.task().samples()[0], std::vector<double>{-1.0, -2.0, -1.0, -5.0}, std::vector<bool>(4, false));
  EXPECT_EQ(verdict.metrics.at("acc,none"), 0);
  EXPECT_EQ(verdict.metrics.at("acc_mutual_info,none"), 1);
}

TEST(TaskLikelihoods, SeveralChoicesMayBeRight) {
  test::WrittenTask written(kChoice, R"({"q":"Which?","gold":[0,2],"options":["a","bb","c"]})");
  const auto judge = [&](std::vector<double> logprobs) {
    return written.task()
        .grade_loglikelihoods(written.task().samples()[0], logprobs, std::vector<bool>(3, false))
        .correct;
  };
  EXPECT_TRUE(judge({-1, -2, -3}));
  EXPECT_TRUE(judge({-3, -2, -1}));
  EXPECT_FALSE(judge({-3, -1, -2}));
}

TEST(TaskLikelihoods, RollingTextsStandAloneAndKeepTheirLengths) {
  test::WrittenTask written(
      "task: t\noutput_type: loglikelihood_rolling\ndoc_to_text: ''\ndoc_to_target: '{{q}}'\n"
      "reckon: {dataset: rows.jsonl}\n",
      R"({"q":"Two words \u00e9"})");
  const Prompt prompt = written.task().prompt(0, {});
  EXPECT_TRUE(prompt.rolling);
  EXPECT_EQ(prompt.text, "");
  EXPECT_EQ(prompt.continuations, (std::vector<std::string>{"Two words \xC3\xA9"}));
  const Verdict verdict =
      written.task().grade_loglikelihoods(written.task().samples()[0], std::vector<double>{-7.5}, {false});
  EXPECT_FALSE(verdict.has_right_answer);
  EXPECT_EQ(verdict.metrics.at("bits_per_byte,none"), -7.5);
  EXPECT_EQ(verdict.weights.at("word_perplexity,none"), 3);
  EXPECT_EQ(verdict.weights.at("byte_perplexity,none"), 12);
}

TEST(TaskLikelihoods, ChoicesThatAreQuestionsHaveContextsOfTheirOwn) {
  test::WrittenTask written(
      "task: winogrande\noutput_type: multiple_choice\ndoc_to_text: !function "
      "preprocess_winogrande.doc_to_text\n"
      "doc_to_target: !function preprocess_winogrande.doc_to_target\n"
      "doc_to_choice: !function preprocess_winogrande.doc_to_choice\nreckon: {dataset: rows.jsonl}\n",
      R"({"sentence":"It was _ that ran.","option1":"Tom","option2":"Ann","answer":"2"})");
  const Prompt prompt = written.task().prompt(0, {});
  EXPECT_EQ(prompt.contexts, (std::vector<std::string>{"It was Tom", "It was Ann"}));
  EXPECT_EQ(prompt.continuations, (std::vector<std::string>{" that ran.", " that ran."}));
  EXPECT_EQ(written.task().samples()[0].gold_choice, 1);
}

TEST(TaskLikelihoods, JointFiltersSeeAllRepeats) {
  test::WrittenTask written(
      "task: t\ndoc_to_text: '{{q}}'\ndoc_to_target: '{{a}}'\nrepeats: 3\nfilter_list:\n"
      "  - {name: first, filter: [{function: take_first}]}\n"
      "  - {name: vote, filter: [{function: majority_vote}, {function: take_first}]}\n"
      "reckon: {dataset: rows.jsonl}\n",
      R"({"q":"1+1","a":"2"})");
  const Sample& sample = written.task().samples()[0];
  EXPECT_EQ(written.task().grade(sample, "3").metrics,
            (std::map<std::string, double>{{"exact_match,first", 0}}));
  const std::vector<std::string> answers = {"3", "2", "2"};
  EXPECT_EQ(written.task().grade_together(sample, answers),
            (std::map<std::string, double>{{"exact_match,vote", 1}}));
}

}  // namespace
}  // namespace reckon::suites
