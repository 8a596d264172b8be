// A device over the CUDA runtime.
#include <cuda_runtime_api.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/shared_library.h"
#include "kernels/cuda/device_code.h"
#include "kernels/cuda/device_errors.h"
#include "kernels/cuda/discovery.h"
#include "kernels/cuda/queue_runner.h"
#include "kernels/cuda/runtime.h"

namespace reckon::kernels::cuda {
namespace {

/// Pinned memory that one copy passes through; two of them, so that reading a file and copying overlap.
constexpr std::uint64_t kStagingBytes = std::uint64_t{16} << 20;

double gibibytes(std::uint64_t bytes) { return static_cast<double>(bytes) / (1024.0 * 1024.0 * 1024.0); }

MachineFacts look_around() {
  MachineFacts facts;
  facts.has_driver_library = SharedLibrary("libcuda.so.1").is_open();
  if (const char* visible = std::getenv("CUDA_VISIBLE_DEVICES")) facts.visible = visible;
  cudaRuntimeGetVersion(&facts.built_for);
  if (cudaDriverGetVersion(&facts.driver_version) != cudaSuccess) facts.driver_version = 0;
  const cudaError_t error = cudaGetDeviceCount(&facts.device_count);
  if (error != cudaSuccess) {
    facts.device_count = 0;
    facts.initialise_error = static_cast<int>(error);
    facts.initialise_text = error_text(error);
    cudaGetLastError();
  }
  return facts;
}

}  // namespace

int visible_devices() {
  const MachineFacts machine = look_around();
  if (const auto missing = missing_device(machine)) fail_evaluation("{}", *missing);
  return machine.device_count;
}

namespace {

/// Pinned memory that a list's uploads and downloads pass through.
constexpr std::uint64_t kArenaBytes = std::uint64_t{4} << 20;

bool graphs_wanted() {
  static const bool wanted = [] {
    const char* value = std::getenv("RECKON_CUDA_GRAPHS");
    return (value == nullptr || std::strcmp(value, "0") != 0) && !waits_after_each_launch();
  }();
  return wanted;
}

}  // namespace

struct Runtime::State {
  struct Staging {
    void* memory = nullptr;
    cudaEvent_t free = nullptr;  ///< when the copy out of it is done
  };
  struct Pinned {
    void* memory = nullptr;
    std::uint64_t capacity = 0;  ///< 0: a place in the arena
  };
  struct Download {
    void* to;  ///< null: nobody wants it any more
    Pinned pinned;
    std::uint64_t bytes;
  };
  QueueRunner runner;
  GraphCache graphs{runner};
  CommandList list;  ///< being written when the stream points to it
  std::byte* arena = nullptr;
  std::uint64_t arena_used = 0;
  bool arena_in_flight = false;
  DeviceFacts facts;
  Stream stream;
  cudaStream_t queue = nullptr;
  cudaMemPool_t pool = nullptr;
  Staging staging[2];
  int next_staging = 0;
  std::uint64_t staging_used = 0;  ///< of the current one, by small uploads
  std::vector<Download> downloads;
  std::multimap<std::uint64_t, void*> free_pinned;  ///< by capacity
  std::set<void*> allocations;
  std::vector<void*> released;  ///< given back while a list was written that may use them

  void free(void* memory) noexcept {
    allocations.erase(memory);
    if (cudaFreeAsync(memory, queue) != cudaSuccess) cudaGetLastError();
  }
  void free_released() noexcept {
    for (void* memory : std::exchange(released, {})) free(memory);
  }
  /// Throws if the device has failed, which every later call would report as its own failure.
  void require_device() const {
    const cudaError_t state = cudaStreamQuery(queue);
    if (state != cudaSuccess && state != cudaErrorNotReady) fail_queued(state);
  }

