#pragma once
// Memory for repacked weights. Small matrices share large blocks, so that they lie on huge pages: a step
// reads every weight once, and with 4 KiB pages a fifth of that time went into address translation.

#include <cstddef>
#include <cstdint>
#include <memory>

#include "kernels/cpu/memory.h"

namespace reckon::kernels::cpu {

/// Zeroed bytes on a 64-byte border; the block behind them is freed with the last weight in it.
struct PanelMemory {
  std::shared_ptr<AlignedBytes> block;
  std::byte* data = nullptr;
  std::uint64_t size = 0;
};

/// May be called by several threads. Errors: the system has no such amount.
PanelMemory allocate_panels(std::uint64_t bytes);

}  // namespace reckon::kernels::cpu
