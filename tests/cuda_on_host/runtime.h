#pragma once
// What a test may set on the device of the execution model.

#include <cstdint>
#include <functional>

namespace reckon::cuda_on_host {

/// Memory of the device; allocations beyond it fail as on a full card.
void set_device_memory(std::uint64_t bytes);
std::uint64_t device_memory_in_use();

/// Of devices made from now on; 8.0 until then. Kernels for tensor cores that multiply FP8 run from 8.9 on,
/// those of warp groups and with more than 99 KiB of shared memory on 9.0.
void set_compute_capability(int major, int minor);
/// Code of devices made from now on was compiled for a lesser card (80: 8.0), until the other is called.
void set_code_version(int version);

/// What a library on this device does with its work: it runs at once, or, while a graph is being made by this
/// thread, each time that the graph runs.
void queue_work(std::function<void()> work);
/// Throws while a graph is being made by this thread, as a device fails what a capture does not allow.
void forbid_in_capture(const char* what);

}  // namespace reckon::cuda_on_host
