// Reports made again from a run directory, in the formats asked for.

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "base/json.h"
#include "tests/end_to_end/process.h"
#include "tests/support/shared_data.h"

namespace reckon::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

std::vector<std::string> files_in(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    names.push_back(entry.path().filename().string());
  }
  return names;
}

TEST(ReportFromTheCommandLine, FormatsShowTheSameFigures) {
  const TemporaryFolder folder;
  const std::string run = folder.file("run");
  const ProcessResult made =
      reckon({"run", "--model", "reckon-demo-dense", "--tasks", "demo_arithmetic", "--limit", "12",
              "--output_path", run, "-q", "--price-per-hour", "0.36", "--price-source", "a test"});
  ASSERT_EQ(made.exit_code, 0) << made.errors;
  const json::Document manifest = json::parse(read_file(run + "/run.json"), "run.json");
  EXPECT_STREQ(manifest["model_config"]["model_type"].GetString(), "llama");

  const ProcessResult some = reckon(
      {"report", "--format", "md,csv", "--format", "junit", run, "--output-path", folder.file("some")});
  ASSERT_EQ(some.exit_code, 0) << some.errors;
  EXPECT_THAT(files_in(folder.file("some")), UnorderedElementsAre("summary.md", "scores.csv", "junit.xml"));
  // What was printed by the run, what is printed now and what is written: one text.
  EXPECT_EQ(some.output, made.output);
  const json::Document results = json::parse(read_file(run + "/results.json"), "results.json");
  const json::Value& task = results["results"]["demo_arithmetic"];
  const std::string accuracy = fmt::format("{}", task["accuracy"]["value"].GetDouble());
  EXPECT_THAT(read_file(folder.file("some/scores.csv")),
              HasSubstr("demo_arithmetic,accuracy,none,12,12," + accuracy + ","));
  const std::string percent = fmt::format("{:.1f} %", 100 * task["accuracy"]["value"].GetDouble());
  EXPECT_THAT(read_file(folder.file("some/summary.md")), HasSubstr(percent));
  EXPECT_THAT(read_file(folder.file("some/junit.xml")), HasSubstr(percent));
  EXPECT_THAT(some.output, AllOf(HasSubstr(percent), HasSubstr("$0.36")));

  EXPECT_EQ(reckon({"report", run, "--output-path", folder.file("all")}).exit_code, 0);
  EXPECT_THAT(files_in(folder.file("all")),
              UnorderedElementsAre("summary.md", "results.json", "report.html"));
  EXPECT_EQ(read_file(folder.file("all/summary.md")), read_file(folder.file("some/summary.md")));
}

TEST(ReportFromTheCommandLine, RefusesWithTheFlag) {
  const TemporaryFolder folder;
  const ProcessResult format = reckon({"report", "x", "--format", "pdf"});
  EXPECT_EQ(format.exit_code, 2);
  EXPECT_THAT(format.errors, AllOf(HasSubstr("--format"), HasSubstr("pdf")));
  const ProcessResult tokens = reckon({"report", "x", "--input-per-question", "5"});
  EXPECT_EQ(tokens.exit_code, 2);
  EXPECT_THAT(tokens.errors, HasSubstr("--output-per-question"));
  EXPECT_EQ(reckon({"report", folder.path()}).exit_code, 2);
  EXPECT_THAT(files_in(folder.path()), testing::IsEmpty());
}

}  // namespace
}  // namespace reckon::test
