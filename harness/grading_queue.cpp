#include "harness/grading_queue.h"

#include <chrono>
#include <utility>

#include "base/thread_pool.h"

namespace reckon::harness {

GradingQueue::~GradingQueue() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void GradingQueue::push(GradingJob job) {
  ++unfinished_;
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(job));
  }
  if (static_cast<int>(threads_.size()) < count_) threads_.emplace_back([this] { work(); });
  wake_.notify_one();
}

void GradingQueue::take_finished(double wait_seconds) {
  std::deque<GradingJob> ready;
  {
    std::unique_lock lock(mutex_);
    if (unfinished_ > 0 && wait_seconds > 0) {
      done_.wait_for(lock, std::chrono::duration<double>(wait_seconds),
                     [this] { return !finished_.empty(); });
    }
    ready.swap(finished_);
  }
  unfinished_ -= ready.size();
  for (const GradingJob& job : ready) job.record();
}

void GradingQueue::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stop_ || !waiting_.empty(); });
    if (stop_) return;
    GradingJob job = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    job.judge();
    lock.lock();
    finished_.push_back(std::move(job));
    done_.notify_one();
  }
}

int grading_threads() { return 2 * available_threads(); }

}  // namespace reckon::harness
