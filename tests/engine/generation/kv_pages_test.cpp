#include "engine/generation/kv_pages.h"

#include <gtest/gtest.h>

namespace reckon::engine {
namespace {

std::vector<TokenId> range(TokenId first, int count) {
  std::vector<TokenId> tokens;
  for (int i = 0; i < count; ++i) tokens.push_back(first + i);
  return tokens;
}

struct Holder {
  explicit Holder(std::vector<TokenId> prompt_tokens)
      : tokens(std::move(prompt_tokens)), prompt(static_cast<std::int32_t>(tokens.size())) {}
  TokenView view() const { return {tokens, prompt}; }
  bool open(KvPages& pages) {
    const auto length = static_cast<std::int32_t>(tokens.size());
    return pages.open(table, view(), length - 1, length, 0, copy);
  }
  void compute(KvPages& pages) {
    pages.commit(table, view(), static_cast<std::int32_t>(tokens.size()), true);
  }

  std::vector<TokenId> tokens;
  std::int32_t prompt;
  PageTable table;
  PageCopy copy;
};

TEST(KvPages, EqualPrefixSharesFullPagesAndCopiesThePartlyEqualOne) {
  KvPages pages(10, 8);
  Holder first(range(100, 30));
  ASSERT_TRUE(first.open(pages));
  EXPECT_EQ(first.table.committed, 0);
  first.compute(pages);
  std::vector<TokenId> tokens = range(100, 22);
  tokens.push_back(7);
  Holder second(tokens);
  ASSERT_TRUE(second.open(pages));
  EXPECT_EQ(second.table.committed, 22);
  EXPECT_EQ(second.table.pages[0], first.table.pages[0]);
  EXPECT_EQ(second.table.pages[1], first.table.pages[1]);
  EXPECT_NE(second.table.pages[2], first.table.pages[2]);
  EXPECT_EQ(second.copy.from, first.table.pages[2]);
  EXPECT_EQ(second.copy.to, second.table.pages[2]);
  EXPECT_EQ(pages.held(), 5);
  pages.check();
}

TEST(KvPages, LastTokenIsAlwaysComputed) {
  KvPages pages(10, 8);
  Holder first(range(100, 16));
  ASSERT_TRUE(first.open(pages));
  first.compute(pages);
  Holder same(range(100, 16));
  ASSERT_TRUE(same.open(pages));
  EXPECT_EQ(same.table.committed, 15);
  EXPECT_NE(same.table.pages[1], first.table.pages[1]);
}

TEST(KvPages, RolesTellEqualTokensApart) {
  KvPages pages(10, 4);
  Holder answer(range(100, 8));
  answer.prompt = 4;
  ASSERT_TRUE(answer.open(pages));
  answer.compute(pages);
  Holder prompt(range(100, 12));
  EXPECT_EQ(pages.match_length(prompt.view(), 12), 4);
  prompt.prompt = 4;
  EXPECT_EQ(pages.match_length(prompt.view(), 12), 8);
}

TEST(KvPages, SamePageComputedTwiceIsKeptOnce) {
  KvPages pages(10, 4);
  Holder first(range(100, 9));
  Holder second(range(100, 9));
  ASSERT_TRUE(first.open(pages));
  ASSERT_TRUE(second.open(pages));
  EXPECT_EQ(pages.held(), 6);
  first.compute(pages);
  second.compute(pages);
  EXPECT_EQ(pages.held(), 4);
  EXPECT_EQ(second.table.pages[1], first.table.pages[1]);
  EXPECT_NE(second.table.pages[2], first.table.pages[2]);
  pages.check();
}

TEST(KvPages, LeastRecentlyUsedPagesGoFirstAndHeldOnesNever) {
  KvPages pages(6, 4);
  Holder old(range(100, 8));
  ASSERT_TRUE(old.open(pages));
  old.compute(pages);
  Holder held(range(200, 8));
  ASSERT_TRUE(held.open(pages));
  held.compute(pages);
  Holder recent(range(300, 8));
  ASSERT_TRUE(recent.open(pages));
  recent.compute(pages);
  pages.close(old.table, 8);
  pages.close(recent.table, 8);
  EXPECT_EQ(pages.available(), 4);
  EXPECT_EQ(pages.cached(), 4);
  Holder next(range(400, 8));
  ASSERT_TRUE(next.open(pages));
  pages.check();
  EXPECT_EQ(pages.match_length(old.view(), 8), 0);
  EXPECT_EQ(pages.match_length(held.view(), 8), 8);
  EXPECT_EQ(pages.match_length(recent.view(), 8), 8);
  Holder too_much(range(500, 12));
  EXPECT_FALSE(too_much.open(pages));
  EXPECT_TRUE(too_much.table.pages.empty());
  pages.check();
}

TEST(KvPages, MemoryThatWasNeverUsedStaysSoWhileEnoughIsCached) {
  // Pages of 1,024 tokens: 32 of them are cached before the oldest is given out again.
  KvPages pages(100, 1024);
  std::vector<Holder> holders;
  std::int32_t highest = 0;
  for (int i = 0; i < 60; ++i) {
    Holder& holder = holders.emplace_back(range(100000 * (i + 1), 1024));
    ASSERT_TRUE(holder.open(pages));
    highest = std::max(highest, holder.table.pages[0]);
    holder.compute(pages);
    pages.close(holder.table, 1024);
    pages.check();
  }
  EXPECT_EQ(highest, 31);
  EXPECT_EQ(pages.match_length(holders[59].view(), 1024), 1024);
  EXPECT_EQ(pages.match_length(holders[28].view(), 1024), 1024);
  EXPECT_EQ(pages.match_length(holders[27].view(), 1024), 0);
  // Sequences that hold their pages still get all there are.
  Holder large(range(50, 100 * 1024));
  EXPECT_TRUE(large.open(pages));
  pages.check();
}

TEST(KvPages, RefusalChangesNothing) {
  KvPages pages(4, 4);
  Holder first(range(100, 10));
  ASSERT_TRUE(first.open(pages));
  first.compute(pages);
  Holder second(range(100, 17));
  EXPECT_FALSE(second.open(pages));
  EXPECT_EQ(pages.held(), 3);
  EXPECT_EQ(pages.available(), 1);
  EXPECT_FALSE(pages.reserve(first.table, 17));
  EXPECT_TRUE(pages.reserve(first.table, 16));
  pages.check();
}

TEST(KvPages, SourceOfACopyDoesNotStandInTheWay) {
  // All pages are cached; a follower that needs every page must not fail because it would like to copy from
  // one.
  KvPages pages(2, 8);
  Holder first(range(100, 6));
  ASSERT_TRUE(first.open(pages));
  first.compute(pages);
  pages.close(first.table, 6);
  std::vector<TokenId> tokens = range(100, 5);
  for (int i = 0; i < 11; ++i) tokens.push_back(1);
  Holder second(tokens);
  ASSERT_TRUE(second.open(pages));
  EXPECT_EQ(second.copy.to, -1);
  EXPECT_EQ(second.table.committed, 0);
  pages.check();
}

TEST(KvPages, ClosingForgetsTheAnswerAndKeepsThePrompt) {
  KvPages pages(10, 4);
  Holder holder(range(100, 14));
  holder.prompt = 6;
  ASSERT_TRUE(holder.open(pages));
  holder.compute(pages);
  pages.close(holder.table, 6);
  EXPECT_EQ(pages.cached(), 2);
  EXPECT_EQ(pages.match_length(holder.view(), 14), 6);
  EXPECT_EQ(pages.held(), 0);
  pages.check();
}

TEST(KvPages, RollingBackCopiesACutPageThatOthersMayUse) {
  KvPages pages(10, 4);
  Holder holder(range(100, 12));
  ASSERT_TRUE(holder.open(pages));
  holder.compute(pages);
  const std::vector<std::int32_t> before = holder.table.pages;
  PageCopy copy;
  ASSERT_TRUE(pages.roll_back(holder.table, 6, copy));
  EXPECT_EQ(holder.table.committed, 6);
  EXPECT_EQ(copy.from, before[1]);
  EXPECT_EQ(copy.to, holder.table.pages[1]);
  ASSERT_EQ(holder.table.pages.size(), 2U);
  pages.check();
  // Another continuation from there, while the old one stays known.
  holder.tokens.resize(6);
  holder.tokens.insert(holder.tokens.end(), {1, 2, 3});
  holder.prompt = 9;
  ASSERT_TRUE(pages.reserve(holder.table, 9));
  holder.compute(pages);
  EXPECT_EQ(pages.match_length(holder.view(), 9), 9);
  Holder old(range(100, 12));
  EXPECT_EQ(pages.match_length(old.view(), 12), 12);
  pages.close(holder.table, 9);
  EXPECT_EQ(pages.held(), 0);
  pages.check();
}

}  // namespace
}  // namespace reckon::engine
