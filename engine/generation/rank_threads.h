#pragma once
// One thread for each rank of a divided model. What belongs to a rank is made, used and destroyed on its
// thread: a thread has one current device.

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace reckon::engine {

class RankThreads {
 public:
  /// `abort` is called once a rank has failed, so that the others do not wait for it for ever.
  RankThreads(std::int32_t ranks, std::function<void()> abort);
  ~RankThreads();
  RankThreads(const RankThreads&) = delete;
  RankThreads& operator=(const RankThreads&) = delete;

  std::int32_t size() const { return static_cast<std::int32_t>(threads_.size()); }
  /// Calls work(rank) on every rank's thread at once; returns when all are done. Throws the error that came
  /// first: those of the other ranks follow from it.
  void run(const std::function<void(std::int32_t rank)>& work);

 private:
  void serve(std::int32_t rank);

  std::function<void()> abort_;
  std::mutex mutex_;
  std::condition_variable begin_, end_;
  const std::function<void(std::int32_t)>* work_ = nullptr;
  std::uint64_t round_ = 0;
  std::int32_t busy_ = 0;
  bool stop_ = false;
  std::exception_ptr error_;
  std::vector<std::thread> threads_;
};

}  // namespace reckon::engine
