// The two promises together, on the engine and a real model: a sampled run that is killed at random moments,
// with the batches, shared pages and threads of each restart different, ends with the bytes of one that was
// left alone.

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <random>

#include "tests/end_to_end/process.h"
#include "tests/end_to_end/run_records.h"
#include "tests/support/shared_data.h"

namespace reckon::test {
namespace {

constexpr const char* kTask = "demo_logic";
constexpr std::size_t kSamples = 24;

std::vector<std::string> command(const std::string& run, int launch) {
  // Threads, chunk and the number of sequences at a time are the machine's business, not the result's.
  const std::string settings = "threads=" + std::to_string(1 + launch % 2) +
                               ",chunk_tokens=" + std::to_string(32 << (launch % 3)) +
                               ",max_sequences=" + std::to_string(1 + 5 * (launch % 4));
  return {"run",
          "--model",
          "reckon-demo-moe",
          "--model_args",
          settings,
          "--tasks",
          kTask,
          "--limit",
          std::to_string(kSamples),
          "--gen_kwargs",
          "do_sample=true,temperature=0.8,top_p=0.95",
          "--output_path",
          run};
}

TEST(KillEngine, KillsAndOtherBatchesChangeNoVerdict) {
  const TemporaryFolder folder;
  const auto begin = std::chrono::steady_clock::now();
  const ProcessResult whole = reckon(command(folder.file("whole"), 0));
  const std::chrono::duration<double> whole_time = std::chrono::steady_clock::now() - begin;
  ASSERT_EQ(whole.exit_code, 0) << whole.errors;
  const auto expected = verdicts_of_run(folder.file("whole"), kTask);
  ASSERT_EQ(expected.size(), kSamples);

  std::mt19937 random(20260807);
  std::uniform_real_distribution<double> moment(0.05, 0.6 * whole_time.count());
  int kills = 0;
  int kills_with_records = 0;
  std::size_t last = 0;
  for (int launch = 0; launch < 20; ++launch) {
    bool killed = false;
    const ProcessResult result =
        reckon_killed_after(command(folder.file("killed"), launch), moment(random), killed);
    if (!killed) {
      ASSERT_EQ(result.exit_code, 0) << result.errors;
    }
    kills += killed ? 1 : 0;
    const std::size_t records = complete_records(folder.file("killed"), kTask);
    ASSERT_GE(records, last) << "records were lost by a kill";
    kills_with_records += killed && records > 0 && records < kSamples ? 1 : 0;
    last = records;
    if (!killed) {
      EXPECT_EQ(verdicts_of_run(folder.file("killed"), kTask), expected);
      std::filesystem::remove_all(folder.file("killed"));
      last = 0;
    }
  }
  EXPECT_GE(kills, 8) << "the kills came too late to test anything";
  EXPECT_GE(kills_with_records, 1) << "no kill came in the middle of the work";
  const ProcessResult end = reckon(command(folder.file("killed"), 1));
  ASSERT_EQ(end.exit_code, 0) << end.errors;
  EXPECT_EQ(verdicts_of_run(folder.file("killed"), kTask), expected);
}

}  // namespace
}  // namespace reckon::test
