#include "base/nearest.h"

#include <gtest/gtest.h>

namespace reckon {
namespace {

TEST(EditDistance, CountsChangesAndSwaps) {
  EXPECT_EQ(edit_distance("", "abc"), 3);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3);
  EXPECT_EQ(edit_distance("gsm8k", "gms8k"), 1);
  EXPECT_EQ(edit_distance("same", "same"), 0);
}

TEST(NearestName, KnowsWhatIsNearAndWhatIsNot) {
  const std::vector<std::string> names = {"gsm8k", "math500", "demo_logic"};
  EXPECT_EQ(nearest_name("gsm8", names), "gsm8k");
  EXPECT_EQ(nearest_name("demo-logic", names), "demo_logic");
  EXPECT_EQ(nearest_name("completely_other", names), "");
  EXPECT_EQ(did_you_mean("math50", names), "; did you mean 'math500'?");
  EXPECT_EQ(did_you_mean("zzz", {}), "");
}

}  // namespace
}  // namespace reckon
