#include "kernels/cuda/queue_runner.h"

#include "kernels/cuda/device_errors.h"

namespace reckon::kernels::cuda {
namespace {

dim3 blocks_of(const Command& command) {
  return {static_cast<unsigned>(command.grid.x), static_cast<unsigned>(command.grid.y),
          static_cast<unsigned>(command.grid.z)};
}
void* target_of(const Command& command, const CopyCommand& copy) {
  return command.kind == Command::Kind::download ? copy.host : copy.to;
}
const void* source_of(const Command& command, const CopyCommand& copy) {
  return command.kind == Command::Kind::upload ? copy.host : static_cast<const void*>(copy.from);
}
cudaMemcpyKind kind_of(const Command& command) {
  if (command.kind == Command::Kind::upload) return cudaMemcpyHostToDevice;
  return command.kind == Command::Kind::download ? cudaMemcpyDeviceToHost : cudaMemcpyDeviceToDevice;
}

}  // namespace

void QueueRunner::run(const CommandList& list, const Command& command) {
  if (command.kind == Command::Kind::kernel) {
    void* arguments[] = {const_cast<void*>(list.arguments(command))};
    const cudaError_t error =
        cudaLaunchKernel(command.function, blocks_of(command), dim3(static_cast<unsigned>(command.threads)),
                         arguments, static_cast<std::size_t>(command.shared_bytes), queue);
    return note_launch(Stream{queue, nullptr}, command.operation, command.grid, command.threads, error);
  }
  const CopyCommand copy = list.copy(command);
  check(cudaMemcpyAsync(target_of(command, copy), source_of(command, copy), copy.bytes, kind_of(command),
                        queue),
        command.operation);
  ++queued().count;
}

std::shared_ptr<void> QueueRunner::make_graph(const CommandList& list) {
  if (failed_) return nullptr;
  cudaGraph_t graph = nullptr;
  cudaGraphExec_t ready = nullptr;
  cudaError_t error = cudaGraphCreate(&graph, 0);
  cudaGraphNode_t last = nullptr;
  for (const Command& command : list.commands()) {
    if (error != cudaSuccess) break;
    cudaGraphNode_t node = nullptr;
    const std::size_t before = last != nullptr ? 1 : 0;  // one after the other
    if (command.kind == Command::Kind::kernel) {
      void* arguments[] = {const_cast<void*>(list.arguments(command))};
      cudaKernelNodeParams parameters{};
      parameters.func = const_cast<void*>(command.function);
      parameters.gridDim = blocks_of(command);
      parameters.blockDim = dim3(static_cast<unsigned>(command.threads));
      parameters.sharedMemBytes = static_cast<unsigned>(command.shared_bytes);
      parameters.kernelParams = arguments;
      error = cudaGraphAddKernelNode(&node, graph, &last, before, &parameters);
    } else {
      const CopyCommand copy = list.copy(command);
      error = cudaGraphAddMemcpyNode1D(&node, graph, &last, before, target_of(command, copy),
                                       source_of(command, copy), copy.bytes, kind_of(command));
    }
    last = node;
  }
  if (error == cudaSuccess) error = cudaGraphInstantiate(&ready, graph, 0);
  if (graph != nullptr) cudaGraphDestroy(graph);
  if (error != cudaSuccess) {
    cudaGetLastError();
    failed_ = true;  // steps go on command by command
    return nullptr;
  }
  return {ready, [](void* made) { cudaGraphExecDestroy(static_cast<cudaGraphExec_t>(made)); }};
}

void QueueRunner::run_graph(void* graph) {
  queued() = {"a decode step's graph", {}, 0, queued().count + 1};
  check(cudaGraphLaunch(static_cast<cudaGraphExec_t>(graph), queue), "a decode step's graph");
}

}  // namespace reckon::kernels::cuda