  bool writes_down() const { return stream.list != nullptr; }
  void start_writing() {
    list.clear();
    stream.list = &list;
  }
  /// Whether there was a list; its copies are on their way through the arena from here on.
  bool stop_writing() {
    if (!writes_down()) return false;
    stream.list = nullptr;
    arena_in_flight = true;
    return true;
  }
  /// A place in the arena, or null when it is full.
  std::byte* arena_place(std::uint64_t bytes) {
    if (bytes > kArenaBytes - arena_used) return nullptr;
    std::byte* place = arena + arena_used;
    arena_used += (bytes + 255) / 256 * 256;
    return place;
  }

  /// `bytes` of pinned memory that no queued copy reads any more.
  std::byte* stage(std::uint64_t bytes) {
    Staging* current = &staging[next_staging];
    if (staging_used + bytes > kStagingBytes) {
      check(cudaEventRecord(current->free, queue), "upload");
      next_staging ^= 1;
      staging_used = 0;
      current = &staging[next_staging];
      const cudaError_t error = cudaEventSynchronize(current->free);
      if (error != cudaSuccess) fail_queued(error);
    }
    auto* place = static_cast<std::byte*>(current->memory) + staging_used;
    staging_used += (bytes + 255) / 256 * 256;
    return place;
  }

  Pinned pinned(std::uint64_t bytes) {
    const auto found = free_pinned.lower_bound(bytes);
    if (found != free_pinned.end()) {
      const Pinned pinned{found->second, found->first};
      free_pinned.erase(found);
      return pinned;
    }
    Pinned pinned{nullptr, std::max<std::uint64_t>(bytes, 4096)};
    check(cudaHostAlloc(&pinned.memory, pinned.capacity, cudaHostAllocDefault), "pinned memory for results",
          bytes);
    return pinned;
  }
};

std::string device_name(int device) {
  cudaDeviceProp properties{};
  check(cudaGetDeviceProperties(&properties, device), "--device cuda");
  return properties.name;
}

Runtime::Runtime(int device) : state_(std::make_unique<State>()) {
  State& s = *state_;
  s.facts.index = device % visible_devices();
  cudaDeviceProp properties{};
  check(cudaSetDevice(s.facts.index), "--device cuda");
  check(cudaGetDeviceProperties(&properties, s.facts.index), "--device cuda");
  const std::optional<int> code = device_code_version();
  if (const auto unusable =
          unusable_device(properties.name, properties.major, properties.minor,
                          properties.major < kLeastComputeMajor || code, RECKON_CUDA_ARCHITECTURE_NAMES))
    fail_evaluation("{}", *unusable);
  s.facts.name = properties.name;
  s.facts.compute_major = properties.major;
  s.facts.compute_minor = properties.minor;
  s.facts.code_version = *code;
  s.facts.multiprocessors = properties.multiProcessorCount;
  s.facts.shared_bytes = static_cast<int>(properties.sharedMemPerBlockOptin);
  s.facts.warp_groups =
      properties.major == 9 && properties.minor == 0 &&
      std::string_view(RECKON_CUDA_ARCHITECTURE_NAMES).find("sm_90a") != std::string_view::npos;
  s.facts.memory_bytes = properties.totalGlobalMem;
  int driver = 0;
  cudaDriverGetVersion(&driver);
  s.facts.driver = fmt::format("{}.{}", driver / 1000, driver % 1000 / 10);
  check(cudaStreamCreateWithFlags(&s.queue, cudaStreamNonBlocking), "--device cuda");
  s.stream.handle = s.queue;
  s.runner.queue = s.queue;
  // What is freed stays with this program's pool: a step must not pay for memory that the last one had.
  check(cudaDeviceGetDefaultMemPool(&s.pool, s.facts.index), "--device cuda");
  std::uint64_t keep = UINT64_MAX;
  check(cudaMemPoolSetAttribute(s.pool, cudaMemPoolAttrReleaseThreshold, &keep), "--device cuda");
  for (State::Staging& staging : s.staging) {
    check(cudaHostAlloc(&staging.memory, kStagingBytes, cudaHostAllocDefault), "pinned memory for uploads");
    check(cudaEventCreateWithFlags(&staging.free, cudaEventDisableTiming), "--device cuda");
  }
}

Runtime::~Runtime() {
  State& s = *state_;
  if (s.queue == nullptr) return;
  cudaStreamSynchronize(s.queue);
  if (s.arena != nullptr) cudaFreeHost(s.arena);
  for (void* memory : s.allocations) cudaFreeAsync(memory, s.queue);
  cudaStreamSynchronize(s.queue);
  cudaMemPoolTrimTo(s.pool, 0);
  for (const State::Staging& staging : s.staging) {
    if (staging.memory != nullptr) cudaFreeHost(staging.memory);
    if (staging.free != nullptr) cudaEventDestroy(staging.free);
  }
  for (const auto& [capacity, memory] : s.free_pinned) cudaFreeHost(memory);
  for (const State::Download& download : s.downloads) {
    if (download.pinned.capacity > 0) cudaFreeHost(download.pinned.memory);
  }
  cudaStreamDestroy(s.queue);
}

const DeviceFacts& Runtime::facts() const { return state_->facts; }
const Stream& Runtime::stream() const { return state_->stream; }

std::uint64_t Runtime::free_bytes() const {
  // It may be another rank's thread that asks, and the question goes to the current device.
  int current = 0;
  cudaGetDevice(&current);
  cudaSetDevice(state_->facts.index);
  std::size_t free = 0;
  std::size_t total = 0;
  const cudaError_t error = cudaMemGetInfo(&free, &total);
  cudaSetDevice(current);
  if (error != cudaSuccess) return 0;
  std::uint64_t reserved = 0;
  std::uint64_t used = 0;
  cudaMemPoolGetAttribute(state_->pool, cudaMemPoolAttrReservedMemCurrent, &reserved);
  cudaMemPoolGetAttribute(state_->pool, cudaMemPoolAttrUsedMemCurrent, &used);
  return free +
         (reserved > used ? reserved - used : 0);  // what the pool holds and does not use is free to us
}

Global<std::uint8_t> Runtime::allocate(const std::string& purpose, std::uint64_t bytes) {
  end_list();
  State& s = *state_;
  s.require_device();
  void* memory = nullptr;
  const std::uint64_t free = free_bytes();
  const cudaError_t error =
      bytes > free ? cudaErrorMemoryAllocation : cudaMallocAsync(&memory, bytes, s.queue);
  if (error == cudaErrorMemoryAllocation) {
    cudaGetLastError();
    fail_evaluation(
        "{}: {:.3f} GiB do not fit into the {:.3f} GiB that are free of {:.1f} GiB on {}; another program "
        "may hold "
        "the rest (`nvidia-smi`); a smaller model, kv_cache_bytes, max_sequences or chunk_tokens need less",
        purpose, gibibytes(bytes), gibibytes(free), gibibytes(s.facts.memory_bytes), s.facts.name);
  }
  check(error, purpose.c_str(), bytes);
  s.allocations.insert(memory);
  check(cudaMemsetAsync(memory, 0, bytes, s.queue), purpose.c_str(), bytes);
  return static_cast<std::uint8_t*>(memory);
}

void Runtime::begin_list() {
  State& s = *state_;
  end_list();
  if (!graphs_wanted()) return;
  if (s.arena == nullptr) {
    void* memory = nullptr;
    check(cudaHostAlloc(&memory, kArenaBytes, cudaHostAllocDefault), "pinned memory for steps");
    s.arena = static_cast<std::byte*>(memory);
  }
  if (s.arena_in_flight) return;  // an earlier step's copies still pass through it
  s.arena_used = 0;
  s.start_writing();
}

void Runtime::end_list() {
  if (!state_->stop_writing()) return;
  state_->graphs.run_plain(state_->list);
  state_->free_released();
}

bool Runtime::writes_list() const { return state_->writes_down(); }

void Runtime::run_list() {
  if (!state_->stop_writing()) return;
  state_->graphs.run(state_->list);
  state_->free_released();
}

void Runtime::queue_between(const std::function<void()>& work) {
  const bool writes = state_->writes_down();
  run_list();
  work();
  if (writes) state_->start_writing();
}

GraphCounters Runtime::graph_counters() const { return state_->graphs.counters(); }

void Runtime::release(Global<std::uint8_t> memory) noexcept {
  if (writes_list())
    state_->released.push_back(memory);
  else
    state_->free(memory);
}

void Runtime::upload(Global<std::uint8_t> to, const void* from, std::uint64_t bytes) {
  State& s = *state_;
  if (s.writes_down() && bytes > 0) {
    if (std::byte* place = s.arena_place(bytes)) {
      std::memcpy(place, from, bytes);
      return s.list.add_copy(Command::Kind::upload, "upload", {to, nullptr, place, bytes});
    }
    end_list();
  }
  // Half of a staging block at once: while one is copied to the device the next is read.
  constexpr std::uint64_t kPiece = kStagingBytes / 2;
  for (std::uint64_t done = 0; done < bytes; done += kPiece) {
    const std::uint64_t count = std::min(kPiece, bytes - done);
    std::byte* place = s.stage(count);
    std::memcpy(place, static_cast<const std::byte*>(from) + done, count);
    check(cudaMemcpyAsync(to + done, place, count, cudaMemcpyHostToDevice, s.queue), "upload", count);
    ++queued().count;
  }
}

void Runtime::download(void* to, Global<const std::uint8_t> from, std::uint64_t bytes) {
  if (bytes == 0) return;
  State& s = *state_;
  if (s.writes_down()) {
    if (std::byte* place = s.arena_place(bytes)) {
      s.downloads.push_back({to, {place, 0}, bytes});
      return s.list.add_copy(Command::Kind::download, "download", {nullptr, from, place, bytes});
    }
    end_list();
  }
  const State::Pinned pinned = s.pinned(bytes);
  s.downloads.push_back({to, pinned, bytes});
  check(cudaMemcpyAsync(pinned.memory, from, bytes, cudaMemcpyDeviceToHost, s.queue), "download", bytes);
  ++queued().count;
}

void Runtime::forget_downloads() noexcept {
  for (State::Download& download : state_->downloads) download.to = nullptr;
}

void Runtime::copy(Global<std::uint8_t> to, Global<const std::uint8_t> from, std::uint64_t bytes) {
  if (state_->writes_down())
    return state_->list.add_copy(Command::Kind::copy, "copy", {to, from, nullptr, bytes});
  check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, state_->queue), "copy", bytes);
  ++queued().count;
}

