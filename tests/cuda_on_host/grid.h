#pragma once
// Runs the blocks of a launch, one after the other in an order drawn from a seed; within a block the threads
// are fibres that run from one collective operation to the next, in an order drawn from the same seed.

#include <cstdint>
#include <functional>
#include <string>

#include "tests/cuda_on_host/memory.h"

namespace reckon::cuda_on_host {

constexpr int kWarpThreads = 32;
constexpr int kGroupWarps = 4;  ///< of a warp group

struct Dimensions {
  int x = 1, y = 1, z = 1;
};

/// Where the running thread stands.
struct Place {
  int thread = 0;  ///< of the block; blocks have one dimension
  int threads = 0;
  Dimensions block;  ///< index in the grid
  Dimensions grid;
};

/// Order of blocks and threads of the launches that follow.
void set_order_seed(std::uint64_t seed);

/// Runs `thread` for every thread of the grid. Errors: KernelFault, also for barriers that not all threads
/// reach and block sizes that are no multiple of a warp.
void run_grid(const std::string& name, Dimensions grid, int threads, std::size_t shared_bytes,
              const std::function<void()>& thread);

// For the running thread.
const Place& place();
const Accessor& accessor();
std::string kernel_name();
/// The block's shared memory [begin, begin + bytes) as a region of its own.
Region* shared_region(std::int64_t begin, std::size_t bytes);
void block_barrier();

/// Waits until all threads of the warp are here with the same `complete`, which is then called once with
/// their payloads in the order of the lanes.
using WarpComplete = void (*)(void* const* payloads);
void warp_collective(const char* what, void* payload, WarpComplete complete);
/// The same of the four warps of a warp group.
void group_collective(const char* what, void* payload, WarpComplete complete);
/// A collective that also orders the memory accesses of the warp.
void warp_barrier();

/// Queues a copy of `bytes` (4, 8 or 16) to shared memory, which lands when this thread waits for its group;
/// only the first `taken` of them are read, the others become zero.
void queue_async_copy(Region* to, std::int64_t to_offset, Region* from, std::int64_t from_offset,
                      std::size_t bytes, std::size_t taken);
void commit_async_copies();
/// Until all groups but the newest `left` have landed.
void wait_async_copies(int left);

/// The running thread puts a fence between its accesses to shared memory so far and those of products.
void fence_async_proxy();
/// Whether `thread` of the running block put fence number `fences` before a barrier that the block has
/// passed.
bool fenced_before_barrier(std::int32_t thread, std::uint32_t fences);

/// The address of a byte of the block's shared memory, which begins at 1,024 (what lies before is the
/// system's on devices of compute capability 9.0).
std::uint32_t shared_address(const Region* region, std::int64_t offset);
struct SharedPlace {
  Region* region;
  std::int64_t offset;
};
/// What lies there. Errors: no array of the kernel does.
SharedPlace shared_place(std::uint32_t address);

/// Products of warp groups that the running thread has queued (warp_group.h).
struct GroupProducts;
GroupProducts& group_products();

/// Most bytes of shared memory that a block may have; 99 KiB until then, what every device from compute
/// capability 8.0 on has.
void set_most_shared_bytes(std::size_t bytes);

}  // namespace reckon::cuda_on_host
