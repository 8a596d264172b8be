#pragma once
// How ranks that work on one model exchange data. A back end that was given a communicator is one of its
// ranks; all ranks call the same operations in the same order.
//
// Two implementations: threads of one process with memory of the host (below), and NCCL between devices
// (kernels/cuda/nccl_communicator.h). Sums are no part of it: partial sums are gathered and added in rank
// order by the back ends, so that a result does not depend on how a library reduces.

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace reckon::kernels {

class Communicator {
 public:
  virtual ~Communicator() = default;
  virtual std::int32_t rank() const = 0;
  virtual std::int32_t ranks() const = 0;

  /// Whether addresses are those of device memory and calls are queued on a device's stream; otherwise they
  /// are the host's, `stream` is not looked at, and a call returns when its data is there.
  virtual bool takes_device_memory() const = 0;
  /// `to` [ranks][bytes]: the `bytes` at `from` of every rank, in rank order.
  virtual void all_gather(void* to, const void* from, std::uint64_t bytes, void* stream) = 0;
  /// Part r of `from` [ranks][bytes] goes to rank r; `to` [ranks][bytes] holds what came, by sender.
  virtual void all_to_all(void* to, const void* from, std::uint64_t bytes, void* stream) = 0;

  /// Sums of float32 that a library makes in an order of its own: timed beside those of the back ends, part
  /// of no model. all_reduce: `to` [count] = the sums of the ranks' `from` [count]; reduce_scatter: of their
  /// part number rank() of `from` [ranks][count].
  enum class OwnSum : std::uint8_t { all_reduce, reduce_scatter };
  virtual bool has_own_sums() const { return false; }
  virtual void own_sum(OwnSum, void* /*to*/, const void* /*from*/, std::uint64_t /*count*/,
                       void* /*stream*/) {}

  /// Returns when `done` does, or throws once it is known that a rank will never answer (device
  /// communicators only: those of threads do not leave work behind).
  virtual void wait_until(const std::function<bool()>& done) { static_cast<void>(done); }
  /// After a failure of this rank: calls of the others that wait, and all later ones, throw.
  virtual void abort() noexcept = 0;
};

/// One communicator for each of `ranks` threads of this process; rank r is the r-th.
std::vector<std::shared_ptr<Communicator>> make_thread_communicators(std::int32_t ranks);

}  // namespace reckon::kernels
