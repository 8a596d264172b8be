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

ThreadPool::ThreadPool(int threads) {
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
  const std::int64_t items = items_;
  const auto& body = *body_;
  for (std::int64_t item = next_.fetch_add(1); item < items; item = next_.fetch_add(1)) body(item, thread);
}

void ThreadPool::parallel_for(std::int64_t items, const std::function<void(std::int64_t, int)>& body) {
  if (items <= 0) return;
  if (workers_.empty() || items == 1) {
    for (std::int64_t item = 0; item < items; ++item) body(item, 0);
    return;
  }
  items_ = items;
  body_ = &body;
  next_.store(0);
  busy_.store(static_cast<int>(workers_.size()));
  {
    const std::lock_guard lock(mutex_);
    generation_.fetch_add(1);
  }
  wake_.notify_all();
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
      wake_.wait(lock, [&] { return generation_.load() != seen || stop_.load(); });
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