double Runtime::time(const std::function<void()>& work) {
  end_list();
  State& s = *state_;
  cudaEvent_t events[2];
  for (cudaEvent_t& event : events) check(cudaEventCreate(&event), "timing");
  check(cudaEventRecord(events[0], s.queue), "timing");
  work();
  check(cudaEventRecord(events[1], s.queue), "timing");
  const cudaError_t error = cudaEventSynchronize(events[1]);
  if (error != cudaSuccess) fail_queued(error);
  float milliseconds = 0.0F;
  check(cudaEventElapsedTime(&milliseconds, events[0], events[1]), "timing");
  for (const cudaEvent_t event : events) cudaEventDestroy(event);
  return static_cast<double>(milliseconds) * 1e-3;
}

bool Runtime::idle() const { return cudaStreamQuery(state_->queue) != cudaErrorNotReady; }

void Runtime::wait() {
  run_list();
  State& s = *state_;
  const cudaError_t error = cudaStreamSynchronize(s.queue);
  if (error != cudaSuccess) fail_queued(error);
  queued() = {};
  s.arena_in_flight = false;
  s.staging_used = 0;  // nothing queued reads it any more
  for (const State::Download& download : s.downloads) {
    if (download.to != nullptr) std::memcpy(download.to, download.pinned.memory, download.bytes);
    if (download.pinned.capacity > 0) s.free_pinned.emplace(download.pinned.capacity, download.pinned.memory);
  }
  s.downloads.clear();
}

}  // namespace reckon::kernels::cuda
