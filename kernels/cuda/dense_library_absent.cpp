#include "base/error.h"
#include "kernels/cuda/dense_library.h"

namespace reckon::kernels::cuda {

std::unique_ptr<DenseLibrary> make_dense_library(const std::string&) {
  fail_evaluation(
      "dense=cublaslt: this program was built where cublasLt.h was missing; build it with that part of the "
      "CUDA "
      "toolkit, or leave dense=cublaslt out");
}

}  // namespace reckon::kernels::cuda
