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
  if (command.kind == Command::Kind::call) {
    command.call(Stream{queue, nullptr});
    return note_launch(Stream{queue, nullptr}, command.operation, {}, 0, cudaSuccess);
  }
  const CopyCommand copy = list.copy(command);
  check(cudaMemcpyAsync(target_of(command, copy), source_of(command, copy), copy.bytes, kind_of(command),
                        queue),
        command.operation);
  ++queued().count;
}

std::shared_ptr<void> QueueRunner::make_graph(const CommandList& list) {
  if (failed_) return nullptr;
  const Queued before = queued();
  cudaGraph_t graph = nullptr;
  cudaGraphExec_t ready = nullptr;
  // What other threads do meanwhile (another rank that asks for memory, say) is no part of this.
  cudaError_t error = cudaStreamBeginCapture(queue, cudaStreamCaptureModeThreadLocal);
  if (error == cudaSuccess) {
    bool taken = true;
    try {
      for (const Command& command : list.commands()) run(list, command);
    } catch (...) {   // whatever it is, the queue must not go on recording
      taken = false;  // what is wrong for good will be said when the list runs command by command
    }
    error = cudaStreamEndCapture(queue, &graph);
    if (error == cudaSuccess && !taken) error = cudaErrorStreamCaptureInvalidated;
  }
  if (error == cudaSuccess) error = cudaGraphInstantiate(&ready, graph, 0);
  if (graph != nullptr) cudaGraphDestroy(graph);
  queued() = before;
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
