#include "engine/generation/rank_threads.h"

#include <utility>

namespace reckon::engine {

RankThreads::RankThreads(std::int32_t ranks, std::function<void()> abort) : abort_(std::move(abort)) {
  for (std::int32_t rank = 0; rank < ranks; ++rank) threads_.emplace_back([this, rank] { serve(rank); });
}

RankThreads::~RankThreads() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stop_ = true;
  }
  begin_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void RankThreads::run(const std::function<void(std::int32_t)>& work) {
  std::unique_lock<std::mutex> lock(mutex_);
  work_ = &work;
  error_ = nullptr;
  busy_ = size();
  ++round_;
  begin_.notify_all();
  end_.wait(lock, [&] { return busy_ == 0; });
  if (error_) std::rethrow_exception(error_);
}

void RankThreads::serve(std::int32_t rank) {
  std::unique_lock<std::mutex> lock(mutex_);
  for (std::uint64_t done = 0;; done = round_) {
    begin_.wait(lock, [&] { return stop_ || round_ != done; });
    if (stop_) return;
    lock.unlock();
    std::exception_ptr error;
    try {
      (*work_)(rank);
    } catch (...) {
      error = std::current_exception();
    }
    lock.lock();
    if (error && !error_) {
      error_ = error;
      abort_();
    }
    if (--busy_ == 0) end_.notify_all();
  }
}

}  // namespace reckon::engine
