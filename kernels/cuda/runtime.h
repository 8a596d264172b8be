#pragma once
// One device: its memory, one queue, and copies between it and the host. Implemented over the CUDA runtime
// (runtime_cuda.cpp) and by the execution model of tests/cuda_on_host.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kernels/cuda/command_list.h"
#include "kernels/cuda/pointers.h"
#include "kernels/cuda/stream.h"

namespace reckon::kernels::RECKON_CUDA_NS {

struct DeviceFacts {
  std::string name;
  int index = 0;  ///< among the visible devices
  int compute_major = 0, compute_minor = 0;
  /// What this program's code for the card was compiled for: 80 is compute capability 8.0. It may be less
  /// than the card's, and lacks then what came between.
  int code_version = 0;
  bool multiplies_fp8() const { return code_version >= 89; }
  int multiprocessors = 0;
  int shared_bytes = 0;  ///< most that a block may have
  /// Products of warp groups: compute capability 9.0, and this program holds code for sm_90a.
  bool warp_groups = false;
  std::uint64_t memory_bytes = 0;
  std::string driver;  ///< "13.0"
};

/// How many devices this process sees. Errors as those of Runtime.
int visible_devices();

/// As the driver says. Errors: it does not answer for this device.
std::string device_name(int device);

/// A copy from the first visible device to the second, one way.
struct PeerCopy {
  double bytes_per_second = 0;  ///< of the fastest; 0: there was none
  std::string why_not;
  std::uint64_t bytes = 0;
  std::vector<double> seconds;    ///< by the first device's events
  std::uint64_t wrong_bytes = 0;  ///< of what arrived
};
PeerCopy time_peer_copy(std::uint64_t bytes);

class Runtime {
 public:
  /// A visible device; numbers beyond the last begin again at the first. Errors (exit code 3): no driver, one
  /// that is too old, no device, one that is too old or that this program holds no code for; each with its
  /// remedy.
  explicit Runtime(int device = 0);
  ~Runtime();  ///< frees all of its memory
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  const DeviceFacts& facts() const;
  std::uint64_t free_bytes() const;
  const Stream& stream() const;

  /// Zeroed memory on a border of 256 bytes. Errors: evaluation error with what was asked for and what is
  /// free.
  Global<std::uint8_t> allocate(const std::string& purpose, std::uint64_t bytes);
  /// Runs and waits for nothing, and never throws: of a device that has failed there is nothing to give back,
  /// and what fails there fails for whoever next asks it for something. While work is written down, what it
  /// may use is kept until it has run.
  void release(Global<std::uint8_t> memory) noexcept;

  /// Begins a step whose kernels and copies are written down and run by wait(), as a graph where the same
  /// ones ran before. What cannot be written down (memory asked for, copies too large) runs what
  /// was written so far and ends the list; nothing changes its order. RECKON_CUDA_GRAPHS=0 runs all at
  /// once.
  void begin_list();
  /// Whether what is queued is written down.
  bool writes_list() const;
  /// Runs what was written down so far, as a graph where the same ran before, and ends the list.
  void run_list();
  /// The same, with `work` queued behind it and the list going on behind that: for what no graph may hold.
  void queue_between(const std::function<void()>& work);
  GraphCounters graph_counters() const;

  // Queued like kernels.
  /// `from` may change as soon as this returns.
  void upload(Global<std::uint8_t> to, const void* from, std::uint64_t bytes);
  /// `to` is written by wait().
  void download(void* to, Global<const std::uint8_t> from, std::uint64_t bytes);
  /// wait() writes nothing that was asked for so far: it may be gone.
  void forget_downloads() noexcept;
  void copy(Global<std::uint8_t> to, Global<const std::uint8_t> from, std::uint64_t bytes);

  /// Seconds that the device takes for what `work` queues, by its own events; waits for it.
  double time(const std::function<void()>& work);

  /// Runs what was written down so far, command by command; what follows is queued at once.
  void end_list();

  /// Whether everything queued is done (or has failed: wait() says how).
  bool idle() const;
  /// Until everything queued is done. Errors: what went wrong on the device, with the operations queued since
  /// the last wait.
  void wait();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace reckon::kernels::RECKON_CUDA_NS
