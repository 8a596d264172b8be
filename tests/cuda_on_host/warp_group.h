#pragma once
// What products of a warp group mean on the host, from the PTX ISA's chapter on wgmma: operands are found
// through the bits of their descriptors; shared memory is read beside the kernel, so that what was written
// there must have been fenced (fence.proxy.async) before a barrier, and nobody may write there until the
// wait; sums land at the wait and are not numbers before it; registers must have been fenced since the last
// wait (one fence for all of them, where the ISA asks for one behind each write). What is amiss is a
// KernelFault, but for sums read too early, which are NaN.

#include <deque>
#include <memory>
#include <vector>

#include "tests/cuda_on_host/grid.h"
#include "tests/cuda_on_host/matrix.h"

namespace reckon::cuda_on_host {

/// Sixteen bytes of shared memory that a product reads.
struct GroupRead {
  Region* region;
  std::int64_t offset;
};

/// One thread's part in a product on its way.
struct QueuedProduct {
  float* sums = nullptr;
  std::vector<float> results;
  std::shared_ptr<const std::vector<GroupRead>> reads;
};

struct GroupProducts {
  QueuedProduct asked;                            ///< until all threads of the group have asked for it
  std::vector<QueuedProduct> open;                ///< not yet in a group
  std::deque<std::vector<QueuedProduct>> groups;  ///< oldest first
  bool registers_fenced = false;

  bool empty() const { return open.empty() && groups.empty(); }
};

/// wgmma.mma_async of shape 64 x columns x 32 bytes, both operands K-major in shared memory: `sums` are this
/// thread's columns / 2. By the 128 threads of a group.
void queue_group_product(FragmentType type, int columns, float* sums, std::uint64_t a, std::uint64_t b,
                         bool adds);
/// wgmma.fence
void fence_group_registers();
/// wgmma.commit_group, and wgmma.wait_group by the threads of a warp
void commit_group_products();
void wait_group_products(int left);

}  // namespace reckon::cuda_on_host
