#include "tests/cuda_on_host/grid.h"

#include <algorithm>
#include <deque>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "tests/cuda_on_host/fibre.h"
#include "tests/cuda_on_host/lost_device.h"
#include "tests/cuda_on_host/warp_group.h"

namespace reckon::cuda_on_host {
namespace {

struct AsyncCopy {
  Region* to;
  std::int64_t to_offset;
  Region* from;
  std::int64_t from_offset;
  std::size_t taken;             ///< bytes that are read; the rest are zero
  std::vector<std::byte> bytes;  ///< of the source when the copy was queued
};

struct Thread {
  enum class State : std::uint8_t { ready, block_barrier, warp, ended } state = State::ready;
  Accessor accessor;
  const char* waits_for = "";
  void* payload = nullptr;
  WarpComplete complete = nullptr;
  std::vector<AsyncCopy> open_copies;              ///< not yet in a group
  std::deque<std::vector<AsyncCopy>> copy_groups;  ///< oldest first
  std::vector<std::uint32_t> fence_epochs;         ///< of its fences for products
  GroupProducts products;
};

constexpr std::int64_t kFirstSharedAddress = 1024;
std::size_t most_shared_bytes = std::size_t{99} << 10;

std::mt19937_64 order(1);
std::uint32_t launches = 0;

class Block {
 public:
  Block(const std::string& name, Place place, std::uint32_t number, std::size_t shared_bytes,
        const std::function<void()>& body, std::vector<std::unique_ptr<Fibre>>& fibres)
      : name_(name), place_(place), shared_bytes_(shared_bytes), fibres_(fibres) {
    threads_.resize(static_cast<std::size_t>(place.threads));
    for (std::size_t i = 0; i < threads_.size(); ++i) {
      threads_[i].accessor = {launches, number, 0, 0, static_cast<std::int32_t>(i), 0};
      ready_.push_back(static_cast<int>(i));
      fibres_[i]->start([this, i, &body] {
        try {
          body();
          if (!threads_[i].open_copies.empty() || !threads_[i].copy_groups.empty())
            throw KernelFault(fmt::format("{}: thread {} ends with asynchronous copies in flight", name_, i));
          if (!threads_[i].products.empty())
            throw KernelFault(fmt::format("{}: thread {} ends with products in flight", name_, i));
        } catch (...) {
          if (!error_) error_ = std::current_exception();
        }
        threads_[i].state = Thread::State::ended;
      });
    }
  }

  void run() {
    while (!ready_.empty()) {
      const std::size_t pick = order() % ready_.size();
      running_ = ready_[pick];
      ready_[pick] = ready_.back();
      ready_.pop_back();
      fibres_[static_cast<std::size_t>(running_)]->resume();
      if (error_) std::rethrow_exception(error_);
      if (thread().state == Thread::State::ended && ++ended_ == place_.threads) return;
      release_barrier();
    }
    report_stuck();
  }

  Thread& thread() { return threads_[static_cast<std::size_t>(running_)]; }
  Place place() const {
    Place here = place_;
    here.thread = running_;
    return here;
  }
  const std::string& name() const { return name_; }

  void wait(Thread::State state, const char* what) {
    Thread& self = thread();
    self.state = state;
    self.waits_for = what;
    if (state == Thread::State::block_barrier) ++at_barrier_;
    fibres_[static_cast<std::size_t>(running_)]->suspend();
  }

  /// Runs a collective of a warp, or of several in a row, when the last of their `width` threads has arrived;
  /// the others become ready again.
  void arrive(int width, const char* what, void* payload, WarpComplete complete, bool orders_memory) {
    Thread& self = thread();
    self.payload = payload;
    self.complete = complete;
    const int begin = running_ / width * width;
    const auto first = static_cast<std::size_t>(begin);
    const std::size_t end = first + static_cast<std::size_t>(width);
    if (end > threads_.size())
      throw KernelFault(
          fmt::format("{}: a {} of {} threads in a block of {}", name_, what, width, place_.threads));
    for (std::size_t i = first; i < end; ++i) {
      const Thread& other = threads_[i];
      if (&other == &self) continue;
      if (other.state != Thread::State::warp) return wait(Thread::State::warp, what);
      const bool of_warp = i / kWarpThreads == static_cast<std::size_t>(running_) / kWarpThreads;
      if (other.complete != complete && !of_warp) return wait(Thread::State::warp, what);  // not here yet
      if (other.complete != complete)
        throw KernelFault(
            fmt::format("{}: thread {} of block {} is at a {} while thread {} of its warp is at a {}", name_,
                        running_, accessor().block, what, i, other.waits_for));
    }
    void* payloads[kGroupWarps * kWarpThreads];
    for (std::size_t i = first; i < end; ++i) payloads[i - first] = threads_[i].payload;
    if (complete != nullptr) complete(payloads);
    for (std::size_t i = first; i < end; ++i) {
      Thread& other = threads_[i];
      if (orders_memory) ++other.accessor.warp_epoch;
      if (&other == &self) continue;
      other.state = Thread::State::ready;
      ready_.push_back(static_cast<int>(i));
    }
  }

