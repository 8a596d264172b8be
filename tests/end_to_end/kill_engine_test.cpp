// The two promises together, on the engine and a real model: a sampled run that is killed at random moments,
// with the batches, shared pages and threads of each restart different, ends with the bytes of one that was
// left alone.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/end_to_end/killed_run.h"
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
  const ProcessResult whole = reckon(command(folder.file("whole"), 0));
  ASSERT_EQ(whole.exit_code, 0) << whole.errors;
  const auto expected = verdicts_of_run(folder.file("whole"), kTask);
  ASSERT_EQ(expected.size(), kSamples);

  KilledRun killed(folder.file("killed"), kTask, kSamples, 0.2, 20260807);
  for (int launch = 0; killed.kills() < 12 || killed.kills_between_records() < 6; ++launch) {
    const bool ended = killed.start(command(folder.file("killed"), launch));
    if (HasFailure()) return;
    if (ended) {
      killed.expect_whole();
      EXPECT_EQ(verdicts_of_run(folder.file("killed"), kTask), expected);
      killed.begin_anew();
    }
  }
  const ProcessResult end = reckon(command(folder.file("killed"), 1));
  ASSERT_EQ(end.exit_code, 0) << end.errors;
  killed.expect_whole();
  EXPECT_EQ(verdicts_of_run(folder.file("killed"), kTask), expected);
}

}  // namespace
}  // namespace reckon::test
