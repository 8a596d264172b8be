#pragma once
// The inner loops of one instruction path, for the code that calls them.

#include "kernels/cpu/ops/op_table.h"
#include "kernels/cpu/simd/dispatch.h"

namespace reckon::kernels::cpu {

const OpTable& op_table(CpuPath path);

}  // namespace reckon::kernels::cpu