  Region* shared(std::int64_t begin, std::size_t bytes) {
    if (begin < 0 || static_cast<std::uint64_t>(begin) + bytes > shared_bytes_)
      throw KernelFault(fmt::format("{}: shared memory [{}, {}) where the launch asked for {} bytes", name_,
                                    begin, static_cast<std::uint64_t>(begin) + bytes, shared_bytes_));
    auto& region = shared_[{begin, bytes}];
    if (!region) {
      for (const auto& [place, other] : shared_) {
        if (other && place.first < begin + static_cast<std::int64_t>(bytes) &&
            begin < place.first + static_cast<std::int64_t>(place.second) && place.first != begin)
          throw KernelFault(fmt::format("{}: shared arrays at {} and {} overlap", name_, place.first, begin));
      }
      region = std::make_unique<Region>(fmt::format("shared memory at {}", begin), bytes, false);
    }
    return region.get();
  }

  std::uint32_t shared_address(const Region* region, std::int64_t offset) const {
    for (const auto& [place, array] : shared_) {
      if (array.get() == region)
        return static_cast<std::uint32_t>(kFirstSharedAddress + place.first + offset);
    }
    throw KernelFault(fmt::format("{}: {} is not shared memory of its block", name_, region->name()));
  }
  SharedPlace shared_place(std::uint32_t address) const {
    const std::int64_t at = std::int64_t{address} - kFirstSharedAddress;
    for (const auto& [place, array] : shared_) {
      if (array && at >= place.first && at < place.first + static_cast<std::int64_t>(place.second))
        return {array.get(), at - place.first};
    }
    throw KernelFault(
        fmt::format("{}: a product reads shared memory at {}, where no array of it lies", name_, at));
  }
  const Thread& thread_of(std::int32_t number) const { return threads_[static_cast<std::size_t>(number)]; }

 private:
  void release_barrier() {
    if (at_barrier_ == 0 || at_barrier_ + ended_ < place_.threads) return;
    if (ended_ > 0)
      throw KernelFault(fmt::format("{}: {} threads of block {} wait at a barrier that {} others never reach",
                                    name_, at_barrier_, accessor().block, ended_));
    for (std::size_t i = 0; i < threads_.size(); ++i) {
      threads_[i].state = Thread::State::ready;
      ++threads_[i].accessor.epoch;
      ready_.push_back(static_cast<int>(i));
    }
    at_barrier_ = 0;
  }

  [[noreturn]] void report_stuck() const {
    for (std::size_t i = 0; i < threads_.size(); ++i) {
      if (threads_[i].state == Thread::State::ended || threads_[i].state == Thread::State::ready) continue;
      throw KernelFault(fmt::format("{}: thread {} of block {} waits at a {} that not all threads reach",
                                    name_, i, threads_[i].accessor.block, threads_[i].waits_for));
    }
    throw KernelFault(fmt::format("{}: no thread can go on", name_));
  }

