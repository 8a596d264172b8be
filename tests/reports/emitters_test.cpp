// What other programs read: it parses in their formats, and hostile text stays text.

#include "reports/emitters/emitters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.h"
#include "base/utf8.h"
#include "tests/reports/support/answer_run.h"
#include "tests/reports/support/synthetic_run.h"
#include "tests/support/shared_data.h"

namespace reckon::reports {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

GateResult result_with(const std::vector<GateStatus>& statuses) {
  GateResult result;
  result.title = "title";
  result.policy = "gate.yaml";
  for (const GateStatus status : statuses) {
    GateCheck check;
    check.name = "<suite> & \"" + std::to_string(result.checks.size()) + "\"";
    check.status = status;
    check.message = "line 1\nline 2 100 % :: ]]> \x01\x1b[31m";
    result.checks.push_back(check);
  }
  return result;
}

TEST(Junit, MapsStatusesAsTheyAreRead) {
  const std::string xml =
      junit_xml(result_with({GateStatus::passed, GateStatus::failed, GateStatus::inconclusive,
                             GateStatus::not_evaluated, GateStatus::failed}));
  EXPECT_THAT(xml, HasSubstr(R"(tests="5" failures="2" errors="1" skipped="1")"));
  EXPECT_THAT(xml, HasSubstr("<failure type=\"regression\""));
  EXPECT_THAT(xml, HasSubstr("<error type=\"not evaluated\""));
  EXPECT_THAT(xml, HasSubstr("<skipped message="));
  EXPECT_THAT(xml, HasSubstr("&lt;suite&gt; &amp; &quot;0&quot;"));
  for (const char c : xml) EXPECT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= 0x20);
}

// What stands in the element of the test case of that name.
std::string case_of(const std::string& xml, const std::string& name) {
  const std::size_t at = xml.find("name=\"" + name + "\"");
  return at == std::string::npos ? "" : xml.substr(at, xml.find("</testcase>", at) - at);
}

TEST(Junit, OfAReportWithoutAGate) {
  const auto suite = [](const std::string& name, const std::string& answers) {
    TaskData task = test::answer_run("", answers).tasks[0];
    task.name = name;
    task.n_effective = static_cast<std::int64_t>(answers.size());
    return task;
  };
  const std::string right = test::repeated("1", 400);
  RunData older = test::answer_run("old", "");
  older.tasks = {suite("worse", right), suite("same", right), suite("unclear", "1111111110"),
                 suite("lost", right), suite("judged otherwise", right)};
  RunData newer = older;
  newer.display_name = newer.directory = "new";
  newer.tasks[0] = suite("worse", test::repeated("10", 200));
  newer.tasks[2] = suite("unclear", "1111111101");
  newer.tasks[3] = suite("lost", right.substr(1) + "x");
  for (SampleRecord& sample : newer.tasks[4].records) sample.doc_hash += "?";
  const std::string xml = junit_xml(summarise({older, newer}));
  EXPECT_THAT(xml, HasSubstr("<testsuites name=\"reckon report\" tests=\"10\" failures=\"1\""));
  const std::string later = xml.substr(xml.find("<testsuite name=\"new"));
  EXPECT_THAT(case_of(later, "worse"), HasSubstr("<failure type=\"regression\""));
  EXPECT_THAT(case_of(later, "worse"), HasSubstr("-50.0 points"));
  EXPECT_THAT(case_of(later, "same"), HasSubstr("<system-out>100.0 %"));
  EXPECT_THAT(case_of(later, "unclear"), HasSubstr("<skipped"));
  EXPECT_THAT(case_of(later, "lost"), HasSubstr("<error"));
  EXPECT_THAT(case_of(later, "lost"), HasSubstr("1 samples failed"));
  EXPECT_THAT(case_of(later, "judged otherwise"), HasSubstr("<error"));
  EXPECT_THAT(case_of(later, "judged otherwise"), HasSubstr("doc_hash"));
  // The first run is compared with nothing.
  EXPECT_THAT(xml.substr(0, xml.find("<testsuite name=\"new")), Not(HasSubstr("<failure")));
}

TEST(Annotations, OneLineEachAndEscaped) {
  const std::string text =
      workflow_annotations(result_with({GateStatus::passed, GateStatus::failed, GateStatus::inconclusive}));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
  EXPECT_THAT(text, HasSubstr("::error title=reckon gate%2C <suite>"));
  EXPECT_THAT(text, HasSubstr("line 1%0Aline 2 100 %25 ::"));
  EXPECT_THAT(text, HasSubstr("::warning title="));
}

