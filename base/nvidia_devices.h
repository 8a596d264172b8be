#pragma once
// Which cards of a machine CUDA's devices are.

#include <set>
#include <string>

namespace reckon {

/// Bus addresses of `count` CUDA devices from number `first` on, begun again at number 0 where there are
/// fewer (ranks may share a device). NVML numbers cards by their place on the bus, CUDA by speed or as
/// CUDA_VISIBLE_DEVICES says: the address is what both know. Empty where the driver, opened by this name,
/// does not answer.
std::set<std::string> bus_addresses(int first, int count, const std::string& driver = "libcuda.so.1");

}  // namespace reckon
