#include "kernels/cpu/ops/op_tables.h"

namespace reckon::kernels::cpu {

namespace portable {
extern const OpTable op_table;
}
namespace avx2 {
extern const OpTable op_table;
}
namespace avx512 {
extern const OpTable op_table;
}

const OpTable& op_table(CpuPath path) {
  return pick<OpTable>(path, &portable::op_table, RECKON_X86_TABLE(avx2::op_table),
                       RECKON_X86_TABLE(avx512::op_table));
}

}  // namespace reckon::kernels::cpu
