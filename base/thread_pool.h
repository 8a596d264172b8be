#pragma once
// A fixed set of threads that run one parallel loop at a time.

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace reckon {

/// The calling thread works too: `threads` = 1 starts no thread at all.
/// Each thread begins with its own run of neighbouring items, which is how memory is read fastest, and helps
/// the others when it is done; so results must not depend on which thread computes what.
class ThreadPool {
 public:
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int size() const { return static_cast<int>(workers_.size()) + 1; }

  /// Calls body(item, thread) for every item in [0, items); returns when all are done. `thread` is in [0,
  /// size()) and indexes scratch memory. Not reentrant. The body must not throw.
  template <typename Body>
  void parallel_for(std::int64_t items, const Body& body) {
    run(items, {&body, [](const void* self, std::int64_t item, int thread) {
                  (*static_cast<const Body*>(self))(item, thread);
                }});
  }

 private:
  /// A loop's body without its type: the loop outlives no call, so nothing is copied or allocated.
  struct Call {
    const void* body = nullptr;
    void (*invoke)(const void* body, std::int64_t item, int thread) = nullptr;
  };
  /// What one thread begins with. On a cache line of its own: threads count in theirs all the time.
  struct alignas(64) Run {
    std::atomic<std::int64_t> next{0};
    std::int64_t end = 0;
  };

  void run(std::int64_t items, Call call);
  void work(int thread);
  void drain(int thread);

  std::vector<std::thread> workers_;
  std::unique_ptr<Run[]> runs_;  ///< one a thread
  Call call_;
  alignas(64) std::atomic<std::uint64_t> generation_{0};  ///< of loops begun; what waiting threads look at
  std::atomic<bool> stop_{false};
  alignas(64) std::atomic<int> busy_{0};
  std::atomic<int> sleepers_{0};
  std::mutex mutex_;
  std::condition_variable wake_;
};

/// Threads that this process may use: the affinity mask, at most RECKON_THREADS when set.
int available_threads();

}  // namespace reckon
