// results.json against the schema in the repository.

#include <gtest/gtest.h>
#include <rapidjson/schema.h>
#include <rapidjson/stringbuffer.h>

#include "base/json.h"
#include "reports/report.h"
#include "tests/reports/support/synthetic_run.h"
#include "tests/support/shared_data.h"

namespace reckon::reports {
namespace {

class ResultsSchema : public ::testing::Test {
 protected:
  ResultsSchema()
      : document_(json::parse_file(test::source_file("reports/schema/results.schema.json"))),
        schema_(document_) {}

  // Empty when the text is valid, else where it is not.
  std::string problem(const std::string& text) {
    const json::Document instance = json::parse(text, "results.json");
    rapidjson::SchemaValidator validator(schema_);
    if (instance.Accept(validator)) return {};
    rapidjson::StringBuffer place;
    validator.GetInvalidDocumentPointer().StringifyUriFragment(place);
    return std::string(validator.GetInvalidSchemaKeyword()) + " at " + place.GetString();
  }

  RunData run(const test::SyntheticRun& made, const std::string& name) {
    return load_run(test::write_synthetic_run(folder_.file(name), made));
  }

  json::Document document_;
  rapidjson::SchemaDocument schema_;
  test::TemporaryFolder folder_;
};

TEST_F(ResultsSchema, OneRunWithAndWithoutAPrice) {
  test::SyntheticRun made;
  made.tasks = {{"math", 12, 2, 0.5, 0.2, 0.2, 3}, {"empty", 0}};
  made.killed_first_launch = true;
  for (const std::optional<double> price : {std::optional<double>(), std::optional<double>(2.5)}) {
    made.usd_per_hour = price;
    const std::vector<RunData> runs{run(made, price ? "priced" : "plain")};
    EXPECT_EQ(problem(results_json(runs, summarise(runs))), "");
  }
}

TEST_F(ResultsSchema, SeveralRuns) {
  test::SyntheticRun made;
  made.tasks = {{"math", 30, 1, 0.5}};
  std::vector<RunData> runs{run(made, "a")};
  made.seed = 2;
  runs.push_back(run(made, "b"));
  EXPECT_EQ(problem(results_json(runs, summarise(runs))), "");
}

TEST_F(ResultsSchema, GroupsStandUnderResultsToo) {
  test::SyntheticRun made;
  made.tasks = {{"math", 30, 1, 0.5}, {"logic", 20, 1, 0.5}};
  std::vector<RunData> runs{run(made, "a")};
  const std::string metric = runs[0].tasks[0].metrics.at(0).name;
  runs[0].groups = {{"both", "Both", "1.0", {"math", "logic"}, {"math", "logic"}, {{metric, {}, true}}}};
  const Summary summary = summarise(runs);
  const std::string text = results_json(runs, summary);
  EXPECT_EQ(problem(text), "");
  const json::Document results = json::parse(text, "results.json");
  EXPECT_EQ(results["results"]["both"], results["groups"]["both"]);
  EXPECT_EQ(results["groups"]["both"]["sample_len"].GetInt(), 50);
  EXPECT_EQ(results["group_subtasks"]["both"].Size(), 2U);
  EXPECT_NE(console_table(summary).find("|Groups"), std::string::npos);
  EXPECT_NE(summary_markdown(summary).find("## Groups"), std::string::npos);
}

TEST_F(ResultsSchema, RefusesWhatIsWrong) {
  test::SyntheticRun made;
  made.tasks = {{"math", 5, 1, 0.5}};
  const std::vector<RunData> runs{run(made, "a")};
  const std::string good = results_json(runs, summarise(runs));
  ASSERT_EQ(problem(good), "");
  const struct {
    const char* from;
    const char* to;
  } cases[] = {{"\"n-samples\"", "\"n_samples\""},
               {"\"total_usd\": null", "\"total_usd\": 0"},  // not known is never 0
               {"\"schema_version\": 1", "\"schema_version\": 7"},
               {"\"truncated\": 0", "\"truncated\": -1"}};
  for (const auto& item : cases) {
    std::string bad = good;
    const std::size_t at = bad.find(item.from);
    ASSERT_NE(at, std::string::npos) << item.from;
    bad.replace(at, std::string(item.from).size(), item.to);
    EXPECT_NE(problem(bad), "") << item.to;
  }
}

TEST_F(ResultsSchema, KeepsLmEvalsKeys) {
  test::SyntheticRun made;
  made.tasks = {{"math", 10, 1, 1.0}};
  const std::vector<RunData> runs{run(made, "a")};
  const json::Document results = json::parse(results_json(runs, summarise(runs)), "results.json");
  EXPECT_EQ(results["results"]["math"]["exact_match,none"].GetDouble(), 1.0);
  EXPECT_EQ(results["results"]["math"]["exact_match_stderr,none"].GetDouble(), 0.0);
  EXPECT_STREQ(results["results"]["math"]["alias"].GetString(), "math");
  EXPECT_EQ(results["n-samples"]["math"]["effective"].GetInt(), 10);
  EXPECT_TRUE(results["higher_is_better"]["math"]["exact_match"].GetBool());
  EXPECT_EQ(results["n-shot"]["math"].GetInt(), 0);
  EXPECT_STREQ(results["versions"]["math"].GetString(), "1");
  EXPECT_STREQ(results["configs"]["math"]["task"].GetString(), "math");
  EXPECT_FALSE(results["config"].HasMember("tasks"));
}

}  // namespace
}  // namespace reckon::reports
