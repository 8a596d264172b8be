// What there is: `ls` of each kind, and `history`, a list of runs.

#include <filesystem>
#include <map>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "tests/end_to_end/process.h"
#include "tests/support/shared_data.h"

namespace reckon::test {
namespace {

using testing::HasSubstr;

/// The rows of one list: by their first column, all columns by name.
std::map<std::string, std::map<std::string, std::string>> list_of(const std::string& what,
                                                                  std::vector<std::string> more = {}) {
  more.insert(more.begin(), {"ls", what, "--json"});
  const ProcessResult result = reckon(more);
  EXPECT_EQ(result.exit_code, 0) << result.errors;
  const json::Document document = json::parse(result.output, "ls --json");
  EXPECT_EQ(document.MemberCount(), 1U) << "one kind was asked for";
  std::map<std::string, std::map<std::string, std::string>> rows;
  for (const json::Value& row : document[what.c_str()].GetArray()) {
    auto& columns = rows[row.MemberBegin()->value.GetString()];
    for (const auto& column : row.GetObject()) columns[column.name.GetString()] = column.value.GetString();
  }
  return rows;
}

TEST(Ls, SuitesAreTheShippedOnesAndOnesOwn) {
  auto shipped = list_of("suites");
  EXPECT_EQ(shipped["gsm8k"]["kind"], "task");
  EXPECT_FALSE(shipped["gsm8k"]["summary"].empty());
  EXPECT_EQ(shipped["bbh"]["kind"], "group");
  const TemporaryFolder folder;
  folder.write(
      "mine.yaml",
      "task: mine\ndataset_path: json\ndataset_kwargs: {data_files: rows.jsonl}\ndoc_to_text: question\n"
      "doc_to_target: answer\nreckon: {summary: My own questions}\n");
  const auto more = list_of("suites", {"--include-path", folder.path()});
  EXPECT_EQ(more.size(), shipped.size() + 1);
  EXPECT_EQ(more.at("mine").at("summary"), "My own questions");
}

TEST(Ls, ModelsLieWhereTheyAreSaidToLie) {
  const auto models = list_of("models");
  for (const char* name : {"reckon-demo-dense", "reckon-demo-moe"}) {
    ASSERT_TRUE(models.contains(name)) << name;
    EXPECT_EQ(models.at(name).at("origin"), "shipped");
    EXPECT_TRUE(std::filesystem::exists(models.at(name).at("path") + "/config.json")) << name;
  }
}

TEST(Ls, HardwareIsTheCatalogueAndOnesOwn) {
  const auto shipped = list_of("hardware");
  ASSERT_TRUE(shipped.contains("H100 SXM5 80GB"));
  EXPECT_EQ(shipped.at("H100 SXM5 80GB").at("memory GB"), "80");
  EXPECT_EQ(shipped.at("H100 SXM5 80GB").at("GB/s"), "3350");
  const TemporaryFolder folder;
  const std::string mine = folder.write("mine.json", R"({"schema":1,"accelerators":[{"name":"My card",
    "sm_count":1,"memory_gb":12,"memory_gb_per_s":345,"bf16_dense_tflops":9,"fp64_tflops":1,
    "link_gb_per_s_both_ways":32,"pcie_generation":4,"power_watts":70,"sources":["mine"],"confidence":"low"}]})");
  const auto more = list_of("hardware", {"--hardware", mine});
  EXPECT_EQ(more.size(), shipped.size() + 1);
  EXPECT_EQ(more.at("My card").at("GB/s"), "345");
}

TEST(Ls, PricesSaySinceWhenAndWhere) {
  const auto prices = list_of("prices");
  ASSERT_GT(prices.size(), 5U);
  for (const auto& [name, columns] : prices) {
    EXPECT_FALSE(columns.at("source").empty()) << name;
    EXPECT_EQ(columns.at("from").size(), std::string("2025-01-20").size()) << name;
  }
  EXPECT_THAT(prices.at("DeepSeek-R1").at("USD"), HasSubstr("per M tokens"));
}

