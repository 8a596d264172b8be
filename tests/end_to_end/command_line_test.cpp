// What a person gets for what they type: exit codes, and errors that name the remedy.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.h"
#include "tests/end_to_end/process.h"
#include "tests/support/shared_data.h"

namespace reckon::test {
namespace {

using testing::HasSubstr;

TEST(Cli, VersionSaysWhatItRunsOn) {
  const ProcessResult result = reckon({"--version"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.output, HasSubstr("reckon 0."));
  EXPECT_THAT(result.output, HasSubstr("cpu"));
}

TEST(Cli, UnknownNamesAreAnsweredWithTheNearest) {
  const TemporaryFolder folder;
  const ProcessResult task = reckon(
      {"run", "--model", "reckon-demo-moe", "--tasks", "demo_logik", "--output_path", folder.file("run")});
  EXPECT_EQ(task.exit_code, 2);
  EXPECT_THAT(task.errors, HasSubstr("demo_logic"));
  const ProcessResult model = reckon(
      {"run", "--model", "reckon-demo-mo", "--tasks", "demo_logic", "--output_path", folder.file("run")});
  EXPECT_EQ(model.exit_code, 2);
  EXPECT_THAT(model.errors, HasSubstr("reckon-demo-moe"));
}

TEST(Cli, AnUnwritableFolderIsAnErrorBeforeTheModelIsLoaded) {
  const ProcessResult result =
      reckon({"run", "--model", "no-such-model", "--tasks", "demo_logic", "--output_path", "/proc/run"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.errors, HasSubstr("/proc/run"));
  EXPECT_THAT(result.errors, HasSubstr("--output_path"));
}

TEST(Cli, ADeviceThatIsNotThereIsNoBadInput) {
  const ProcessResult unknown =
      reckon({"logits", "--model", "reckon-demo-dense", "--ids", "1", "--device", "tpu"});
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_THAT(unknown.errors, HasSubstr("expected cpu or cuda"));
  const ProcessResult cuda =
      reckon({"logits", "--model", "reckon-demo-dense", "--ids", "1", "--device", "cuda"});
  if (cuda.exit_code == 0) GTEST_SKIP() << "there is a device here";
  EXPECT_EQ(cuda.exit_code, 3);
  EXPECT_THAT(cuda.errors, HasSubstr("--device cuda: "));
}

TEST(Cli, ListsAreTablesAndJson) {
  const ProcessResult table = reckon({"ls", "suites"});
  EXPECT_EQ(table.exit_code, 0);
  EXPECT_THAT(table.output, HasSubstr("| gsm8k"));
  const ProcessResult text = reckon({"ls", "--json"});
  EXPECT_EQ(text.exit_code, 0);
  const json::Document lists = json::parse(text.output, "ls --json");
  EXPECT_GT(lists["suites"].Size(), 5U);
  EXPECT_EQ(lists["models"].Size(), 2U);
  EXPECT_GT(lists["hardware"].Size(), 5U);
}

}  // namespace
}  // namespace reckon::test
