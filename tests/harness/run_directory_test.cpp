#include "harness/run_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "base/error.h"
#include "tests/support/shared_data.h"

namespace reckon::harness {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

json::Document manifest(const std::string& seed) {
  return json::parse(R"({"schema_version":1,"identity":{"seed":)" + seed + R"(,"model":{"name":"m"}}})",
                     "test");
}

std::string refusal(const std::string& path, const json::Document& with) {
  try {
    const RunDirectory directory(path, with);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::bad_input);
    return error.what();
  }
  return "no error";
}

TEST(JsonDifferences, NameThePathAndBothValues) {
  const json::Document before = json::parse(R"({"a":{"b":1,"c":2},"d":[1]})", "before");
  const json::Document now = json::parse(R"({"a":{"b":3},"d":[1],"e":0})", "now");
  EXPECT_THAT(json_differences(before, now, 10),
              ElementsAre("a.b: 1 in the run, 3 now", "a.c: in the run, not in this command",
                          "e: not in the run, but in this command"));
  EXPECT_EQ(json_differences(before, now, 1).size(), 1U);
  EXPECT_TRUE(json_differences(before, before, 10).empty());
}

TEST(RunDirectory, TakesTheSameRunUpAgainAndRefusesAnother) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("run");
  { EXPECT_FALSE(RunDirectory(path, manifest("1")).resumed()); }
  { EXPECT_TRUE(RunDirectory(path, manifest("1")).resumed()); }
  const std::string before = read_file(path + "/run.json");
  EXPECT_THAT(refusal(path, manifest("2")), HasSubstr("seed: 1 in the run, 2 now"));
  EXPECT_EQ(read_file(path + "/run.json"), before) << "a refused command changed the run";
}

TEST(RunDirectory, KeepsASecondProcessOut) {
  const test::TemporaryFolder folder;
  const RunDirectory first(folder.file("run"), manifest("1"));
  EXPECT_THAT(refusal(folder.file("run"), manifest("1")), HasSubstr("another process"));
}

TEST(RunDirectory, KeepsASecondProcessOutWhileTheFirstLoadsItsModel) {
  const test::TemporaryFolder folder;
  const RunDirectory first(folder.file("run"));
  EXPECT_THAT(refusal(folder.file("run"), manifest("1")), HasSubstr("another process"));
}

TEST(RunDirectory, TheTimeOfLoadingBelongsToTheLaunch) {
  const test::TemporaryFolder folder;
  RunDirectory directory(folder.file("run"));
  std::this_thread::sleep_for(std::chrono::milliseconds(30));  // the model is loaded
  directory.enter(manifest("1"));
  directory.start_launch("{}", "{}");
  directory.heartbeat({}, 0);
  const std::string launches = read_file(folder.file("run/launches.jsonl"));
  const std::size_t end = launches.find('\n');
  const json::Document start = json::parse(launches.substr(0, end), "start");
  const json::Document heartbeat = json::parse(launches.substr(end + 1), "heartbeat");
  EXPECT_GE(start["load_seconds"].GetDouble(), 0.030);
  EXPECT_GE(heartbeat["wall_seconds"].GetDouble(), start["load_seconds"].GetDouble());
}

TEST(RunDirectory, TakesAFolderWhoseFirstStartWasKilled) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("run");
  std::filesystem::create_directories(path + "/samples");
  // Killed while it tried whether the folder can be written, or while it wrote the manifest.
  for (const char* left :
       {"run/lock", "run/samples/.probe", "run/samples/.probe.12.part", "run/run.json.12.part"})
    folder.write(left, "");
  EXPECT_FALSE(RunDirectory(path, manifest("1")).resumed());
  EXPECT_TRUE(RunDirectory(path, manifest("1")).resumed());
}

TEST(RunDirectory, RefusesFoldersOfSomethingElse) {
  const test::TemporaryFolder folder;
  folder.write("run/thesis.tex", "years of work");
  EXPECT_THAT(refusal(folder.file("run"), manifest("1")), HasSubstr("thesis.tex"));
  EXPECT_EQ(read_file(folder.file("run/thesis.tex")), "years of work");
  EXPECT_FALSE(std::filesystem::exists(folder.file("run/lock")))
      << "a folder of something else was written to";
  folder.write("file", "not a folder");
  EXPECT_THAT(refusal(folder.file("file"), manifest("1")), HasSubstr("--output_path"));
}

TEST(RunDirectory, ReadsFinishedSamplesAndAsksFailedAndTornOnesAgain) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("run");
  const RunDirectory directory(path, manifest("1"));
  folder.write(
      "run/" + sample_file("t"),
      "{\"doc_id\":0,\"repeat\":0,\"doc_hash\":\"h\",\"finish_reason\":\"stop\",\"correct\":true}\n"
      "{\"doc_id\":1,\"repeat\":0,\"doc_hash\":\"h\",\"finish_reason\":\"error\",\"correct\":null}\n"
      "{\"doc_id\":2,\"repeat\":1,\"doc_hash\":\"h\",\"finish_reason\":\"length\",\"correct\":false}\n"
      "{\"doc_id\":3,\"repeat\":0,\"doc_h");
  const TaskProgress progress = directory.recorded("t");
  EXPECT_EQ(progress.finished.size(), 2U);
  EXPECT_TRUE(progress.finished.contains({0, 0}));
  EXPECT_TRUE(progress.finished.contains({2, 1}));
  EXPECT_TRUE(directory.recorded("unheard of").finished.empty());
}

TEST(RunDirectory, ADamagedLineIsNamed) {
  const test::TemporaryFolder folder;
  const RunDirectory directory(folder.file("run"), manifest("1"));
  folder.write("run/" + sample_file("t"), "{\"doc_id\":0,\"finish_reason\":\"stop\"}\nrubbish\n");
  try {
    directory.recorded("t");
    FAIL() << "a damaged line was passed over";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("t.jsonl: line 2"));
  }
}

TEST(RunDirectory, NumbersItsLaunches) {
  const test::TemporaryFolder folder;
  for (int expected = 0; expected < 3; ++expected) {
    RunDirectory directory(folder.file("run"), manifest("1"));
    EXPECT_EQ(directory.start_launch("{}", "{}"), expected);
    directory.heartbeat({}, 0.5);
    if (expected != 1) directory.end_launch({}, 0.75, "done");  // the second one is "killed"
  }
  const std::string launches = read_file(folder.file("run/launches.jsonl"));
  EXPECT_EQ(std::count(launches.begin(), launches.end(), '\n'), 8);
  EXPECT_THAT(launches, HasSubstr(R"("grading_seconds":0.500)"));
  EXPECT_THAT(launches, HasSubstr(R"("grading_seconds":0.750)"));
}

TEST(SampleFile, HoldsNoPathCharacters) { EXPECT_EQ(sample_file("a/../b c"), "samples/a_.._b_c.jsonl"); }

}  // namespace
}  // namespace reckon::harness
