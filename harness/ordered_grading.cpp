#include "harness/ordered_grading.h"

#include <utility>

namespace reckon::harness {
namespace {

/// Answers that wait for one before them; bounds what is held in memory.
constexpr std::size_t kMostWaiting = 256;

}  // namespace

void OrderedGrading::push(std::function<void()> judge, std::function<void()> take) {
  take_until(kMostWaiting - 1);
  auto answer = std::make_shared<Answer>();
  answer->take = std::move(take);
  waiting_.push_back(answer);
  queue_.push({[answer, judge = std::move(judge)] {
                 try {
                   judge();
                 } catch (...) {
                   answer->failure = std::current_exception();
                 }
               },
               [answer] { answer->judged = true; }});
}

void OrderedGrading::finish() { take_until(0); }

void OrderedGrading::take_until(std::size_t most_waiting) {
  while (waiting_.size() > most_waiting) {
    queue_.take_finished(1.0);
    while (!waiting_.empty() && waiting_.front()->judged) {
      const std::shared_ptr<Answer> answer = std::move(waiting_.front());
      waiting_.pop_front();
      if (answer->failure) std::rethrow_exception(answer->failure);
      answer->take();
    }
  }
}

}  // namespace reckon::harness
