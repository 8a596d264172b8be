#pragma once
// What a test may set on the device of the execution model.

#include <cstdint>

namespace reckon::cuda_on_host {

/// Memory of the device; allocations beyond it fail as on a full card.
void set_device_memory(std::uint64_t bytes);
std::uint64_t device_memory_in_use();

}  // namespace reckon::cuda_on_host
