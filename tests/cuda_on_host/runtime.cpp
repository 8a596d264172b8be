#include "tests/cuda_on_host/runtime.h"

#include <atomic>
#include <chrono>
#include <cstring>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "base/error.h"
#include "kernels/cuda/launch.h"
#include "kernels/cuda/runtime.h"
#include "tests/cuda_on_host/grid.h"
#include "tests/cuda_on_host/lost_device.h"

namespace reckon::cuda_on_host {
namespace {

std::uint64_t memory_bytes = std::uint64_t{4} << 30;
int compute_major = 8;
int compute_minor = 0;
int code_version = 80;
std::atomic<std::uint64_t> bytes_in_use = 0;  // ranks are threads
using Nodes = std::vector<std::function<void()>>;
thread_local Nodes* captured = nullptr;  ///< where the work queued by this thread goes, in a capture

/// While it lives, what this thread queues becomes nodes.
struct Capture {
  explicit Capture(Nodes& nodes) { captured = &nodes; }
  ~Capture() { captured = nullptr; }
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;
};

}  // namespace

void queue_work(std::function<void()> work) {
  if (captured == nullptr) return work();
  captured->push_back(std::move(work));
}

void forbid_in_capture(const char* what) {
  if (captured != nullptr) fail_evaluation("{} is not allowed while work is captured for a graph", what);
}

void set_compute_capability(int major, int minor) {
  compute_major = major, compute_minor = minor, code_version = 10 * major + minor;
  set_most_shared_bytes(std::size_t{major == 9 ? 227U : 99U} << 10);
}

void set_code_version(int version) { code_version = version; }

void set_device_memory(std::uint64_t bytes) { memory_bytes = bytes; }
std::uint64_t device_memory_in_use() { return bytes_in_use; }

}  // namespace reckon::cuda_on_host

namespace reckon::kernels::RECKON_CUDA_NS {

namespace model = reckon::cuda_on_host;

PeerCopy time_peer_copy(std::uint64_t) { return {0, "the execution model is one device", 0, {}, 0}; }

namespace {

void upload_now(Global<std::uint8_t> to, const void* from, std::uint64_t bytes) {
  model::forbid_in_capture("a copy past the queue");
  model::require_device("upload");
  if (bytes > 0) to.region()->host_write(static_cast<std::size_t>(to.offset()), bytes, from);
}

/// A graph is what the list's commands queue when it is made: it runs with the arguments of that time, and
/// those who are called are not called again.
class ModelRunner final : public CommandRunner {
 public:
  void run(const CommandList& list, const Command& command) override {
    if (command.kind == Command::Kind::call) return command.call(Stream{});
    model::queue_work([&list, &command] { run_now(list, command); });
  }
  std::shared_ptr<void> make_graph(const CommandList& list) override {
    const auto nodes = std::make_shared<model::Nodes>();
    const model::Capture capture(*nodes);
    for (const Command& command : list.commands()) run(list, command);
    return nodes;
  }
  void run_graph(void* graph) override {
    for (const auto& node : *static_cast<const model::Nodes*>(graph)) node();
  }

 private:
  static void run_now(const CommandList& list, const Command& command) {
    const auto number = [](std::int64_t n) { return static_cast<int>(n); };
    if (command.kind == Command::Kind::kernel)
      return model::run_grid(command.operation,
                             {number(command.grid.x), number(command.grid.y), number(command.grid.z)},
                             command.threads, static_cast<std::size_t>(command.shared_bytes), command.body);
    const CopyCommand copy = list.copy(command);
    if (command.kind == Command::Kind::upload) return upload_now(copy.to, copy.host, copy.bytes);
    std::vector<std::byte> content(copy.bytes);
    copy.from.region()->host_read(static_cast<std::size_t>(copy.from.offset()), copy.bytes, content.data());
    if (command.kind == Command::Kind::copy) return upload_now(copy.to, content.data(), copy.bytes);
    std::memcpy(copy.host, content.data(), copy.bytes);
  }
};

constexpr std::uint64_t kArenaBytes = std::uint64_t{1} << 20;

}  // namespace

struct Runtime::State {
  struct Download {
    void* to;  ///< null: nobody wants it any more
    std::vector<std::byte> bytes;
    const std::byte* place = nullptr;  ///< in the arena, where the list puts them
  };
  ModelRunner runner;
  GraphCache graphs{runner};
  CommandList list;
  std::vector<std::byte> arena = std::vector<std::byte>(kArenaBytes);
  std::uint64_t arena_used = 0;

  void start_writing() {
    list.clear();
    stream.list = &list;
  }
  bool stop_writing() { return std::exchange(stream.list, nullptr) != nullptr; }
  std::byte* arena_place(std::uint64_t bytes) {
    if (bytes > kArenaBytes - arena_used) return nullptr;
    std::byte* place = arena.data() + arena_used;
    arena_used += (bytes + 255) / 256 * 256;
    return place;
  }
  DeviceFacts facts;
  Stream stream;
  std::map<const model::Region*, std::unique_ptr<model::Region>> regions;
  std::vector<Download> downloads;             ///< what wait() hands over
  std::vector<const model::Region*> released;  ///< given back while a list was written that may use them

