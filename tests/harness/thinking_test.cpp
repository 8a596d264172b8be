#include "harness/thinking.h"

#include <gtest/gtest.h>

namespace reckon::harness {
namespace {

TEST(SplitThinking, TheAnswerFollowsTheLastClosingMarker) {
  const ThinkingSplit split = split_thinking("<think>a</think>b</think>c");
  EXPECT_EQ(split.thinking, "a</think>b");
  EXPECT_EQ(split.answer, "c");
  EXPECT_FALSE(split.unfinished);
}

TEST(SplitThinking, TheOpeningMarkerMayHaveBeenInThePrompt) {
  const ThinkingSplit split = split_thinking("2 + 2 is 4</think>\n\\boxed{4}");
  EXPECT_EQ(split.thinking, "2 + 2 is 4");
  EXPECT_EQ(split.answer, "\n\\boxed{4}");
}

TEST(SplitThinking, ATraceWithoutItsEndIsNoAnswer) {
  const ThinkingSplit split = split_thinking("<think>the answer is \\boxed{4}");
  EXPECT_TRUE(split.unfinished);
  EXPECT_EQ(split.answer, "");
}

TEST(SplitThinking, WithoutMarkersAllIsAnswer) {
  const ThinkingSplit split = split_thinking("\\boxed{4}");
  EXPECT_FALSE(split.thinking.has_value());
  EXPECT_EQ(split.answer, "\\boxed{4}");
}

}  // namespace
}  // namespace reckon::harness
