#pragma once
// A model on its device, or divided among several: what the scheduler runs steps on.

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "engine/engine_options.h"
#include "engine/generation/step_runner.h"
#include "engine/model/model_source.h"
#include "kernels/backend.h"

namespace reckon::engine {

/// The back end that the options ask for; with a communicator, one of its ranks. Errors: a device that is not
/// known or not there.
std::unique_ptr<kernels::Backend> make_backend(const EngineOptions& options,
                                               const std::shared_ptr<kernels::Communicator>& communicator);

class LoadedModel {
 public:
  /// `context`: most tokens of one sequence. The KV cache's size: see engine.h. Errors: a device that is not
  /// known or not there, a model or cache that does not fit, ranks that the model cannot be divided by.
  static std::unique_ptr<LoadedModel> load(const EngineOptions& options, const ModelSource& source,
                                           std::int64_t context,
                                           const std::function<void(std::int32_t, std::int32_t)>& progress);
  virtual ~LoadedModel() = default;

  virtual StepRunner& runner() = 0;
  virtual kernels::DeviceInfo device() const = 0;     ///< of rank 0
  virtual kernels::MemoryUse memory_use() const = 0;  ///< of all ranks
  virtual std::uint64_t read_weights() = 0;           ///< see kernels::Backend; of all ranks
  virtual std::uint64_t kv_cache_bytes() const = 0;   ///< of all ranks
};

}  // namespace reckon::engine
