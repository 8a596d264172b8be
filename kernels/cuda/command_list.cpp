#include "kernels/cuda/command_list.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace reckon::kernels::RECKON_CUDA_NS {
namespace {

/// That are remembered: of a hundred steps (batch sizes, times lengths of context) of a thousand each.
constexpr std::size_t kMostCommands = 100'000;
constexpr std::size_t kAlignment = 16;

/// FNV-1a by words (Fowler, Noll, Vo; 64 bits).
struct Hash {
  std::uint64_t value = 0xcbf29ce484222325ULL;
  void add(std::uint64_t word) { value = (value ^ word) * 0x100000001b3ULL; }
};

}  // namespace

void CommandList::clear() {
  commands_.clear();
  bytes_.clear();
}

void CommandList::add_arguments(Command& command, const void* arguments, std::size_t bytes) {
  command.first = (bytes_.size() + kAlignment - 1) / kAlignment * kAlignment;
  command.bytes = bytes;
  bytes_.resize(command.first + bytes);
  std::memcpy(bytes_.data() + command.first, arguments, bytes);
}

void CommandList::add_kernel(Command command, const void* arguments, std::size_t bytes) {
  add_arguments(command, arguments, bytes);
  commands_.push_back(std::move(command));
}

void CommandList::add_call(const char* operation, const void* callee, const void* arguments,
                           std::size_t bytes, std::function<void(const Stream&)> call) {
  Command command;
  command.kind = Command::Kind::call;
  command.operation = operation;
  command.function = callee;
  command.call = std::move(call);
  add_arguments(command, arguments, bytes);
  commands_.push_back(std::move(command));
}

void CommandList::add_copy(Command::Kind kind, const char* operation, const CopyCommand& copy) {
  Command command;
  command.kind = kind;
  command.operation = operation;
  add_arguments(command, &copy, sizeof copy);
  commands_.push_back(std::move(command));
}

CopyCommand CommandList::copy(const Command& command) const {
  CopyCommand copy;
  std::memcpy(static_cast<void*>(&copy), arguments(command), sizeof copy);
  return copy;
}

std::uint64_t CommandList::hash() const {
  Hash hash;
  for (const Command& command : commands_) {
    hash.add(static_cast<std::uint64_t>(command.kind));
    hash.add(reinterpret_cast<std::uintptr_t>(command.function));
    hash.add(static_cast<std::uint64_t>(command.grid.x));
    hash.add(static_cast<std::uint64_t>(command.grid.y));
    hash.add(static_cast<std::uint64_t>(command.grid.z));
    hash.add(static_cast<std::uint64_t>(command.shared_bytes));
  }
  std::size_t i = 0;
  for (; i + 8 <= bytes_.size(); i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes_.data() + i, 8);
    hash.add(word);
  }
  for (; i < bytes_.size(); ++i) hash.add(static_cast<std::uint64_t>(bytes_[i]));
  return hash.value;
}

bool CommandList::same(const CommandList& other) const {
  const auto equal = [](const Command& a, const Command& b) {
    return a.kind == b.kind && a.function == b.function && a.grid.x == b.grid.x && a.grid.y == b.grid.y &&
           a.grid.z == b.grid.z && a.threads == b.threads && a.shared_bytes == b.shared_bytes &&
           a.first == b.first && a.bytes == b.bytes;
  };
  return bytes_ == other.bytes_ && std::equal(commands_.begin(), commands_.end(), other.commands_.begin(),
                                              other.commands_.end(), equal);
}

void GraphCache::run_plain(const CommandList& list) {
  for (const Command& command : list.commands()) runner_.run(list, command);
  ++counters_.plain;
}

void GraphCache::forget_oldest() {
  const auto oldest = std::prev(entries_.end());
  const auto [begin, end] = by_hash_.equal_range(oldest->hash);
  by_hash_.erase(std::find_if(begin, end, [&](const auto& at) { return at.second == oldest; }));
  commands_ -= oldest->list.commands().size();
  entries_.erase(oldest);
}

void GraphCache::run(const CommandList& list) {
  if (list.empty()) return;
  const std::uint64_t hash = list.hash();
  const auto [begin, end] = by_hash_.equal_range(hash);
  const auto found = std::find_if(begin, end, [&](const auto& at) { return at.second->list.same(list); });
  if (found == end) {
    const std::size_t count = list.commands().size();
    while (!entries_.empty() && commands_ + count > kMostCommands) forget_oldest();
    entries_.push_front({hash, list, nullptr});
    by_hash_.emplace(hash, entries_.begin());
    commands_ += count;
    return run_plain(list);
  }
  entries_.splice(entries_.begin(), entries_, found->second);
  Entry& entry = entries_.front();
  if (!entry.graph) entry.graph = runner_.make_graph(entry.list);
  if (!entry.graph) return run_plain(list);
  runner_.run_graph(entry.graph.get());
  ++counters_.replayed;
}

}  // namespace reckon::kernels::RECKON_CUDA_NS
