// What stands in for NCCL in a build without its header.
#include "base/error.h"
#include "kernels/cuda/nccl_communicator.h"

namespace reckon::kernels::cuda {

std::vector<std::shared_ptr<Communicator>> make_nccl_communicators(std::int32_t) {
  fail_evaluation(
      "several devices need NCCL, and this program was built without its header (nccl.h, in Debian packages "
      "or the "
      "nvidia-nccl wheels); communicator=threads works without it, slowly");
}

}  // namespace reckon::kernels::cuda
