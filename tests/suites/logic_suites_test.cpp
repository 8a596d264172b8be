// The shipped logic suites on their data: BIG-Bench Hard, AR-LSAT, knights and knaves.

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/suites/suite_test_support.h"
#include "tests/support/shared_data.h"

namespace reckon::suites {
namespace {

class LogicSuites : public testing::Test {
 protected:
  void SetUp() override {
    catalogue_ = test::shipped_with_data();
    if (!catalogue_ || !reckon::test::shared_data("logic/ar_lsat/test_ar.json")) {
      GTEST_SKIP() << "no benchmark data";
    }
  }
  std::unique_ptr<Catalogue> catalogue_;
};

TEST_F(LogicSuites, EveryTaskOfBigBenchHardAsksAndGrades) {
  const auto tasks = catalogue_->load("bbh");
  ASSERT_EQ(tasks.size(), 27U);
  std::size_t questions = 0;
  for (const auto& task : tasks) {
    questions += task->samples().size();
    const std::string prompt = task->prompt(0, {}).text;
    EXPECT_EQ(prompt.find("canary"), std::string::npos) << task->name();
    EXPECT_TRUE(prompt.ends_with("\nA: Let's think step by step.")) << task->name();
    std::size_t examples = 0;
    for (std::size_t at = prompt.find("\n\nQ: "); at != std::string::npos;
         at = prompt.find("\n\nQ: ", at + 1)) {
      ++examples;
    }
    EXPECT_EQ(examples, 4U) << task->name() << ": three worked examples and the question";
    for (const Sample& sample : task->samples()) {
      const Verdict right = task->grade(sample, " Thus so. So the answer is " + sample.target + ".");
      EXPECT_TRUE(right.correct) << task->name() << " " << sample.doc_id << ": " << right.why;
      EXPECT_FALSE(task->grade(sample, "So the answer is that none fits.").correct) << task->name();
    }
  }
  EXPECT_EQ(questions, 6511U);
}

TEST_F(LogicSuites, ChoicesOfBigBenchHardAreReadInEveryStyle) {
  const auto task = catalogue_->load("bbh_date_understanding").at(0);
  const auto& samples = task->samples();
  const auto found =
      std::find_if(samples.begin(), samples.end(), [](const Sample& s) { return s.target == "(D)"; });
  ASSERT_NE(found, samples.end());
  const Sample& sample = *found;
  for (const char* reply : {"So the answer is (D).", "so the answer is (D) 12/14/1937.", "Answer: D",
                            "The answer is **(D)**", "**D**", "the answer is D"}) {
    EXPECT_TRUE(task->grade(sample, reply).correct) << reply;
  }
  for (const char* reply : {"So the answer is (A).", "", "Answer: C", "the answer is (E) and not (D)"}) {
    EXPECT_FALSE(task->grade(sample, reply).correct) << reply;
  }
}

TEST_F(LogicSuites, ArLsatByWritingAndByLogLikelihood) {
  const auto written = catalogue_->load("ar_lsat").at(0);
  ASSERT_EQ(written->samples().size(), 230U);
  std::set<std::string> passages;
  for (const Sample& sample : written->samples()) {
    passages.insert(sample.cluster);
    EXPECT_TRUE(written->grade(sample, "The answer is (" + sample.target + ")").correct);
    const std::string other = sample.target == "A" ? "B" : "A";
    EXPECT_FALSE(written->grade(sample, "The answer is (" + other + ")").correct);
  }
  EXPECT_LT(passages.size(), 60U) << "questions of one passage are one cluster";
  const auto scored = catalogue_->load("ar_lsat_likelihood").at(0);
  for (std::size_t i = 0; i < scored->samples().size(); ++i) {
    const Sample& sample = scored->samples()[i];
    ASSERT_EQ(sample.choices.size(), 5U);
    std::vector<double> likelihoods(5, -2.0);
    likelihoods[static_cast<std::size_t>(sample.gold_choice)] = -1.0;
    EXPECT_TRUE(scored->grade_loglikelihoods(sample, likelihoods, std::vector<bool>(5, false)).correct);
    EXPECT_EQ("ABCDE"[sample.gold_choice], written -> samples()[i].target[0]);
  }
}

TEST_F(LogicSuites, KnightsAndKnavesGiveCreditByPerson) {
  const auto task = catalogue_->load("knights_knaves").at(0);
  ASSERT_EQ(task->samples().size(), 200U);
  for (const Sample& sample : task->samples()) {
    const Verdict right = task->grade(sample, "\\boxed{" + sample.target + "}");
    EXPECT_TRUE(right.correct) << right.why;
    EXPECT_EQ(right.metrics.at("partial_credit,none"), 1.0);
    const json::Document doc = json::parse(sample.doc, "row");
    EXPECT_TRUE(task->grade(sample, doc["solution_text"].GetString()).correct)
        << doc["solution_text"].GetString();
    // One person wrong.
    std::string flipped = sample.target;
    const std::size_t end = flipped.find('\n');
    const bool knight = flipped.substr(0, end).find("knight") != std::string::npos;
    flipped.replace(flipped.find(knight ? "knight" : "knave"), knight ? 6 : 5, knight ? "knave" : "knight");
    const Verdict wrong = task->grade(sample, "\\boxed{" + flipped + "}");
    EXPECT_FALSE(wrong.correct);
    const double people = doc["names"].Size();
    EXPECT_NEAR(wrong.metrics.at("partial_credit,none"), (people - 1) / people, 1e-12) << wrong.why;
  }
}

}  // namespace
}  // namespace reckon::suites
