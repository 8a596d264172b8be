#include "kernels/cpu/linear/panel_memory.h"

#include <mutex>

namespace reckon::kernels::cpu {
namespace {

constexpr std::uint64_t kSharedBlockBytes = std::uint64_t{64} << 20;  // what is never touched costs nothing
constexpr std::uint64_t kOwnBlockFrom = std::uint64_t{8} << 20;

struct SharedBlock {
  std::mutex mutex;
  std::weak_ptr<AlignedBytes> block;
  std::uint64_t used = 0;
};

}  // namespace

PanelMemory allocate_panels(std::uint64_t bytes) {
  static SharedBlock shared;
  if (bytes >= kOwnBlockFrom) {
    auto own = std::make_shared<AlignedBytes>(bytes);
    std::byte* data = own->data();
    return {std::move(own), data, bytes};
  }
  const std::lock_guard lock(shared.mutex);
  std::shared_ptr<AlignedBytes> block = shared.block.lock();
  if (block == nullptr || block->size() - shared.used < bytes) {
    block = std::make_shared<AlignedBytes>(kSharedBlockBytes);
    shared.block = block;
    shared.used = 0;
  }
  std::byte* data = block->data() + shared.used;
  shared.used += (bytes + 63) / 64 * 64;
  return {std::move(block), data, bytes};
}

}  // namespace reckon::kernels::cpu
