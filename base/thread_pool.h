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

  /// Calls body(item, thread) for every item in [0, items), items < 2^32; returns when all are done. `thread`
  /// is in [0, size()) and indexes scratch memory. Not reentrant. The body must not throw.
  template <typename Body>
  void parallel_for(std::int64_t items, const Body& body) {
    run(items, {&body,
                [](const void* self, std::int64_t first, std::int64_t last, int thread) {
                  for (std::int64_t item = first; item < last; ++item)
                    (*static_cast<const Body*>(self))(item, thread);
                },
                kSingleItems});
  }

  /// The same for items too short to be handed out one by one: calls body(first, last, thread) for ranges
  /// that cover [0, items). A thread takes half of what is left of its run at a time,
  /// and leaves the last few items of others to them.
  template <typename Body>
  void parallel_ranges(std::int64_t items, const Body& body) {
    run(items, {&body,
                [](const void* self, std::int64_t first, std::int64_t last, int thread) {
                  (*static_cast<const Body*>(self))(first, last, thread);
                },
                2});
  }

 private:
  static constexpr std::uint32_t kSingleItems = UINT32_MAX;
  /// A loop's body without its type: the loop outlives no call, so nothing is copied or allocated.
  struct Call {
    const void* body = nullptr;
    void (*invoke)(const void* body, std::int64_t first, std::int64_t last, int thread) = nullptr;
    std::uint32_t parts = kSingleItems;  ///< one part of what is left is taken at a time, at least an item
  };
  /// All that a thread needs of a loop, on one cache line: cores that share no cache take a quarter of a
  /// microsecond to hand one over, and a token has some two hundred loops.
  struct alignas(64) Share {
    std::atomic<std::uint64_t> loop{0};  ///< the loop that the rest belongs to; what waiting threads look at
    std::atomic<std::uint64_t> left{0};  ///< items that nobody has taken: next, and end in the upper half
    Call call;
  };
  struct alignas(64) Report {
    std::atomic<std::uint64_t> loop{0};  ///< the last loop that the thread has left
  };

  /// A thread that has found no loop for a while. Guarded by the mutex.
  struct Sleeper {
    bool asleep = false;
    std::condition_variable wake;
  };

  void run(std::int64_t items, const Call& call);
  void wake(std::int64_t threads);
  void work(int thread);
  std::uint64_t await_loop(int thread, std::uint64_t seen);
  void drain(int thread);

  // Read by all in each loop, so that nothing that changes may lie beside it.
  std::vector<std::thread> workers_;
  std::unique_ptr<Share[]> shares_;      ///< one a thread
  std::unique_ptr<Report[]> reports_;    ///< one a thread
  std::unique_ptr<Sleeper[]> sleepers_;  ///< one a thread
  // The calling thread's, but for threads that go to sleep.
  alignas(64) std::uint64_t loop_ = 0;
  std::atomic<int> asleep_{0};
  std::mutex mutex_;
};

/// Threads that this process may use: the affinity mask, at most RECKON_THREADS when set.
int available_threads();

}  // namespace reckon
