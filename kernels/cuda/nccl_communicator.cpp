#include "kernels/cuda/nccl_communicator.h"

#include <dlfcn.h>
#include <nccl.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <mutex>
#include <thread>

#include "base/error.h"
#include "base/shared_library.h"

namespace reckon::kernels::cuda {
namespace {

std::string& library_name() {
  static std::string name = "libnccl.so.2";
  return name;
}

/// The functions that are used, out of libnccl.so.2.
struct Library {
  SharedLibrary file{library_name()};
  decltype(&ncclGetVersion) get_version = nullptr;
  decltype(&ncclGetUniqueId) get_unique_id = nullptr;
  decltype(&ncclGetErrorString) get_error_string = nullptr;
  decltype(&ncclCommInitRankConfig) init_rank = nullptr;
  decltype(&ncclCommGetAsyncError) get_async_error = nullptr;
  decltype(&ncclCommAbort) abort = nullptr;
  decltype(&ncclAllGather) all_gather = nullptr;
  decltype(&ncclAllReduce) all_reduce = nullptr;
  decltype(&ncclReduceScatter) reduce_scatter = nullptr;
  decltype(&ncclSend) send = nullptr;
  decltype(&ncclRecv) receive = nullptr;
  decltype(&ncclGroupStart) group_start = nullptr;
  decltype(&ncclGroupEnd) group_end = nullptr;

  Library() {
    if (!file.is_open())
      fail_evaluation(
          "several devices need NCCL, and libnccl.so.2 cannot be opened ({}); install libnccl2, or put its "
          "folder "
          "into LD_LIBRARY_PATH; communicator=threads works without it, slowly",
          dlerror());
    find(get_version, "ncclGetVersion");
    find(get_unique_id, "ncclGetUniqueId");
    find(get_error_string, "ncclGetErrorString");
    find(init_rank, "ncclCommInitRankConfig");
    find(get_async_error, "ncclCommGetAsyncError");
    find(abort, "ncclCommAbort");
    find(all_gather, "ncclAllGather");
    find(all_reduce, "ncclAllReduce");
    find(reduce_scatter, "ncclReduceScatter");
    find(send, "ncclSend");
    find(receive, "ncclRecv");
    find(group_start, "ncclGroupStart");
    find(group_end, "ncclGroupEnd");
  }

  template <class Function>
  void find(Function& function, const char* name) {
    file.find(function, name);
    if (function == nullptr)
      fail_evaluation("libnccl.so.2 has no {}: it is too old; NCCL 2.14 or later is needed", name);
  }
};

const Library& library() {
  static const Library& loaded = *new Library;  // never closed: what it made may live longer than statics
  return loaded;
}

double patience_seconds() {
  const char* text = std::getenv("RECKON_NCCL_TIMEOUT");
  const double seconds = text != nullptr ? std::atof(text) : 0.0;
  return seconds > 0.0 ? seconds : 300.0;
}

class NcclCommunicator final : public Communicator {
 public:
  NcclCommunicator(const ncclUniqueId& id, std::int32_t rank, std::int32_t ranks)
      : id_(id), rank_(rank), ranks_(ranks) {}
  ~NcclCommunicator() override { abort(); }

  std::int32_t rank() const override { return rank_; }
  std::int32_t ranks() const override { return ranks_; }
  bool takes_device_memory() const override { return true; }

  void all_gather(void* to, const void* from, std::uint64_t bytes, void* stream) override {
    join();
    check("all_gather",
          library().all_gather(from, to, bytes, ncclUint8, comm_, static_cast<cudaStream_t>(stream)));
  }

  void all_to_all(void* to, const void* from, std::uint64_t bytes, void* stream) override {
    join();
    const Library& nccl = library();
    auto* queue = static_cast<cudaStream_t>(stream);
    check("all_to_all", nccl.group_start());
    ncclResult_t queued = ncclSuccess;
    const auto queue_next = [&](const auto& call) {
      if (queued == ncclSuccess || queued == ncclInProgress) queued = call();
    };
    for (std::int32_t peer = 0; peer < ranks_; ++peer) {
      const auto offset = static_cast<std::uint64_t>(peer) * bytes;
      queue_next([&] {
        return nccl.send(static_cast<const std::byte*>(from) + offset, bytes, ncclUint8, peer, comm_, queue);
      });
      queue_next([&] {
        return nccl.receive(static_cast<std::byte*>(to) + offset, bytes, ncclUint8, peer, comm_, queue);
      });
    }
    const ncclResult_t ended = nccl.group_end();  // a group that stays open would swallow the abort
    check("all_to_all", queued == ncclSuccess || queued == ncclInProgress ? ended : queued);
  }

