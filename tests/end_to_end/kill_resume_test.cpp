// Nothing is lost on a kill: a run that is killed at random moments and started again ends with the verdicts
// of one that was left alone.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>

#include "base/files.h"
#include "base/json.h"
#include "tests/end_to_end/killed_run.h"
#include "tests/end_to_end/process.h"
#include "tests/end_to_end/run_records.h"
#include "tests/support/shared_data.h"

namespace reckon::test {
namespace {

constexpr int kDocuments = 150;

class KillResume : public testing::Test {
 protected:
  void SetUp() override {
    std::string rows;
    for (int i = 0; i < kDocuments; ++i) {
      rows += "{\"question\": \"question " + std::to_string(i) + "\", \"answer\": \"" +
              std::to_string(i % 100) + "\"}\n";
    }
    folder_.write("data/rows.jsonl", rows);
    folder_.write("suites/killable.yaml",
                  "task: killable\n"
                  "dataset_path: json\n"
                  "dataset_kwargs: {data_files: rows.jsonl}\n"
                  "output_type: generate_until\n"
                  "doc_to_text: question\n"
                  "doc_to_target: answer\n"
                  "repeats: 2\n"
                  "reckon:\n"
                  "  extraction: [last_boxed, last_number]\n"
                  "  grader: numeric\n");
    folder_.write(
        "script.json",
        R"({"delay_seconds": 0.02, "max_in_flight": 8, "default_reply": "<think>long\nthought</think>It is \\boxed{{hash}}."})");
  }

  std::vector<std::string> command(const std::string& run) const {
    return {"run",
            "--model",
            "scripted",
            "--model_args",
            "script=" + folder_.file("script.json"),
            "--tasks",
            "killable",
            "--include_path",
            folder_.file("suites"),
            "--data_dir",
            folder_.file("data"),
            "--output_path",
            folder_.file(run)};
  }

  std::map<std::pair<int, int>, std::string> verdicts(const std::string& run) const {
    return verdicts_of_run(folder_.file(run), "killable");
  }

