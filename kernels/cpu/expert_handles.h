#pragma once

#include <vector>

#include "kernels/cpu/backend.h"

namespace reckon::kernels::cpu {

/// The weights behind the handles of one layer's experts.
struct CpuBackend::ExpertHandles {
  std::vector<const LinearWeight*> gate, up, down;
  ExpertTables spans() const { return {gate, up, down}; }
};

}  // namespace reckon::kernels::cpu
