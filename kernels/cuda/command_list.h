#pragma once
// The work of one decode step, collected in order and then run at once.
//
// Steps of the same batch size queue the same kernels with the same arguments: only what they upload differs.
// So a step is written down first (uploads and downloads pass through pinned memory at fixed places),
// compared with those that ran before, and when it is one of them the graph that was made of it runs: one
// call for the whole step. A step that is new runs command by command; so does every step where there are no
// graphs. Where ranks exchange data in between, each part between two exchanges is a list of its own.

#include <cstdint>
#include <cstring>
#include <functional>
#include <list>
#include <memory>
#include <type_traits>
#include <unordered_map>
#include <vector>

#include "kernels/cuda/grid_limits.h"
#include "kernels/cuda/pointers.h"
#include "kernels/cuda/stream.h"

namespace reckon::kernels::RECKON_CUDA_NS {

struct Command {
  enum class Kind : std::uint8_t { kernel, upload, download, copy, call } kind = Kind::kernel;
  const char* operation = "";
  const void* function = nullptr;  ///< what names the kernel, or who is called
  Grid grid;
  int threads = 0;
  int shared_bytes = 0;
  std::size_t first = 0, bytes = 0;  ///< of its arguments in the list's bytes
  std::function<void()> body;        ///< on the execution model: the kernel with its arguments
  /// Queues a library's work on the stream. Called when the list runs command by command and when its graph
  /// is made, not when the graph runs: it may neither ask for memory nor wait for the device.
  std::function<void(const Stream&)> call;
};

/// Arguments of the commands that are not kernels.
struct CopyCommand {
  Global<std::uint8_t> to = nullptr;
  Global<const std::uint8_t> from = nullptr;
  void* host = nullptr;  ///< the other side of an upload or download: pinned memory
  std::uint64_t bytes = 0;
};

class CommandList {
 public:
  void clear();
  bool empty() const { return commands_.empty(); }
  void add_kernel(Command command, const void* arguments, std::size_t bytes);
  /// `arguments` are all that `call` depends on but `callee`, which outlives the list.
  void add_call(const char* operation, const void* callee, const void* arguments, std::size_t bytes,
                std::function<void(const Stream&)> call);
  void add_copy(Command::Kind kind, const char* operation, const CopyCommand& copy);

  const std::vector<Command>& commands() const { return commands_; }
  const void* arguments(const Command& command) const { return bytes_.data() + command.first; }
  CopyCommand copy(const Command& command) const;
  /// Equal lists have equal ones.
  std::uint64_t hash() const;
  /// The same commands with the same arguments.
  bool same(const CommandList& other) const;

 private:
  void add_arguments(Command& command, const void* arguments, std::size_t bytes);

  std::vector<Command> commands_;
  std::vector<std::byte> bytes_;
};

/// What runs lists: a device, or the execution model.
class CommandRunner {
 public:
  virtual ~CommandRunner() = default;
  virtual void run(const CommandList& list, const Command& command) = 0;
  /// A graph of the list, or none where there are no graphs. The list outlives it.
  virtual std::shared_ptr<void> make_graph(const CommandList& list) = 0;
  virtual void run_graph(void* graph) = 0;
};

struct GraphCounters {
  std::int64_t plain = 0;     ///< lists that ran command by command
  std::int64_t replayed = 0;  ///< lists that ran as a graph
};

/// Graphs of the lists that came more than once.
class GraphCache {
 public:
  explicit GraphCache(CommandRunner& runner) : runner_(runner) {}
  void run(const CommandList& list);
  void run_plain(const CommandList& list);
  const GraphCounters& counters() const { return counters_; }

 private:
  struct Entry {
    std::uint64_t hash = 0;
    CommandList list;
    std::shared_ptr<void> graph;
  };
  void forget_oldest();

  CommandRunner& runner_;
  std::list<Entry> entries_;  ///< those used last first; with a graph from their second time on
  std::unordered_multimap<std::uint64_t, std::list<Entry>::iterator> by_hash_;
  std::size_t commands_ = 0;  ///< of all entries
  GraphCounters counters_;
};

/// A copy of a kernel's arguments in which bytes between members are zero, so that equal arguments have equal
/// bytes.
template <class Kernel>
struct PlainArguments {
  explicit PlainArguments(const Kernel& kernel) {
    static_assert(std::is_trivially_copyable_v<Kernel>);
    std::memcpy(static_cast<void*>(bytes), &kernel, sizeof(Kernel));
    __builtin_clear_padding(reinterpret_cast<Kernel*>(bytes));
  }
  alignas(Kernel) unsigned char bytes[sizeof(Kernel)];
};

}  // namespace reckon::kernels::RECKON_CUDA_NS
