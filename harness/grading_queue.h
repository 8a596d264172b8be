#pragma once
// Answers whose grading takes long (code is run for them), judged beside the run by threads of their own.

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace reckon::harness {

/// `judge` runs on a thread of the queue and must not throw; `record` runs in the thread that calls
/// take_finished().
struct GradingJob {
  std::function<void()> judge;
  std::function<void()> record;
};

class GradingQueue {
 public:
  /// Threads start with the first job.
  explicit GradingQueue(int threads) : count_(threads) {}
  /// Ends after the jobs in hand; those that wait are dropped.
  ~GradingQueue();
  GradingQueue(const GradingQueue&) = delete;
  GradingQueue& operator=(const GradingQueue&) = delete;

  void push(GradingJob job);
  /// Calls `record` of all that are judged, in the order in which they were done. Waits for one, at most
  /// `wait_seconds`, where none is.
  void take_finished(double wait_seconds = 0.0);
  /// Jobs not yet taken.
  std::size_t size() const { return unfinished_; }

 private:
  void work();

  int count_;
  std::size_t unfinished_ = 0;
  std::vector<std::thread> threads_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable done_;
  std::deque<GradingJob> waiting_;
  std::deque<GradingJob> finished_;
  bool stop_ = false;
};

/// For a GradingQueue: twice the processors. A box spends half its time waiting for the kernel, which lets
/// processes into control groups and makes namespaces only after a grace period.
int grading_threads();

}  // namespace reckon::harness
