#pragma once
// Runs written-down commands on a queue of the device, one by one or as a graph.

#include <cuda_runtime_api.h>

#include <memory>

#include "kernels/cuda/command_list.h"

namespace reckon::kernels::cuda {

class QueueRunner final : public CommandRunner {
 public:
  cudaStream_t queue = nullptr;

  void run(const CommandList& list, const Command& command) override;
  /// None once the driver has refused one: steps go on command by command.
  std::shared_ptr<void> make_graph(const CommandList& list) override;
  void run_graph(void* graph) override;

 private:
  bool failed_ = false;
};

}  // namespace reckon::kernels::cuda