  TemporaryFolder folder_;
};

TEST_F(KillResume, AHundredKillsChangeNoVerdict) {
  const ProcessResult whole = reckon(command("whole"));
  ASSERT_EQ(whole.exit_code, 0) << whole.errors;
  const auto expected = verdicts("whole");
  ASSERT_EQ(expected.size(), 2U * kDocuments);

  KilledRun killed(folder_.file("killed"), "killable", expected.size(), 0.05, 20260131);
  const auto run_ends_whole = [&] {
    killed.expect_whole();
    EXPECT_EQ(verdicts("killed"), expected);
    EXPECT_TRUE(std::filesystem::exists(folder_.file("killed") + "/report.html"));
  };
  while (killed.kills() < 100 || killed.kills_before_first_record() == 0 ||
         killed.kills_after_last_record() == 0) {
    const bool ended = killed.start(command("killed"));
    if (HasFailure()) return;
    if (ended) {
      run_ends_whole();
      killed.begin_anew();
    }
  }
  const ProcessResult end = reckon(command("killed"));
  ASSERT_EQ(end.exit_code, 0) << end.errors;
  run_ends_whole();
}

TEST_F(KillResume, FreshQuestionsStayThoseOfTheDayTheRunBegan) {
  const auto with = [&](const std::string& task_args) {
    return reckon({"run", "--model", "scripted", "--model_args", "script=" + folder_.file("script.json"),
                   "--tasks", "fresh", "--task_args", task_args, "--predict_only", "--output_path",
                   folder_.file("fresh")});
  };
  // No day has this number: the seed is known from the run alone.
  const ProcessResult begun = with("n=1,seed=5");
  ASSERT_EQ(begun.exit_code, 0) << begun.errors;
  const ProcessResult resumed = with("n=1");
  EXPECT_EQ(resumed.exit_code, 0) << resumed.errors;
  EXPECT_EQ(with("n=1,seed=6").exit_code, 2);
  EXPECT_EQ(with("n=2").exit_code, 2);
}

TEST_F(KillResume, CtrlCSaysHowToGoOn) {
  const std::string samples = folder_.file("run") + "/samples/killable.jsonl";
  const ProcessResult stopped = reckon_signalled_once(
      command("run"),
      [&] { return std::filesystem::exists(samples) && std::filesystem::file_size(samples) > 0; }, SIGINT);
  EXPECT_EQ(stopped.exit_code, 3);
  EXPECT_THAT(stopped.errors, testing::HasSubstr("start the same command again"));
  const ProcessResult end = reckon(command("run"));
  EXPECT_EQ(end.exit_code, 0) << end.errors;
  EXPECT_EQ(verdicts("run").size(), 2U * kDocuments);
}

TEST_F(KillResume, ATornLineIsAskedAgain) {
  ASSERT_EQ(reckon(command("run")).exit_code, 0);
  const auto expected = verdicts("run");
  const std::string path = folder_.file("run") + "/samples/killable.jsonl";
  const std::string content = read_file(path);
  std::filesystem::resize_file(path, content.size() - 40);
  ASSERT_EQ(reckon(command("run")).exit_code, 0);
  EXPECT_EQ(verdicts("run"), expected);
}

TEST_F(KillResume, RecordsBeforeALostDeviceStayAndTheRestIsDoneLater) {
  folder_.write("script.json", R"({"max_in_flight": 8, "default_reply": "\\boxed{{hash}}", "lost_file": ")" +
                                   folder_.file("lost") + "\"}");
  ASSERT_EQ(reckon(command("whole")).exit_code, 0);
  folder_.write("lost", "40");
  const ProcessResult lost = reckon(command("run"));
  EXPECT_EQ(lost.exit_code, 3);
  EXPECT_THAT(lost.errors, testing::HasSubstr("the device is lost"));
  const std::size_t records = complete_records(folder_.file("run"), "killable");
  EXPECT_GE(records, 1U);
  EXPECT_LT(records, 2U * kDocuments);
  std::filesystem::remove(folder_.file("lost"));
  const ProcessResult end = reckon(command("run"));
  EXPECT_EQ(end.exit_code, 0) << end.errors;
  EXPECT_EQ(verdicts("run"), verdicts("whole"));
}

TEST_F(KillResume, AFolderThatAnotherProcessWorksInIsRefusedBeforeTheModelIsLoaded) {
  ASSERT_EQ(reckon(command("run")).exit_code, 0);
  const int lock = ::open(folder_.file("run/lock").c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_EQ(::flock(lock, LOCK_EX | LOCK_NB), 0);
  std::filesystem::remove(folder_.file("script.json"));
  const ProcessResult second = reckon(command("run"));
  EXPECT_EQ(second.exit_code, 2);
  EXPECT_THAT(second.errors, testing::HasSubstr("another process"));
  ::close(lock);
  EXPECT_THAT(reckon(command("run")).errors, testing::HasSubstr("script.json"));
}

TEST_F(KillResume, OtherSettingsAreRefusedAndNamed) {
  ASSERT_EQ(reckon(command("run")).exit_code, 0);
  auto other = command("run");
  other.insert(other.end(), {"--seed", "99"});
  const ProcessResult refused = reckon(other);
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.errors, testing::HasSubstr("seed: 1234 in the run, 99 now"));
}

TEST_F(KillResume, FailedSamplesAreCountedAndTriedAgain) {
  folder_.write("script.json",
                R"({"error_every": 3, "error_retryable": false, "default_reply": "\\boxed{1}"})");
  const ProcessResult failing = reckon(command("run"));
  EXPECT_EQ(failing.exit_code, 3);
  EXPECT_THAT(failing.errors, testing::HasSubstr("failed and are not graded"));
  EXPECT_THAT(failing.errors, testing::HasSubstr("would fail at them again"));
  EXPECT_THAT(failing.errors, testing::Not(testing::HasSubstr("start the same command again")));
  const json::Document results = json::parse_file(folder_.file("run") + "/results.json");
  EXPECT_TRUE(results.IsObject());
}

}  // namespace
}  // namespace reckon::test
