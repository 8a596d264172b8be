#pragma once
// Many answers judged on all processors, and taken in the order in which they came.

#include <deque>
#include <exception>
#include <functional>
#include <memory>

#include "harness/grading_queue.h"

namespace reckon::harness {

class OrderedGrading {
 public:
  explicit OrderedGrading(int threads) : queue_(threads) {}

  /// `judge` runs on a thread of its own; `take` runs afterwards in this one, in the order of the calls. What
  /// `judge` throws is thrown here or by finish(), when its turn has come.
  void push(std::function<void()> judge, std::function<void()> take);
  /// Returns when all have been taken.
  void finish();

 private:
  struct Answer {
    std::function<void()> take;
    std::exception_ptr failure;
    bool judged = false;
  };
  void take_until(std::size_t most_waiting);

  std::deque<std::shared_ptr<Answer>> waiting_;
  GradingQueue queue_;  // last: its threads end before what they use
};

}  // namespace reckon::harness