  bool has_own_sums() const override { return true; }
  void own_sum(OwnSum kind, void* to, const void* from, std::uint64_t count, void* stream) override {
    join();
    auto* queue = static_cast<cudaStream_t>(stream);
    if (kind == OwnSum::all_reduce)
      check("all_reduce", library().all_reduce(from, to, count, ncclFloat32, ncclSum, comm_, queue));
    else
      check("reduce_scatter", library().reduce_scatter(from, to, count, ncclFloat32, ncclSum, comm_, queue));
  }

  void wait_until(const std::function<bool()>& done) override {
    wait("a step", [&](ncclResult_t) { return done(); });
  }

  /// Also before this rank's own failure is thrown: a kernel that waits for another device would never leave
  /// the queue, and giving a back end up waits for its queue.
  void abort() noexcept override {
    aborted_ = true;
    const std::lock_guard<std::mutex> lock(mutex_);
    if (comm_ != nullptr) library().abort(comm_);
    comm_ = nullptr;
  }

 private:
  /// All ranks meet here, each from its own thread: a device's current one.
  void join() {
    if (comm_ != nullptr) return;
    if (aborted_) fail_evaluation("another rank failed");
    ncclConfig_t config = NCCL_CONFIG_INITIALIZER;
    config.blocking = 0;
    ncclComm_t comm = nullptr;
    const ncclResult_t result = library().init_rank(&comm, ranks_, id_, rank_, &config);
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      comm_ = comm;
    }
    check("joining the other ranks", result);
  }

  void check(const char* what, ncclResult_t result) {
    if (result == ncclInProgress) return wait(what, [](ncclResult_t state) { return state == ncclSuccess; });
    if (result != ncclSuccess) fail(what, result);
  }

  /// Until `done`, which is given the communicator's state.
  template <class Done>
  void wait(const char* what, const Done& done) {
    const auto begin = std::chrono::steady_clock::now();
    for (std::int64_t polls = 0;; ++polls) {
      ncclResult_t state = ncclSuccess;
      {
        const std::lock_guard<std::mutex> lock(mutex_);
        if (aborted_) fail_evaluation("another rank failed");
        if (comm_ != nullptr) library().get_async_error(comm_, &state);
      }
      if (state != ncclSuccess && state != ncclInProgress) fail(what, state);
      if (done(state)) return;
      if (polls < 10'000) continue;  // a step is over in less; sleeping would cost as much
      const std::chrono::duration<double> waited = std::chrono::steady_clock::now() - begin;
      if (waited.count() > patience_seconds()) {
        abort();
        fail_evaluation(
            "rank {} of {}: {} got no answer from the other devices in {:.0f} seconds; `nvidia-smi topo -m` "
            "shows "
            "how they are connected, NCCL_DEBUG=INFO what NCCL tries, RECKON_NCCL_TIMEOUT waits longer",
            rank_, ranks_, what, waited.count());
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

  [[noreturn]] void fail(const char* what, ncclResult_t result) {
    abort();
    fail_evaluation("rank {} of {}: {}: NCCL reports \"{}\"; NCCL_DEBUG=WARN says more", rank_, ranks_, what,
                    library().get_error_string(result));
  }

  ncclUniqueId id_;
  std::int32_t rank_, ranks_;
  std::mutex mutex_;  ///< abort() comes from another thread
  ncclComm_t comm_ = nullptr;
  std::atomic<bool> aborted_{false};
};

}  // namespace

void use_nccl_library(const std::string& name) { library_name() = name; }

std::vector<std::shared_ptr<Communicator>> make_nccl_communicators(std::int32_t ranks) {
  // Ranks of one process would have NCCL read each other's memory by its address, and what comes from a
  // stream-ordered pool (runtime_cuda.cpp) only its own device can see. NCCL's own buffers cost a copy more.
  ::setenv("NCCL_P2P_DIRECT_DISABLE", "1", 0);
  const Library& nccl = library();
  int version = 0;
  nccl.get_version(&version);
  if (version / 10000 != NCCL_MAJOR || version < 21400)
    fail_evaluation("libnccl.so.2 is version {}; 2.14 or later is needed", version);
  ncclUniqueId id;
  const ncclResult_t result = nccl.get_unique_id(&id);
  if (result != ncclSuccess)
    fail_evaluation("NCCL cannot begin: {}; NCCL_DEBUG=WARN says more", nccl.get_error_string(result));
  std::vector<std::shared_ptr<Communicator>> all;
  all.reserve(static_cast<std::size_t>(ranks));
  for (std::int32_t rank = 0; rank < ranks; ++rank)
    all.push_back(std::make_shared<NcclCommunicator>(id, rank, ranks));
  return all;
}

}  // namespace reckon::kernels::cuda
