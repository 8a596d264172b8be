#pragma once
// Starting a kernel. For kernel sources (see device.h).

#include "kernels/cuda/command_list.h"
#include "kernels/cuda/device.h"
#include "kernels/cuda/grid_limits.h"
#include "kernels/cuda/stream.h"

namespace reckon::kernels::RECKON_CUDA_NS {

constexpr std::int64_t blocks_for(std::int64_t n, std::int64_t block) { return (n + block - 1) / block; }

/// Writes a kernel down for later.
template <class Kernel>
void note_kernel(const Stream& stream, const char* operation, const void* function, const Kernel& kernel,
                 const Grid& grid, int shared_bytes) {
  Command command;
  command.operation = operation;
  command.function = function;
  command.grid = grid;
  command.threads = Kernel::kThreads;
  command.shared_bytes = shared_bytes;
  const PlainArguments<Kernel> arguments(kernel);
#if !defined(__CUDACC__)
  command.body = [kernel] { kernel(); };
#endif
  stream.list->add_kernel(std::move(command), arguments.bytes, sizeof(Kernel));
}

#if defined(__CUDACC__)

/// Takes the state of the launch just made (a cudaError_t): throws with the operation and how it was cut into
/// blocks, which follows from its shapes.
void note_launch(const Stream& stream, const char* operation, const Grid& grid, int threads, int error);

template <class Kernel>
__global__ void __launch_bounds__(Kernel::kThreads) run_kernel(const __grid_constant__ Kernel kernel) {
  kernel();
}

template <class Kernel>
void launch(const Stream& stream, const char* operation, const Kernel& kernel, const Grid& grid,
            int shared_bytes = 0) {
  if (grid.x == 0 || grid.y == 0 || grid.z == 0) return;
  check_grid(operation, grid.x, grid.y, grid.z);
  constexpr int kUsualSharedBytes = 48 << 10;
  if (shared_bytes > kUsualSharedBytes)
    cudaFuncSetAttribute(run_kernel<Kernel>, cudaFuncAttributeMaxDynamicSharedMemorySize, shared_bytes);
  if (stream.list != nullptr)
    return note_kernel(stream, operation, reinterpret_cast<const void*>(&run_kernel<Kernel>), kernel, grid,
                       shared_bytes);
  const dim3 blocks(static_cast<unsigned>(grid.x), static_cast<unsigned>(grid.y),
                    static_cast<unsigned>(grid.z));
  run_kernel<Kernel><<<blocks, Kernel::kThreads, static_cast<std::size_t>(shared_bytes),
                       static_cast<cudaStream_t>(stream.handle)>>>(kernel);
  note_launch(stream, operation, grid, Kernel::kThreads, static_cast<int>(cudaGetLastError()));
}

#else

/// An address of its own for each kernel.
template <class Kernel>
inline constexpr char kKernelName = 0;

template <class Kernel>
void launch(const Stream& stream, const char* operation, const Kernel& kernel, const Grid& grid,
            int shared_bytes = 0) {
  if (grid.x == 0 || grid.y == 0 || grid.z == 0) return;
  check_grid(operation, grid.x, grid.y, grid.z);
  if (stream.list != nullptr)
    return note_kernel(stream, operation, &kKernelName<Kernel>, kernel, grid, shared_bytes);
  reckon::cuda_on_host::run_grid(
      operation, {static_cast<int>(grid.x), static_cast<int>(grid.y), static_cast<int>(grid.z)},
      Kernel::kThreads, static_cast<std::size_t>(shared_bytes), [&kernel] { kernel(); });
}

#endif

}  // namespace reckon::kernels::RECKON_CUDA_NS
