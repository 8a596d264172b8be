// Ranks that are threads of one process.
#include <condition_variable>
#include <cstring>
#include <mutex>

#include "base/error.h"
#include "kernels/communicator.h"

namespace reckon::kernels {
namespace {

/// What the ranks share: where each one's data lies, and a barrier that can be broken.
class Meeting {
 public:
  explicit Meeting(std::int32_t ranks) : offers_(static_cast<std::size_t>(ranks)) {}

  struct Offer {
    const std::byte* data = nullptr;
    std::uint64_t bytes = 0;
  };

  std::int32_t ranks() const { return static_cast<std::int32_t>(offers_.size()); }

  /// Shows the others `bytes` at `data`, calls read(offers) when all have done so, and returns when all have
  /// read.
  template <typename Read>
  void exchange(std::int32_t rank, const void* data, std::uint64_t bytes, const Read& read) {
    offers_[static_cast<std::size_t>(rank)] = {static_cast<const std::byte*>(data), bytes};
    wait_for_all();
    for (const Offer& offer : offers_) {
      if (offer.bytes != bytes)
        fail_evaluation("ranks exchange {} and {} bytes in the same call", bytes, offer.bytes);
    }
    read(offers_);
    wait_for_all();
  }

  void abort() noexcept {
    const std::lock_guard<std::mutex> lock(mutex_);
    aborted_ = true;
    all_here_.notify_all();
  }

 private:
  void wait_for_all() {
    std::unique_lock<std::mutex> lock(mutex_);
    const std::uint64_t round = round_;
    if (!aborted_ && ++arrived_ == offers_.size()) {
      arrived_ = 0;
      ++round_;
      all_here_.notify_all();
      return;
    }
    all_here_.wait(lock, [&] { return aborted_ || round_ != round; });
    if (round_ == round) fail_evaluation("another rank failed");
  }

  std::vector<Offer> offers_;
  std::mutex mutex_;
  std::condition_variable all_here_;
  std::size_t arrived_ = 0;
  std::uint64_t round_ = 0;
  bool aborted_ = false;
};

class ThreadCommunicator final : public Communicator {
 public:
  ThreadCommunicator(std::shared_ptr<Meeting> meeting, std::int32_t rank)
      : meeting_(std::move(meeting)), rank_(rank) {}

  std::int32_t rank() const override { return rank_; }
  std::int32_t ranks() const override { return meeting_->ranks(); }
  bool takes_device_memory() const override { return false; }

  void all_gather(void* to, const void* from, std::uint64_t bytes, void*) override {
    meeting_->exchange(rank_, from, bytes, [&](const std::vector<Meeting::Offer>& offers) {
      auto* place = static_cast<std::byte*>(to);
      for (const Meeting::Offer& offer : offers) {
        if (bytes > 0) std::memcpy(place, offer.data, bytes);
        place += bytes;
      }
    });
  }

  void all_to_all(void* to, const void* from, std::uint64_t bytes, void*) override {
    meeting_->exchange(rank_, from, bytes, [&](const std::vector<Meeting::Offer>& offers) {
      auto* place = static_cast<std::byte*>(to);
      for (const Meeting::Offer& offer : offers) {
        if (bytes > 0) std::memcpy(place, offer.data + static_cast<std::uint64_t>(rank_) * bytes, bytes);
        place += bytes;
      }
    });
  }

  void abort() noexcept override { meeting_->abort(); }

 private:
  std::shared_ptr<Meeting> meeting_;
  std::int32_t rank_;
};

}  // namespace

std::vector<std::shared_ptr<Communicator>> make_thread_communicators(std::int32_t ranks) {
  if (ranks < 1) fail_input("{} ranks", ranks);
  const auto meeting = std::make_shared<Meeting>(ranks);
  std::vector<std::shared_ptr<Communicator>> all;
  for (std::int32_t rank = 0; rank < ranks; ++rank)
    all.push_back(std::make_shared<ThreadCommunicator>(meeting, rank));
  return all;
}

}  // namespace reckon::kernels
