#include "tests/cuda_on_host/memory.h"

#include <fmt/format.h>

#include "tests/cuda_on_host/grid.h"

namespace reckon::cuda_on_host {
namespace {

constexpr std::int32_t kWarp = 32;

bool of_warp(const Mark& mark, std::int32_t warp) {
  return mark.thread >= 0 ? mark.thread / kWarp == warp : mark.thread == Mark::kSeveral - warp;
}

/// Whether everything that `mark` stands for came before what `now` does.
bool ordered(const Mark& mark, const Accessor& now) {
  if (mark.launch != now.launch) return true;
  if (mark.thread == Mark::kAll && mark.epoch == UINT32_MAX) return false;  // several blocks
  if (mark.block != now.block) return false;
  if (mark.epoch != now.epoch) return true;
  if (mark.thread == now.thread) return true;
  return of_warp(mark, now.thread / kWarp) && mark.warp_epoch != now.warp_epoch;
}

Mark of(const Accessor& now) {
  return {now.launch, now.block, now.epoch, now.warp_epoch, now.thread, now.fences};
}

void add_reader(Mark& mark, const Accessor& now) {
  if (mark.launch != now.launch) {
    mark = of(now);
  } else if (mark.block != now.block || mark.epoch == UINT32_MAX) {
    mark.thread = Mark::kAll;
    mark.epoch = UINT32_MAX;
  } else if (mark.epoch != now.epoch) {
    mark = of(now);
  } else if (mark.thread != now.thread) {
    const std::int32_t warp = now.thread / kWarp;
    if (of_warp(mark, warp) && mark.warp_epoch != now.warp_epoch) {
      mark = of(now);
    } else {
      mark.thread = of_warp(mark, warp) ? Mark::kSeveral - warp : Mark::kAll;
    }
  }
}

std::string text(const Mark& mark) {
  if (mark.epoch == UINT32_MAX) return "threads of several blocks";
  if (mark.thread == Mark::kAll) return fmt::format("several threads of block {}", mark.block);
  if (mark.thread < 0)
    return fmt::format("several threads of warp {} of block {}", Mark::kSeveral - mark.thread, mark.block);
  return fmt::format("thread {} of block {}", mark.thread, mark.block);
}

}  // namespace

Region::Region(std::string name, std::size_t bytes, bool initialised)
    : name_(std::move(name)), bytes_(bytes), initialised_(initialised) {}

void Region::fail(std::int64_t offset, const std::string& what) const {
  const Accessor& now = accessor();
  throw KernelFault(fmt::format("{}: thread {} of block {}: byte {} of {} ({} bytes): {}", kernel_name(),
                                now.thread, now.block, offset, name_, bytes_.size(), what));
}

void fail_null() { throw KernelFault(fmt::format("{}: a null pointer is followed", kernel_name())); }

void Region::check_bounds(std::int64_t offset, std::size_t count, std::size_t alignment, const char* access) {
  if (offset < 0 || static_cast<std::uint64_t>(offset) + count > bytes_.size())
    fail(offset, fmt::format("{} of {} bytes is out of bounds", access, count));
  if (static_cast<std::uint64_t>(offset) % alignment != 0)
    fail(offset, fmt::format("{} of {} bytes is not aligned", access, count));
}

void Region::check_alignment(std::int64_t offset, std::size_t alignment) {
  if (static_cast<std::uint64_t>(offset) % alignment != 0)
    fail(offset, fmt::format("access is not on a border of {} bytes", alignment));
}

void Region::check_unread(const Shadow& byte, std::int64_t offset) const {
  if (byte.group_reads > 0) fail(offset, "written while a product of a warp group reads it");
}

void Region::make_shadows() {
  Word word;
  word.all.initialised = initialised_;
  words_.assign((bytes_.size() + 3) / 4, word);
}

void Region::read(std::int64_t offset, std::size_t count, void* to) {
  check_bounds(offset, count, 1, "read");
  const Accessor& now = accessor();
  for_each_shadow(offset, count, [&](Shadow& byte) {
    if (byte.flying >= 0)
      fail(offset, fmt::format("read before the asynchronous copy of thread {} was waited for", byte.flying));
    if (!byte.initialised) fail(offset, "read before anything was written");
    if (!ordered(byte.write, now))
      fail(offset, fmt::format("read with no barrier after the write of {}", text(byte.write)));
    add_reader(byte.read, now);
  });
  std::memcpy(to, bytes_.data() + offset, count);
}

void Region::write(std::int64_t offset, std::size_t count, const void* from) {
  check_bounds(offset, count, 1, "write");
  const Accessor& now = accessor();
  for_each_shadow(offset, count, [&](Shadow& byte) {
    if (byte.flying >= 0)
      fail(offset,
           fmt::format("written before the asynchronous copy of thread {} was waited for", byte.flying));
    check_unread(byte, offset);
    if (!ordered(byte.write, now))
      fail(offset, fmt::format("written with no barrier after the write of {}", text(byte.write)));
    if (!ordered(byte.read, now))
      fail(offset, fmt::format("written with no barrier after it was read by {}", text(byte.read)));
    byte.write = of(now);
    byte.read = {};
    byte.initialised = true;
    byte.atomic = false;
  });
  std::memcpy(bytes_.data() + offset, from, count);
}

void Region::note_atomic(std::int64_t offset, std::size_t count) {
  const Accessor& now = accessor();
  for_each_shadow(offset, count, [&](Shadow& byte) {
    if (byte.flying >= 0) fail(offset, "atomic access to bytes that an asynchronous copy will write");
    check_unread(byte, offset);
    if (!byte.initialised) fail(offset, "atomic access before anything was written");
    if (!byte.atomic && !ordered(byte.write, now))
      fail(offset, fmt::format("atomic access with no barrier after the write of {}", text(byte.write)));
    if (!ordered(byte.read, now))
      fail(offset, fmt::format("atomic access with no barrier after it was read by {}", text(byte.read)));
    // Several threads' atomic accesses are remembered together: a later plain access must be ordered after
    // all of them.
    if (byte.atomic && !ordered(byte.write, now)) {
      add_reader(byte.write, now);
    } else {
      byte.write = of(now);
    }
    byte.read = {};
    byte.atomic = true;
  });
}

void Region::begin_flight(std::int64_t offset, std::size_t count) {
  check_bounds(offset, count, count, "asynchronous copy");
  const Accessor& now = accessor();
  for_each_shadow(offset, count, [&](Shadow& byte) {
    if (byte.flying >= 0) fail(offset, "two asynchronous copies to the same bytes are in flight");
    check_unread(byte, offset);
    if (!ordered(byte.write, now))
      fail(offset, fmt::format("copied to with no barrier after the write of {}", text(byte.write)));
    if (!ordered(byte.read, now))
      fail(offset, fmt::format("copied to with no barrier after it was read by {}", text(byte.read)));
    byte.flying = now.thread;
  });
}

void Region::end_flight(std::int64_t offset, std::size_t count, const void* from) {
  for_each_shadow(offset, count, [](Shadow& byte) { byte.flying = -1; });
  write(offset, count, from);
}

void Region::begin_group_read(std::int64_t offset, std::size_t count, void* to) {
  check_bounds(offset, count, count, "read by a product");
  const Accessor& now = accessor();
  for_each_shadow(offset, count, [&](Shadow& byte) {
    if (byte.flying >= 0)
      fail(offset, fmt::format("read by a product before the asynchronous copy of thread {} was waited for",
                               byte.flying));
    if (!byte.initialised) fail(offset, "read by a product before anything was written");
    // Every warp of the group reads: what one thread wrote, the others know of behind a barrier alone.
    if (byte.write.launch == now.launch && byte.write.epoch == now.epoch)
      fail(offset, fmt::format("read by a product with no barrier after the write of {}", text(byte.write)));
    if (byte.write.launch == now.launch && !fenced_before_barrier(byte.write.thread, byte.write.fences))
      fail(offset, fmt::format("read by a product with no fence.proxy.async between the write of {} and the "
                               "barrier behind it",
                               text(byte.write)));
    byte.group_reads += kGroupWarps;
  });
  std::memcpy(to, bytes_.data() + offset, count);
}

void Region::end_group_read(std::int64_t offset, std::size_t count) {
  const Accessor& now = accessor();
  for_each_shadow(offset, count, [&](Shadow& byte) {
    --byte.group_reads;
    add_reader(byte.read, now);
  });
}

void Region::host_read(std::size_t offset, std::size_t count, void* to) const {
  if (count > bytes_.size() || offset > bytes_.size() - count)
    throw KernelFault(fmt::format("copy of {} bytes from byte {} of {}", count, offset, name_));
  std::memcpy(to, bytes_.data() + offset, count);
}

void Region::host_write(std::size_t offset, std::size_t count, const void* from) {
  if (count > bytes_.size() || offset > bytes_.size() - count)
    throw KernelFault(fmt::format("copy of {} bytes to byte {} of {}", count, offset, name_));
  std::memcpy(bytes_.data() + offset, from, count);
  if (initialised_ && words_.empty()) return;
  for_each_shadow(static_cast<std::int64_t>(offset), count, [](Shadow& byte) { byte.initialised = true; });
}

}  // namespace reckon::cuda_on_host
