// Where the program finds its suites, models and prices when nobody tells it.

#include <filesystem>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/end_to_end/process.h"
#include "tests/support/shared_data.h"

namespace reckon::test {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

/// Every list holds something; models lie below `models`.
void expect_lists(const std::string& binary, const std::string& models) {
  for (const char* what : {"suites", "models", "hardware", "prices"}) {
    const ProcessResult result = run_program({binary, "ls", what, "--json"});
    ASSERT_EQ(result.exit_code, 0) << what << ": " << result.errors;
    EXPECT_GT(json::parse(result.output, what)[what].Size(), 0U) << what;
  }
  const ProcessResult dense = run_program({binary, "inspect", "reckon-demo-dense", "--json"});
  ASSERT_EQ(dense.exit_code, 0) << dense.errors;
  EXPECT_EQ(json::parse(dense.output, "inspect")["path"].GetString(), models + "/reckon-demo-dense");
}

TEST(Install, TheInstalledBinaryFindsWhatWasInstalledWithIt) {
  const TemporaryFolder folder;
  const std::string prefix = folder.file("somewhere");
  const ProcessResult installed =
      run_program({RECKON_CMAKE, "--install", RECKON_BUILD_FOLDER, "--prefix", prefix});
  ASSERT_EQ(installed.exit_code, 0) << installed.errors;
  const std::string binary = prefix + "/bin/reckon";
  expect_lists(binary, prefix + "/share/reckon/models");

  // A suite's data and an estimate's constants came as well.
  const ProcessResult run =
      run_program({binary, "run", "--model", "reckon-demo-dense", "--tasks", "demo_logic", "--limit", "1",
                   "--gen_kwargs", "max_gen_toks=8", "--output_path", folder.file("run"), "--quiet"});
  EXPECT_EQ(run.exit_code, 0) << run.errors;
  const ProcessResult estimate = run_program(
      {binary, "estimate", "--model", "deepseek-v3", "--device", "h800", "--count", "8", "--json"});
  EXPECT_EQ(estimate.exit_code, 0) << estimate.errors;

  // The prefix may be moved, as it is when it was packed.
  const std::string moved = folder.file("elsewhere");
  fs::rename(prefix, moved);
  expect_lists(moved + "/bin/reckon", moved + "/share/reckon/models");
  fs::remove_all(moved + "/share");
  const ProcessResult alone = run_program({moved + "/bin/reckon", "ls", "suites"});
  EXPECT_EQ(alone.exit_code, 2);
  EXPECT_THAT(alone.errors, HasSubstr(moved + "/share/reckon"));
  EXPECT_THAT(alone.errors, HasSubstr("RECKON_SHARE"));
}

TEST(Install, TheBuildFoldersBinaryFindsTheSources) {
  if (!fs::path(RECKON_BINARY).string().starts_with(source_file(""))) {
    GTEST_SKIP() << "the build folder lies outside the sources";
  }
  expect_lists(RECKON_BINARY, fs::path(source_file("models")).lexically_normal().string());
}

}  // namespace
}  // namespace reckon::test
