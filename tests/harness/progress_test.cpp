#include "harness/progress.h"

#include <gtest/gtest.h>

namespace reckon::harness {
namespace {

ProgressState state(std::int64_t done, std::int64_t tokens) {
  ProgressState state;
  state.done = done;
  state.total = 100;
  state.output_tokens = tokens;
  return state;
}

TEST(Progress, LoadingAndWhatWasThereBeforeCountNeitherAsSpeedNorAsTimeLeft) {
  double now = 1000;
  Progress progress(Progress::Mode::off, [&] { return now; });
  now += 600;  // the model is loaded
  progress.start(state(40, 0));
  now += 10;
  EXPECT_EQ(progress.line(state(40, 0)), "40/100 samples | 0 tokens/s | 0:10");
  // 20 samples and 500 tokens in 10 seconds; 40 samples are left.
  EXPECT_EQ(progress.line(state(60, 500)), "60/100 samples | 50 tokens/s | 0:20 left");
  now += 10;
  EXPECT_EQ(progress.line(state(100, 2000)), "100/100 samples | 100 tokens/s | 0:20");
}

TEST(Progress, NamesWhatWentWrongAndTheTask) {
  double now = 0;
  Progress progress(Progress::Mode::off, [&] { return now; });
  progress.start({});
  now = 4;
  ProgressState some = state(4, 8);
  some.graded = 3;
  some.correct = 2;
  some.truncated = 1;
  some.failed = 1;
  some.task = "gsm8k";
  EXPECT_EQ(progress.line(some),
            "4/100 samples | 66.7 % right | 2 tokens/s | 1 truncated | 1 failed | 1:36 left | gsm8k");
}

TEST(ClockText, HasHoursWhereThereAreAny) {
  EXPECT_EQ(clock_text(309.4), "5:09");
  EXPECT_EQ(clock_text(3909), "1:05:09");
  EXPECT_EQ(clock_text(-1), "0:00");
}

}  // namespace
}  // namespace reckon::harness
