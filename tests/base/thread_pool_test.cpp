#include "base/thread_pool.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

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

TEST(ThreadPool, RangesCoverEachItemOnce) {
  for (const int threads : {1, 2, 5}) {
    ThreadPool pool(threads);
    for (const int items : {0, 1, 3, 5, 1000}) {
      std::vector<std::atomic<int>> runs(static_cast<std::size_t>(items));
      std::atomic<int> ranges{0};
      std::atomic<bool> in_range{true};
      pool.parallel_ranges(items, [&](std::int64_t first, std::int64_t last, int thread) {
        if (thread < 0 || thread >= threads || first >= last) in_range = false;
        ranges.fetch_add(1);
        for (std::int64_t item = first; item < last; ++item)
          runs[static_cast<std::size_t>(item)].fetch_add(1);
      });
      for (const auto& count : runs) EXPECT_EQ(count.load(), 1);
      EXPECT_TRUE(in_range.load());
      // Halves of what is left, and halves of what others left.
      EXPECT_LE(ranges.load(), std::min(items, 20 * threads));
    }
  }
}

// Workers that find no loop for a while go to sleep; the next one wakes them, if only by and by.
TEST(ThreadPool, LoopsAfterAPause) {
  ThreadPool pool(3);
  for (int round = 0; round < 5; ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    std::atomic<int> inside{0};
    std::atomic<bool> met{false};
    // The first item waits for another to begin: two threads have to run them.
    pool.parallel_for(3, [&](std::int64_t, int) {
      if (inside.fetch_add(1) + 1 == 2) met = true;
      while (!met.load()) std::this_thread::yield();
    });
    EXPECT_TRUE(met.load());
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
