#include "base/thread_pool.h"

#include <gtest/gtest.h>

namespace reckon {
namespace {

TEST(ThreadPool, RunsEachItemOnceWhateverTheThreads) {
  for (const int threads : {1, 2, 5}) {
    ThreadPool pool(threads);
    EXPECT_EQ(pool.size(), threads);
    for (const int items : {0, 1, 2, 1000}) {
      std::vector<std::atomic<int>> runs(static_cast<std::size_t>(items));
      std::atomic<bool> in_range{true};
      pool.parallel_for(items, [&](std::int64_t item, int thread) {
        if (thread < 0 || thread >= threads) in_range = false;
        runs[static_cast<std::size_t>(item)].fetch_add(1);
      });
      for (const auto& count : runs) EXPECT_EQ(count.load(), 1);
      EXPECT_TRUE(in_range.load());
    }
  }
}

TEST(ThreadPool, ManyShortLoopsOneAfterTheOther) {
  ThreadPool pool(3);
  std::int64_t total = 0;
  for (int round = 0; round < 300; ++round) {
    std::atomic<std::int64_t> sum{0};
    pool.parallel_for(7, [&](std::int64_t item, int) { sum += item; });
    total += sum.load();
  }
  EXPECT_EQ(total, 300 * 21);
}

}  // namespace
}  // namespace reckon
