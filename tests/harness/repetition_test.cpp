#include "harness/repetition.h"

#include <string>

#include <gtest/gtest.h>

namespace reckon::harness {
namespace {

std::string times(const std::string& piece, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += piece;
  return text;
}

TEST(Repetition, FindsPiecesOfAnyLength) {
  EXPECT_TRUE(ends_in_loop("So 2 + 2 = 4. " + times("Wait. ", 60)));
  EXPECT_TRUE(ends_in_loop(times("a", 256)));
  const std::string paragraph = times("The answer to the question is what was asked for, so ", 8);
  EXPECT_TRUE(ends_in_loop("x" + times(paragraph + "let me check again. ", 4)));
  EXPECT_TRUE(ends_in_loop(times("Hmm, no. ", 50) + "Hmm, n")) << "the last piece may be cut off";
}

TEST(Repetition, LeavesOrdinaryTextAlone) {
  std::string counting;
  for (int i = 0; i < 3000; ++i) counting += std::to_string(i) + ", ";
  EXPECT_FALSE(ends_in_loop(counting));
  EXPECT_FALSE(ends_in_loop(times("Wait. ", 60) + "The answer is 4."));
  EXPECT_FALSE(ends_in_loop(times("a", 255)));
  EXPECT_FALSE(ends_in_loop(""));
  EXPECT_FALSE(ends_in_loop(times(counting, 3)));
}

}  // namespace
}  // namespace reckon::harness
