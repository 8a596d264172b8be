#include "engine/model/wanted_rows.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace reckon::engine {
namespace {

/// Sequences of `counts` tokens, each at position 100 times its number; token ids are row numbers.
kernels::RaggedBatch make_batch(const std::vector<std::int32_t>& counts) {
  kernels::RaggedBatch batch;
  for (const std::int32_t count : counts) {
    const auto first = static_cast<std::int32_t>(batch.token_ids.size());
    const auto position = static_cast<std::int32_t>(batch.sequences.size()) * 100;
    batch.sequences.push_back({first, count, position, {position / 100}});
    for (std::int32_t i = 0; i < count; ++i) {
      batch.token_ids.push_back(first + i);
      batch.positions.push_back(position + i);
      batch.roles.push_back(count == 1 ? kernels::TokenRole::generated : kernels::TokenRole::prompt);
    }
  }
  return batch;
}

TEST(WantedRows, KeepsOfEachSequenceWhatFollowsItsFirstWantedRow) {
  const kernels::RaggedBatch batch = make_batch({1, 4, 5, 3});
  const WantedRows wanted = wanted_rows(batch, std::vector<std::int32_t>{12, 0, 7});
  EXPECT_EQ(wanted.batch.token_ids, (std::vector<std::int32_t>{0, 7, 8, 9, 12}));
  EXPECT_EQ(wanted.batch.positions, (std::vector<std::int32_t>{0, 202, 203, 204, 302}));
  EXPECT_EQ(wanted.batch.roles.front(), kernels::TokenRole::generated);
  EXPECT_EQ(wanted.batch.roles.back(), kernels::TokenRole::prompt);
  EXPECT_EQ(wanted.rows, (std::vector<std::int32_t>{4, 0, 1}));
  ASSERT_EQ(wanted.batch.sequences.size(), 3U);  // nothing is wanted of the second
  const kernels::SequenceSlice& third = wanted.batch.sequences[1];
  EXPECT_EQ(third.first_token, 1);
  EXPECT_EQ(third.token_count, 3);
  EXPECT_EQ(third.first_position, 202);
  EXPECT_EQ(third.pages, (std::vector<std::int32_t>{2}));
}

TEST(WantedRows, JoinsRangesThatTouch) {
  const kernels::RaggedBatch batch = make_batch({1, 1, 1, 6});
  const WantedRows wanted = wanted_rows(batch, std::vector<std::int32_t>{0, 1, 2, 8});
  ASSERT_EQ(wanted.ranges.size(), 2U);
  EXPECT_EQ(wanted.ranges[0].first, 0);
  EXPECT_EQ(wanted.ranges[0].count, 3);
  EXPECT_EQ(wanted.ranges[1].first, 8);
  EXPECT_EQ(wanted.ranges[1].at, 3);
}

TEST(WantedRows, ARowWantedTwiceIsKeptOnce) {
  const WantedRows wanted = wanted_rows(make_batch({3}), std::vector<std::int32_t>{2, 2});
  EXPECT_EQ(wanted.tokens(), 1);
  EXPECT_EQ(wanted.rows, (std::vector<std::int32_t>{0, 0}));
}

TEST(WantedRows, NothingWantedLeavesNothing) {
  const WantedRows wanted = wanted_rows(make_batch({3, 2}), {});
  EXPECT_EQ(wanted.tokens(), 0);
  EXPECT_TRUE(wanted.batch.sequences.empty());
  EXPECT_TRUE(wanted.ranges.empty());
}

}  // namespace
}  // namespace reckon::engine
