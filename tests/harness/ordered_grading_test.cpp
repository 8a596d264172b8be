#include "harness/ordered_grading.h"

#include <latch>
#include <numeric>
#include <stdexcept>
#include <vector>

#include <gtest/gtest.h>

namespace reckon::harness {
namespace {

TEST(OrderedGrading, TakesInTheOrderOfTheCallsWhateverIsDoneFirst) {
  std::latch second_is_judged(1);
  std::vector<int> taken;
  OrderedGrading grading(2);
  grading.push([&] { second_is_judged.wait(); }, [&] { taken.push_back(0); });
  grading.push([&] { second_is_judged.count_down(); }, [&] { taken.push_back(1); });
  grading.finish();
  EXPECT_EQ(taken, (std::vector<int>{0, 1}));
}

TEST(OrderedGrading, TakesMoreThanItHoldsAtOnce) {
  std::vector<int> judged(2000, 0);
  std::vector<int> taken;
  OrderedGrading grading(3);
  for (int i = 0; i < 2000; ++i) {
    grading.push([&judged, i] { judged[static_cast<std::size_t>(i)] = 2 * i; },
                 [&, i] { taken.push_back(judged[static_cast<std::size_t>(i)]); });
  }
  grading.finish();
  std::vector<int> expected(2000);
  std::iota(expected.begin(), expected.end(), 0);
  for (int& value : expected) value *= 2;
  EXPECT_EQ(taken, expected);
}

TEST(OrderedGrading, ThrowsWhatAJudgeThrewInItsTurn) {
  std::vector<int> taken;
  OrderedGrading grading(2);
  EXPECT_THROW(
      {
        for (int i = 0; i < 10; ++i) {
          grading.push(
              [i] {
                if (i == 5) throw std::runtime_error("no verdict");
              },
              [&taken, i] { taken.push_back(i); });
        }
        grading.finish();
      },
      std::runtime_error);
  EXPECT_EQ(taken, (std::vector<int>{0, 1, 2, 3, 4}));
}

}  // namespace
}  // namespace reckon::harness
