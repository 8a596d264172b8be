#include "suites/math/judge.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace reckon::suites::math {
namespace {

TEST(Judge, NumbersAreComparedAsRationals) {
  EXPECT_EQ(judge("1/2", "0.5").evidence, Evidence::proven_equal);
  EXPECT_EQ(judge("025", "25").evidence, Evidence::proven_equal);
  EXPECT_EQ(judge("1/3", "0.33").evidence, Evidence::proven_different);
}

TEST(Judge, UnknownPolicyIsNamed) { EXPECT_THROW(policy_named("lenient"), Error); }

}  // namespace
}  // namespace reckon::suites::math
