#pragma once
// A fixed set of threads that run one parallel loop at a time.

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace reckon {

/// The calling thread works too: `threads` = 1 starts no thread at all.
/// Work is handed out item by item, so results must not depend on which thread computes what.
class ThreadPool {
 public:
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int size() const { return static_cast<int>(workers_.size()) + 1; }

  /// Calls body(item, thread) for every item in [0, items); returns when all are done. `thread` is in [0,
  /// size()) and indexes scratch memory. Not reentrant. The body must not throw.
  void parallel_for(std::int64_t items, const std::function<void(std::int64_t item, int thread)>& body);

 private:
  void work(int thread);
  void drain(int thread);

  std::vector<std::thread> workers_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::atomic<std::uint64_t> generation_{0};
  std::atomic<std::int64_t> next_{0};
  std::atomic<int> busy_{0};
  std::atomic<bool> stop_{false};
  std::int64_t items_ = 0;
  const std::function<void(std::int64_t, int)>* body_ = nullptr;
};

/// Threads that this process may use: the affinity mask, at most RECKON_THREADS when set.
int available_threads();

}  // namespace reckon
