#pragma once
// Runs the blocks of a launch, one after the other in an order drawn from a seed; within a block the threads
// are fibres that run from one collective operation to the next, in an order drawn from the same seed.

#include <cstdint>
#include <functional>
#include <string>

#include "tests/cuda_on_host/memory.h"

namespace reckon::cuda_on_host {

constexpr int kWarpThreads = 32;

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
/// A collective that also orders the memory accesses of the warp.
void warp_barrier();

/// Queues a copy of `bytes` (4, 8 or 16) to shared memory, which lands when this thread waits for its group;
/// only the first `taken` of them are read, the others become zero.
void queue_async_copy(Region* to, std::int64_t to_offset, Region* from, std::int64_t from_offset,
                      std::size_t bytes, std::size_t taken);
void commit_async_copies();
/// Until all groups but the newest `left` have landed.
void wait_async_copies(int left);

}  // namespace reckon::cuda_on_host
