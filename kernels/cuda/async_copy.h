#pragma once
// Copies from global to shared memory that run beside the kernel (PTX ISA, "cp.async"). What they bring may
// be read by the thread that asked for it once it has waited, and by others after a barrier behind that.

#include "kernels/cuda/device.h"

namespace reckon::kernels::RECKON_CUDA_NS {

#if defined(__CUDACC__)

/// Sixteen bytes; both addresses on a border of sixteen.
template <class T>
RECKON_DEVICE void copy_async16(Shared<T> to, Global<const T> from) {
  const auto address = static_cast<unsigned>(__cvta_generic_to_shared(to));
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(address), "l"(from) : "memory");
}
/// The copies queued since the last call become one group.
RECKON_DEVICE void commit_copies() { asm volatile("cp.async.commit_group;" ::: "memory"); }
/// Until all of this thread's groups but the newest `left` have landed.
template <int left>
RECKON_DEVICE void wait_copies() {
  asm volatile("cp.async.wait_group %0;" ::"n"(left) : "memory");
}

#else

template <class T>
RECKON_DEVICE void copy_async16(Shared<T> to, Global<const T> from) {
  reckon::cuda_on_host::queue_async_copy(to.region(), to.offset(), from.region(), from.offset(), 16);
}
RECKON_DEVICE void commit_copies() { reckon::cuda_on_host::commit_async_copies(); }
template <int left>
RECKON_DEVICE void wait_copies() {
  reckon::cuda_on_host::wait_async_copies(left);
}

#endif

}  // namespace reckon::kernels::RECKON_CUDA_NS
