#include "base/thread_pool.h"

#include <sched.h>

#include <algorithm>
#include <cstdlib>

namespace reckon {
namespace {

// Decode steps are a few hundred short loops each a millisecond or two apart: sleeping between them costs
// more than the loops. A worker spins this many times before it sleeps.
constexpr int kSpins = 20000;
// Fewer items of ranges than this are left to the thread whose run they are: to take them from a core far
// away takes as long as they do, and delays that core as well.
constexpr std::uint32_t kWorthTaking = 4;
constexpr std::uint64_t kNoMoreLoops = UINT64_MAX;

inline void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

}  // namespace

ThreadPool::ThreadPool(int threads)
    : shares_(std::make_unique<Share[]>(static_cast<std::size_t>(std::max(1, threads)))),
      reports_(std::make_unique<Report[]>(static_cast<std::size_t>(std::max(1, threads)))),
      sleepers_(std::make_unique<Sleeper[]>(static_cast<std::size_t>(std::max(1, threads)))) {
  for (int i = 1; i < threads; ++i) workers_.emplace_back([this, i] { work(i); });
}

ThreadPool::~ThreadPool() {
  for (int i = 1; i < size(); ++i) shares_[static_cast<std::size_t>(i)].loop.store(kNoMoreLoops);
  wake(size());
  for (std::thread& worker : workers_) worker.join();
}

void ThreadPool::drain(int thread) {
  const int threads = size();
  const Call call = shares_[static_cast<std::size_t>(thread)].call;
  for (int i = 0; i < threads; ++i) {
    // A share of an earlier loop has nothing left, and one of this loop is complete once there is something.
    std::atomic<std::uint64_t>& share = shares_[static_cast<std::size_t>((thread + i) % threads)].left;
    std::uint64_t left = share.load(std::memory_order_relaxed);
    while (true) {
      const auto next = static_cast<std::uint32_t>(left);
      const auto end = static_cast<std::uint32_t>(left >> 32U);
      if (next >= end) break;
      if (i > 0 && call.parts != kSingleItems && end - next < kWorthTaking) break;
      const std::uint32_t count = std::max<std::uint32_t>(1, (end - next) / call.parts);
      if (!share.compare_exchange_weak(left, left + count, std::memory_order_relaxed)) continue;
      call.invoke(call.body, next, std::int64_t{next} + count, thread);
      left = share.load(std::memory_order_relaxed);
    }
  }
}

void ThreadPool::run(std::int64_t items, const Call& call) {
  if (items <= 0) return;
  if (workers_.empty() || items == 1) {
    call.invoke(call.body, 0, items, 0);
    return;
  }
  ++loop_;
  const std::int64_t threads = std::min<std::int64_t>(size(), items);
  for (std::int64_t i = 0; i < threads; ++i) {
    Share& share = shares_[static_cast<std::size_t>(i)];
    const auto first = static_cast<std::uint64_t>(items * i / threads);
    const auto end = static_cast<std::uint64_t>(items * (i + 1) / threads);
    share.call = call;
    share.left.store(end << 32U | first, std::memory_order_relaxed);
    share.loop.store(loop_, std::memory_order_release);
  }
  // A thread counts itself as asleep before it looks for a loop for the last time: of that count and this one
  // the later sees the earlier, so either it finds this loop or it is seen here.
  if (asleep_.fetch_add(0, std::memory_order_acq_rel) > 0) wake(threads);
  drain(0);
  for (std::int64_t i = 1; i < threads; ++i) {
    const Report& report = reports_[static_cast<std::size_t>(i)];
    for (int spins = 0; report.loop.load(std::memory_order_acquire) != loop_; ++spins) {
      if (spins < kSpins) {
        relax();
      } else {
        std::this_thread::yield();
      }
    }
  }
}

// Only those that the loop is for: with few items the others sleep on.
void ThreadPool::wake(std::int64_t threads) {
  const std::lock_guard lock(mutex_);
  for (std::int64_t i = 1; i < threads; ++i) {
    Sleeper& sleeper = sleepers_[static_cast<std::size_t>(i)];
    if (sleeper.asleep) sleeper.wake.notify_one();
  }
}

std::uint64_t ThreadPool::await_loop(int thread, std::uint64_t seen) {
  const std::atomic<std::uint64_t>& loop = shares_[static_cast<std::size_t>(thread)].loop;
  for (int spins = 0; spins < kSpins; ++spins) {
    const std::uint64_t now = loop.load(std::memory_order_acquire);
    if (now != seen) return now;
    relax();
  }
  Sleeper& own = sleepers_[static_cast<std::size_t>(thread)];
  std::unique_lock lock(mutex_);
  own.asleep = true;
  asleep_.fetch_add(1, std::memory_order_acq_rel);
  own.wake.wait(lock, [&] { return loop.load(std::memory_order_acquire) != seen; });
  asleep_.fetch_sub(1, std::memory_order_acq_rel);
  own.asleep = false;
  return loop.load(std::memory_order_acquire);
}

void ThreadPool::work(int thread) {
  std::uint64_t seen = 0;
  while (true) {
    seen = await_loop(thread, seen);
    if (seen == kNoMoreLoops) return;
    drain(thread);
    reports_[static_cast<std::size_t>(thread)].loop.store(seen, std::memory_order_release);
  }
}

int available_threads() {
  cpu_set_t set;
  CPU_ZERO(&set);
  int threads = 1;
  if (sched_getaffinity(0, sizeof set, &set) == 0) threads = std::max(1, CPU_COUNT(&set));
  if (const char* limit = std::getenv("RECKON_THREADS")) {
    const int wanted = std::atoi(limit);
    if (wanted > 0) threads = wanted;
  }
  return threads;
}

}  // namespace reckon