  void free(const model::Region* region) {
    model::bytes_in_use -= region->size();
    regions.erase(region);
  }
  void free_released() {
    for (const model::Region* region : std::exchange(released, {})) free(region);
  }
};

Runtime::Runtime(int) : state_(std::make_unique<State>()) {
  DeviceFacts& facts = state_->facts;
  facts.name = "execution model";
  facts.compute_major = model::compute_major;
  facts.compute_minor = model::compute_minor;
  facts.code_version = model::code_version;
  facts.multiprocessors = 4;
  facts.warp_groups = facts.compute_major == 9 && facts.compute_minor == 0;
  facts.shared_bytes = (facts.compute_major == 9 ? 227 : 99) << 10;
  facts.memory_bytes = model::memory_bytes;
  facts.driver = "none";
}

Runtime::~Runtime() {
  for (const auto& [key, region] : state_->regions) model::bytes_in_use -= region->size();
}

const DeviceFacts& Runtime::facts() const { return state_->facts; }
std::uint64_t Runtime::free_bytes() const {
  return model::memory_bytes > model::bytes_in_use ? model::memory_bytes - model::bytes_in_use : 0;
}
const Stream& Runtime::stream() const { return state_->stream; }

void Runtime::begin_list() {
  end_list();
  if (!state_->downloads.empty()) return;
  state_->arena_used = 0;
  state_->start_writing();
}

void Runtime::end_list() {
  if (!state_->stop_writing()) return;
  state_->graphs.run_plain(state_->list);
  state_->free_released();
}

bool Runtime::writes_list() const { return state_->stream.list != nullptr; }

void Runtime::run_list() {
  if (!state_->stop_writing()) return;
  state_->graphs.run(state_->list);
  state_->free_released();
}

void Runtime::queue_between(const std::function<void()>& work) {
  const bool writes = writes_list();
  run_list();
  work();
  if (writes) state_->start_writing();
}

GraphCounters Runtime::graph_counters() const { return state_->graphs.counters(); }

Global<std::uint8_t> Runtime::allocate(const std::string& purpose, std::uint64_t bytes) {
  model::forbid_in_capture("asking for memory");
  end_list();
  model::require_device("asking for memory");
  if (bytes > free_bytes())
    fail_evaluation("{}: {} bytes do not fit into the {} that are free of {}", purpose, bytes, free_bytes(),
                    model::memory_bytes);
  auto region = std::make_unique<model::Region>(purpose, bytes, true);
  model::bytes_in_use += bytes;
  model::Region* key = region.get();
  state_->regions[key] = std::move(region);
  return {key, 0};
}

void Runtime::release(Global<std::uint8_t> memory) noexcept {
  if (writes_list())
    state_->released.push_back(memory.region());
  else
    state_->free(memory.region());
}

void Runtime::upload(Global<std::uint8_t> to, const void* from, std::uint64_t bytes) {
  if (state_->stream.list != nullptr && bytes > 0) {
    if (std::byte* place = state_->arena_place(bytes)) {
      std::memcpy(place, from, bytes);
      return state_->list.add_copy(Command::Kind::upload, "upload", {to, nullptr, place, bytes});
    }
    end_list();
  }
  upload_now(to, from, bytes);
}

void Runtime::download(void* to, Global<const std::uint8_t> from, std::uint64_t bytes) {
  if (bytes == 0) return;
  if (state_->stream.list != nullptr) {
    if (std::byte* place = state_->arena_place(bytes)) {
      state_->downloads.push_back({to, std::vector<std::byte>(bytes), place});
      return state_->list.add_copy(Command::Kind::download, "download", {nullptr, from, place, bytes});
    }
    end_list();
  }
  model::forbid_in_capture("a copy past the queue");
  model::require_device("download");
  std::vector<std::byte> copy(bytes);
  from.region()->host_read(static_cast<std::size_t>(from.offset()), bytes, copy.data());
  state_->downloads.push_back({to, std::move(copy)});
}

void Runtime::forget_downloads() noexcept {
  for (State::Download& download : state_->downloads) download.to = nullptr;
}

void Runtime::copy(Global<std::uint8_t> to, Global<const std::uint8_t> from, std::uint64_t bytes) {
  if (state_->stream.list != nullptr)
    return state_->list.add_copy(Command::Kind::copy, "copy", {to, from, nullptr, bytes});
  model::require_device("copy");
  std::vector<std::byte> content(bytes);
  from.region()->host_read(static_cast<std::size_t>(from.offset()), bytes, content.data());
  upload_now(to, content.data(), bytes);
}

double Runtime::time(const std::function<void()>& work) {
  model::forbid_in_capture("timing");
  end_list();
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

bool Runtime::idle() const { return true; }

void Runtime::wait() {
  model::forbid_in_capture("waiting for the device");
  run_list();
  model::require_device("waiting");
  for (const State::Download& download : state_->downloads) {
    if (download.to == nullptr) continue;
    std::memcpy(download.to, download.place != nullptr ? download.place : download.bytes.data(),
                download.bytes.size());
  }
  state_->downloads.clear();
}

}  // namespace reckon::kernels::RECKON_CUDA_NS