TEST(StepSummary, StaysBelowItsLimitAndSaysSo) {
  const RunData older = test::answer_run("old", test::repeated("1", 3000));
  RunData newer = test::answer_run("new", test::repeated("0", 3000));
  for (SampleRecord& record : newer.tasks[0].records) record.answer = LongText(test::repeated("ä|<b>", 200));
  const auto flips = flipped_samples(older, newer);
  const GateResult result = result_with({GateStatus::failed});
  const std::string whole = step_summary(result, flips, std::size_t{1} << 30);
  EXPECT_GT(whole.size(), kStepSummaryBytes);
  EXPECT_THAT(whole, Not(HasSubstr("<b>ä")));
  const std::string cut = step_summary(result, flips);
  EXPECT_LE(cut.size(), kStepSummaryBytes);
  EXPECT_GT(cut.size(), kStepSummaryBytes / 2);
  EXPECT_TRUE(utf8::is_valid(cut));
  EXPECT_THAT(cut, HasSubstr("Cut here"));
  EXPECT_EQ(whole.compare(0, 5000, cut, 0, 5000), 0);
}

class Emitters : public ::testing::Test {
 protected:
  void SetUp() override {
    test::SyntheticRun made;
    made.model = "=model \"one\"\\";
    made.tasks = {{"math", 40, 2, 0.5, 0.1, 0.1}, {"logic", 20, 1, 1.0}};
    made.usd_per_hour = 2.0;
    runs_ = {load_run(test::write_synthetic_run(folder_.file("run"), made))};
    summary_ = summarise(runs_);
  }
  test::TemporaryFolder folder_;
  std::vector<RunData> runs_;
  Summary summary_;
};

TEST_F(Emitters, BenchmarkJsonHasOneDirectionAFile) {
  const json::Document bigger = json::parse(benchmark_json(summary_, true), "bigger");
  const json::Document smaller = json::parse(benchmark_json(summary_, false), "smaller");
  ASSERT_TRUE(bigger.IsArray());
  bool accuracy = false;
  for (const json::Value& item : bigger.GetArray()) {
    EXPECT_TRUE(item["name"].IsString() && item["unit"].IsString() && item["value"].IsNumber());
    accuracy = accuracy || std::string(item["name"].GetString()).ends_with("math: accuracy_ratio");
    EXPECT_FALSE(std::string(item["name"].GetString()).ends_with("usd_per_solved"));
  }
  EXPECT_TRUE(accuracy);
  bool cost = false;
  for (const json::Value& item : smaller.GetArray())
    cost = cost || std::string(item["name"].GetString()).ends_with("usd_per_solved");
  EXPECT_TRUE(cost);
}

TEST_F(Emitters, OpenMetricsGroupsItsSamplesAndEnds) {
  const std::string text = open_metrics(summary_);
  EXPECT_TRUE(text.ends_with("# EOF\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE reckon_accuracy_ratio gauge\n"));
  EXPECT_THAT(text, HasSubstr(R"(reckon_accuracy_ratio{run="=model \"one\"\\",suite="logic"} 1)"));
  // Each metric's samples stand together: its name begins one block only.
  std::string last;
  std::vector<std::string> seen;
  std::size_t start = 0;
  while (start < text.size()) {
    const std::size_t end = text.find('\n', start);
    const std::string line = text.substr(start, end - start);
    start = end + 1;
    if (line.starts_with("#")) continue;
    const std::string name = line.substr(0, line.find('{'));
    if (name == last) continue;
    EXPECT_EQ(std::count(seen.begin(), seen.end(), name), 0) << name;
    seen.push_back(name);
    last = name;
  }
}

TEST_F(Emitters, CsvHasOneRowAScoreAndNoFormulas) {
  const std::string text = scores_csv(summary_);
  std::size_t rows = 0;
  std::size_t start = 0;
  while (start < text.size()) {
    const std::size_t end = text.find("\r\n", start);
    ASSERT_NE(end, std::string::npos);
    EXPECT_NE(text[start], '=');
    start = end + 2;
    ++rows;
  }
  // Header; math: accuracy, metric, pass@2, pass^2, cons@2; logic: accuracy, metric; all.
  EXPECT_EQ(rows, 9u);
  EXPECT_THAT(text, HasSubstr("\"'=model \"\"one\"\"\\\",math,accuracy,none,39,39,"));
}

}  // namespace
}  // namespace reckon::reports
