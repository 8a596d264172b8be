#include "tests/end_to_end/killed_run.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <utility>

#include "base/json.h"
#include "tests/end_to_end/process.h"
#include "tests/end_to_end/run_records.h"

namespace reckon::test {

KilledRun::KilledRun(std::string folder, std::string task, std::size_t samples, double longest_delay,
                     unsigned seed)
    : folder_(std::move(folder)),
      task_(std::move(task)),
      samples_(samples),
      longest_delay_(longest_delay),
      random_(seed) {}

// What the run has written down, not the clock, says where in it a kill falls: a busy machine changes
// nothing.
std::function<bool()> KilledRun::progress_to_wait_for() {
  const auto recorded = [this](std::size_t wanted) {
    return [this, wanted] { return complete_records(folder_, task_) >= wanted; };
  };
  const auto results = [this] { return std::filesystem::exists(folder_ + "/results.json"); };
  const auto starts = [] { return true; };
  const auto never = [] { return false; };
  if (records_ == samples_) {  // what is left is the end of the run
    switch (std::uniform_int_distribution<int>(0, 2)(random_)) {
      case 0:
        return starts;
      case 1:
        return results;
      default:
        return never;
    }
  }
  std::uniform_int_distribution<std::size_t> more(1, std::max<std::size_t>(1, samples_ / 5));
  switch (std::discrete_distribution<int>({2, 7, 1})(random_)) {
    case 0:
      return starts;
    case 1:
      return recorded(std::min(samples_, records_ + more(random_)));
    default:
      return recorded(samples_);
  }
}

bool KilledRun::start(const std::vector<std::string>& command) {
  const auto progress = progress_to_wait_for();
  const double delay = std::uniform_real_distribution<double>(0.0, longest_delay_)(random_);
  const ProcessResult result = reckon_signalled_once(command, some_time_after(progress, delay), SIGKILL);
  const bool killed = result.signal == SIGKILL;
  EXPECT_TRUE(killed || result.exit_code == 0) << result.errors;

  const std::size_t records = complete_records(folder_, task_);
  EXPECT_GE(records, records_) << "records were lost by a kill";
  const std::size_t launches = launches_of_run(folder_).size();
  // Killed early, or with nothing left to ask, a start is no launch.
  EXPECT_TRUE(launches == launches_ + 1 || (launches == launches_ && records == records_))
      << launches_ << " launches before this start, " << launches << " after it";
  if (killed) ++(records == 0 ? before_first_ : records < samples_ ? between_ : after_last_);
  records_ = records;
  launches_ = launches;
  return !killed;
}

void KilledRun::expect_whole() const {
  const std::vector<LaunchRecord> launches = launches_of_run(folder_);
  double device_seconds = 0.0;
  for (const LaunchRecord& launch : launches) device_seconds += launch.device_count * launch.wall_seconds;
  ASSERT_FALSE(launches.empty());
  const json::Document results = json::parse_file(folder_ + "/results.json");
  EXPECT_NEAR(results["total"]["cost"]["device_hours"].GetDouble(), device_seconds / 3600, 1e-9);
  for (const std::size_t launch : launches_of_records(folder_, task_)) EXPECT_LT(launch, launches.size());
}

void KilledRun::begin_anew() {
  std::filesystem::remove_all(folder_);
  records_ = 0;
  launches_ = 0;
}

}  // namespace reckon::test
