#include "base/thread_pool.h"

#include <sched.h>

#include <algorithm>
#include <cstdlib>

namespace reckon {
namespace {

// Decode steps are a few hundred short loops each a millisecond or two apart: sleeping between them costs
// more than the loops. A worker spins this many times before it sleeps.
constexpr int kSpins = 20000;

inline void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

}  // namespace

ThreadPool::ThreadPool(int threads)
    : runs_(std::make_unique<Run[]>(static_cast<std::size_t>(std::max(1, threads)))) {
  for (int i = 1; i < threads; ++i) workers_.emplace_back([this, i] { work(i); });
}

ThreadPool::~ThreadPool() {
  {
    const std::lock_guard lock(mutex_);
    stop_.store(true);
  }
  wake_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

void ThreadPool::drain(int thread) {
  const int threads = size();
  for (int i = 0; i < threads; ++i) {
    Run& items = runs_[static_cast<std::size_t>((thread + i) % threads)];
    for (std::int64_t item = items.next.fetch_add(1, std::memory_order_relaxed); item < items.end;
         item = items.next.fetch_add(1, std::memory_order_relaxed))
      call_.invoke(call_.body, item, thread);
  }
}

void ThreadPool::run(std::int64_t items, Call call) {
  if (items <= 0) return;
  if (workers_.empty() || items == 1) {
    for (std::int64_t item = 0; item < items; ++item) call.invoke(call.body, item, 0);
    return;
  }
  const std::int64_t threads = size();
  for (std::int64_t i = 0; i < threads; ++i) {
    Run& own = runs_[static_cast<std::size_t>(i)];
    own.next.store(items / threads * i + std::min(i, items % threads), std::memory_order_relaxed);
    own.end = items / threads * (i + 1) + std::min(i + 1, items % threads);
  }
  call_ = call;
  busy_.store(static_cast<int>(workers_.size()), std::memory_order_relaxed);
  generation_.fetch_add(1);
  // A thread counts itself as asleep before it looks at the generation for the last time: either it sees this
  // one, or it is seen here.
  if (sleepers_.load() > 0) {
    { const std::lock_guard lock(mutex_); }
    wake_.notify_all();
  }
  drain(0);
  for (int spins = 0; busy_.load(std::memory_order_acquire) != 0; ++spins) {
    if (spins < kSpins) {
      relax();
    } else {
      std::this_thread::yield();
    }
  }
}

void ThreadPool::work(int thread) {
  std::uint64_t seen = 0;
  while (true) {
    for (int spins = 0; spins < kSpins && generation_.load() == seen && !stop_.load(); ++spins) relax();
    if (generation_.load() == seen && !stop_.load()) {
      std::unique_lock lock(mutex_);
      sleepers_.fetch_add(1);
      wake_.wait(lock, [&] { return generation_.load() != seen || stop_.load(); });
      sleepers_.fetch_sub(1);
    }
    if (stop_.load()) return;
    seen = generation_.load();
    drain(thread);
    busy_.fetch_sub(1, std::memory_order_release);
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
