#pragma once
// What a model takes on a device, weighed from its config and the sizes in its files before any of it is
// loaded.

#include <cstdint>

#include "engine/model/model_source.h"
#include "engine/model/parallel_plan.h"
#include "kernels/backend.h"

namespace reckon::engine {

/// At least: vectors, activations and work space come on top.
struct MemoryNeed {
  std::uint64_t weight_bytes = 0;  ///< matrices as stored, with their scales
  std::uint64_t latent_bytes = 0;  ///< MLA: the matrices into and out of the latent space
  std::uint64_t cache_bytes = 0;   ///< of the KV cache
  std::uint64_t total() const { return weight_bytes + latent_bytes + cache_bytes; }
};

/// Of an element of MLA's matrices: floats, or the cache's type where tensor cores multiply by them.
std::uint64_t latent_element_bytes(const kernels::DeviceInfo& device,
                                   kernels::ActivationPrecision activations, kernels::DataType cache);

/// Of one rank. Errors: see RankPart.
MemoryNeed memory_need(const ModelSource& source, const ParallelPlan& plan, std::uint64_t cache_bytes,
                       std::uint64_t latent_element_bytes = sizeof(float));

/// Errors: an evaluation error with all the numbers when less than `need` is free for each of `sharers` ranks
/// of the device. Nothing to say of files on the CPU, which maps them.
void check_fits(const MemoryNeed& need, const ModelSource& source, const kernels::DeviceInfo& device,
                std::int32_t sharers = 1);

}  // namespace reckon::engine