  const std::string& name_;
  Place place_;
  std::size_t shared_bytes_;
  std::vector<std::unique_ptr<Fibre>>& fibres_;
  std::vector<Thread> threads_;
  std::vector<int> ready_;
  std::map<std::pair<std::int64_t, std::size_t>, std::unique_ptr<Region>> shared_;
  int running_ = 0;
  int ended_ = 0;
  int at_barrier_ = 0;
  std::exception_ptr error_;
};

Block* block_now = nullptr;

}  // namespace

void set_order_seed(std::uint64_t seed) { order.seed(seed); }

void run_grid(const std::string& name, Dimensions grid, int threads, std::size_t shared_bytes,
              const std::function<void()>& thread) {
  count_launch();
  // Limits of every device from compute capability 8.0 on, but for shared memory.
  if (threads < kWarpThreads || threads > 1024 || threads % kWarpThreads != 0)
    throw KernelFault(fmt::format("{}: {} threads a block", name, threads));
  if (shared_bytes > most_shared_bytes)
    throw KernelFault(fmt::format("{}: {} bytes of shared memory", name, shared_bytes));
  if (grid.x < 1 || grid.y < 1 || grid.z < 1 || grid.y > 65535 || grid.z > 65535)
    throw KernelFault(fmt::format("{}: a grid of {} x {} x {} blocks", name, grid.x, grid.y, grid.z));
  static std::mutex one_device;  // ranks are threads; they share what runs kernels
  const std::lock_guard<std::mutex> lock(one_device);
  thread_local std::vector<std::unique_ptr<Fibre>> fibres;
  while (fibres.size() < static_cast<std::size_t>(threads)) fibres.push_back(std::make_unique<Fibre>());

  ++launches;
  std::vector<std::int64_t> blocks(static_cast<std::size_t>(std::int64_t{grid.x} * grid.y * grid.z));
  for (std::size_t i = 0; i < blocks.size(); ++i) blocks[i] = static_cast<std::int64_t>(i);
  for (std::size_t i = blocks.size(); i > 1; --i) std::swap(blocks[i - 1], blocks[order() % i]);
  for (const std::int64_t number : blocks) {
    Place place;
    place.threads = threads;
    place.grid = grid;
    place.block.x = static_cast<int>(number % grid.x);
    place.block.y = static_cast<int>(number / grid.x % grid.y);
    place.block.z = static_cast<int>(number / (std::int64_t{grid.x} * grid.y));
    Block block(name, place, static_cast<std::uint32_t>(number), shared_bytes, thread, fibres);
    block_now = &block;
    try {
      block.run();
    } catch (...) {
      block_now = nullptr;
      throw;
    }
    block_now = nullptr;
  }
}

const Place& place() {
  static Place here;
  here = block_now->place();
  return here;
}

const Accessor& accessor() {
  static const Accessor outside;
  return block_now != nullptr ? block_now->thread().accessor : outside;
}

std::string kernel_name() { return block_now != nullptr ? block_now->name() : "host"; }

Region* shared_region(std::int64_t begin, std::size_t bytes) { return block_now->shared(begin, bytes); }

void block_barrier() { block_now->wait(Thread::State::block_barrier, "barrier"); }

void warp_collective(const char* what, void* payload, WarpComplete complete) {
  block_now->arrive(kWarpThreads, what, payload, complete, false);
}

void group_collective(const char* what, void* payload, WarpComplete complete) {
  block_now->arrive(kGroupWarps * kWarpThreads, what, payload, complete, false);
}

void warp_barrier() { block_now->arrive(kWarpThreads, "warp barrier", nullptr, nullptr, true); }

void fence_async_proxy() {
  Thread& self = block_now->thread();
  self.fence_epochs.push_back(self.accessor.epoch);
  ++self.accessor.fences;
}

bool fenced_before_barrier(std::int32_t thread, std::uint32_t fences) {
  if (thread < 0) return false;  // atomic accesses of several
  const std::vector<std::uint32_t>& epochs = block_now->thread_of(thread).fence_epochs;
  return fences < epochs.size() && epochs[fences] < accessor().epoch;
}

std::uint32_t shared_address(const Region* region, std::int64_t offset) {
  return block_now->shared_address(region, offset);
}
SharedPlace shared_place(std::uint32_t address) { return block_now->shared_place(address); }
GroupProducts& group_products() { return block_now->thread().products; }
void set_most_shared_bytes(std::size_t bytes) { most_shared_bytes = bytes; }

void queue_async_copy(Region* to, std::int64_t to_offset, Region* from, std::int64_t from_offset,
                      std::size_t bytes, std::size_t taken) {
  if ((bytes != 4 && bytes != 8 && bytes != 16) || taken > bytes)
    throw KernelFault(
        fmt::format("{}: an asynchronous copy of {} bytes, {} of them read", kernel_name(), bytes, taken));
  from->check_alignment(from_offset, bytes);
  AsyncCopy copy{to, to_offset, from, from_offset, taken, std::vector<std::byte>(bytes)};
  if (taken > 0) from->read(from_offset, taken, copy.bytes.data());
  to->begin_flight(to_offset, bytes);
  block_now->thread().open_copies.push_back(std::move(copy));
}

void commit_async_copies() {
  Thread& self = block_now->thread();
  self.copy_groups.push_back(std::exchange(self.open_copies, {}));
}

void wait_async_copies(int left) {
  Thread& self = block_now->thread();
  while (static_cast<int>(self.copy_groups.size()) > left) {
    for (const AsyncCopy& copy : self.copy_groups.front()) {
      std::vector<std::byte> now(copy.bytes.size());
      if (copy.taken > 0) copy.from->read(copy.from_offset, copy.taken, now.data());
      if (now != copy.bytes)
        throw KernelFault(
            fmt::format("{}: the source of an asynchronous copy changed under it", kernel_name()));
      copy.to->end_flight(copy.to_offset, copy.bytes.size(), copy.bytes.data());
    }
    self.copy_groups.pop_front();
  }
}

}  // namespace reckon::cuda_on_host
