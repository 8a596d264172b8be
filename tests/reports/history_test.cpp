// A series of runs.

#include "reports/history/history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/json.h"
#include "reports/report.h"
#include "tests/reports/support/answer_run.h"

namespace reckon::reports {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::vector<RunData> series(const std::vector<int>& right_of_100) {
  std::vector<RunData> runs;
  for (const int right : right_of_100) {
    RunData run =
        test::answer_run("model <b>", test::repeated("1", right) + test::repeated("0", 100 - right));
    run.created = "2026-01-" + std::to_string(10 + runs.size()) + "T00:00:00Z";
    run.directory = "runs/" + std::to_string(runs.size());
    runs.push_back(run);
  }
  return runs;
}

TEST(History, FindsWhereTheLevelChanged) {
  const History history = make_history(series({70, 71, 69, 70, 72, 70, 60, 61, 59, 60, 62, 60}));
  const SuiteHistory& suite = history.suites.at(0);
  ASSERT_TRUE(suite.change.has_value());
  EXPECT_EQ(suite.change->index, 6u);
  EXPECT_LE(*suite.p_holm, 0.05);
  EXPECT_THAT(suite.note, HasSubstr("changed from 70.3 % to 60.3 % at run 7"));
  const std::string text = history_text(history);
  EXPECT_THAT(text, HasSubstr("│"));
  EXPECT_THAT(text, HasSubstr("█"));
  const std::string html = history_html(history);
  EXPECT_THAT(html, HasSubstr("<svg"));
  EXPECT_THAT(html, HasSubstr("class=\"band\""));
  EXPECT_THAT(html, HasSubstr("model &lt;b&gt;"));
  EXPECT_THAT(html, Not(HasSubstr("<b>")));
  EXPECT_THAT(html, Not(HasSubstr("http")));  // nothing from the network
  const json::Document document = json::parse(history_json(history), "history");
  EXPECT_TRUE(document["suites"]["math"]["change"]["shown"].GetBool());
}

TEST(History, SaysNothingOfASteadySeriesOrAShortOne) {
  const History steady = make_history(series({70, 71, 69, 72, 70, 71, 68, 70, 71, 70}));
  EXPECT_THAT(steady.suites[0].note, HasSubstr("no change of level is shown"));
  EXPECT_THAT(history_html(steady), Not(HasSubstr("class=\"band\"")));
  const History few = make_history(series({70, 71, 69, 60, 60, 61, 60, 60, 61}));
  EXPECT_FALSE(few.suites[0].change.has_value());
  EXPECT_THAT(few.suites[0].note, HasSubstr("from 10 on"));
  EXPECT_THAT(make_history(series(std::vector<int>(12, 70))).suites[0].note, HasSubstr("equal"));
}

TEST(History, PutsRunsInTheOrderOfTheirTimes) {
  auto runs = series({70, 60, 50});
  std::swap(runs[0], runs[2]);
  const History history = make_history(runs);
  EXPECT_DOUBLE_EQ(history.suites[0].points[0].score.value, 0.7);
  EXPECT_DOUBLE_EQ(history.suites[0].points[2].score.value, 0.5);
}

TEST(History, NamesRunsThatAreNotComparable) {
  auto runs = series({70, 60, 50});
  runs[1].tasks[0].records[5].doc_hash = "changed";
  const History history = make_history(runs);
  ASSERT_EQ(history.warnings.size(), 2u);  // against the one before, and the one after against it
  EXPECT_THAT(history.warnings[0], HasSubstr("doc_hash of document 5"));
  EXPECT_THROW(make_history({}), Error);
}

TEST(History, ShowsWhatWasOddInARun) {
  auto runs = series({70, 60, 50});
  runs[1].directory = "runs/two";
  runs[1].warnings = {"samples/math.jsonl: the last line is torn"};
  const History history = make_history(runs);
  for (const std::string& shown : {history_text(history), history_json(history), history_html(history)}) {
    EXPECT_THAT(shown, HasSubstr("runs/two: samples/math.jsonl: the last line is torn"));
  }
}

}  // namespace
}  // namespace reckon::reports