TEST(Ls, PublishedScoresArePricedByTheTokensGiven) {
  const auto plain = list_of("published").at("DeepSeek-R1");
  EXPECT_EQ(plain.at("AIME24"), "79.8");
  EXPECT_EQ(plain.at("$ per solved AIME24"), "not known") << "no token counts were given";
  const auto priced = list_of("published", {"--input-per-question", "1000", "--output-per-question", "10000"})
                          .at("DeepSeek-R1");
  const double usd =
      (1000 * std::stod(priced.at("$ per M input")) + 10000 * std::stod(priced.at("$ per M output"))) / 1e6 /
      0.798;
  EXPECT_NEAR(std::stod(priced.at("$ per solved AIME24")), usd, 1e-4 * usd);
}

TEST(Ls, AnUnknownKindIsRefused) {
  const ProcessResult result = reckon({"ls", "suits"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.errors, HasSubstr("suits"));
  EXPECT_THAT(result.errors, HasSubstr("suites"));
}

class HistoryOfRuns : public testing::Test {
 protected:
  /// A run of two questions, of which `reply` answers some, that says it was made on `day`.
  std::string make_run(const std::string& name, const std::string& reply, const std::string& day) const {
    folder_.write(
        "rows.jsonl",
        "{\"question\": \"first\", \"answer\": \"4\"}\n{\"question\": \"second\", \"answer\": \"5\"}\n");
    folder_.write("suites/pair.yaml", "task: pair\ndataset_path: json\ndataset_kwargs: {data_files: " +
                                          folder_.file("rows.jsonl") +
                                          "}\ndoc_to_text: question\ndoc_to_target: answer\n"
                                          "reckon:\n  extraction: [last_number]\n  grader: numeric\n");
    const std::string script = folder_.write("script.json", "{\"default_reply\": \"" + reply + "\"}");
    const std::string run = folder_.file(name);
    const ProcessResult made =
        reckon({"run", "--model", "scripted", "--model-args", "script=" + script, "--tasks", "pair",
                "--include-path", folder_.file("suites"), "--output-path", run, "--quiet"});
    EXPECT_EQ(made.exit_code, 0) << made.errors;
    json::Document manifest = json::parse_file(run + "/run.json");
    manifest["created"] = json::string(day + "T12:00:00Z", manifest.GetAllocator());
    write_file_atomically(run + "/run.json", json::dump_pretty(manifest));
    return run;
  }

  TemporaryFolder folder_;
};

TEST_F(HistoryOfRuns, TheirTimesOrderThem) {
  const std::string later = make_run("later", "It is 4.", "2026-02-02");
  const std::string earlier = make_run("earlier", "It is 9.", "2026-01-01");
  const std::string chart = folder_.file("history.html");
  const ProcessResult shown = reckon({"history", later, earlier, "--json", "--output", chart});
  ASSERT_EQ(shown.exit_code, 0) << shown.errors;
  const json::Document history = json::parse(shown.output, "history --json");
  const json::Value& points = history["suites"]["pair"]["points"];
  ASSERT_EQ(points.Size(), 2U);
  EXPECT_THAT(points[0]["run"].GetString(), HasSubstr("earlier"));
  EXPECT_EQ(points[0]["value"].GetDouble(), 0.0);
  EXPECT_THAT(points[1]["run"].GetString(), HasSubstr("later"));
  EXPECT_EQ(points[1]["value"].GetDouble(), 0.5);
  EXPECT_EQ(points[1]["n"].GetInt(), 2);
  EXPECT_GT(points[1]["interval_95"][1].GetDouble(), 0.5);
  EXPECT_TRUE(history["suites"]["pair"]["change"].IsNull()) << "two runs show no change of level";

  const ProcessResult text = reckon({"history", later, earlier});
  EXPECT_LT(text.output.find("2026-01-01"), text.output.find("2026-02-02"));
  EXPECT_THAT(text.output, HasSubstr("50.0"));
  const std::string html = read_file(chart);
  EXPECT_THAT(html, HasSubstr("<svg"));
  EXPECT_LT(html.find("2026-01-01"), html.find("2026-02-02"));
}

TEST_F(HistoryOfRuns, AFolderThatIsNoRunIsNamed) {
  const ProcessResult result = reckon({"history", folder_.path()});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.errors, HasSubstr(folder_.path()));
}

}  // namespace
}  // namespace reckon::test
