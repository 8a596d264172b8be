#pragma once
// The functions of cuBLASLt that are used, looked up when they are needed.

#include <cublasLt.h>

#include <string>

#include "base/shared_library.h"

namespace reckon::kernels::cuda {

inline std::string cublaslt_name() { return "libcublasLt.so." + std::to_string(CUBLAS_VER_MAJOR); }

/// All null when the library is not there or lacks one.
struct CublasLt {
  explicit CublasLt(const std::string& name = cublaslt_name()) : file(name) {
    complete = file.find(create, "cublasLtCreate") && file.find(destroy, "cublasLtDestroy") &&
               file.find(create_product, "cublasLtMatmulDescCreate") &&
               file.find(destroy_product, "cublasLtMatmulDescDestroy") &&
               file.find(set_of_product, "cublasLtMatmulDescSetAttribute") &&
               file.find(create_layout, "cublasLtMatrixLayoutCreate") &&
               file.find(destroy_layout, "cublasLtMatrixLayoutDestroy") &&
               file.find(create_preference, "cublasLtMatmulPreferenceCreate") &&
               file.find(destroy_preference, "cublasLtMatmulPreferenceDestroy") &&
               file.find(set_of_preference, "cublasLtMatmulPreferenceSetAttribute") &&
               file.find(propose, "cublasLtMatmulAlgoGetHeuristic") &&
               file.find(algorithm_attribute, "cublasLtMatmulAlgoConfigGetAttribute") &&
               file.find(check, "cublasLtMatmulAlgoCheck") && file.find(multiply, "cublasLtMatmul");
  }

  SharedLibrary file;
  decltype(&cublasLtCreate) create = nullptr;
  decltype(&cublasLtDestroy) destroy = nullptr;
  decltype(&cublasLtMatmulDescCreate) create_product = nullptr;
  decltype(&cublasLtMatmulDescDestroy) destroy_product = nullptr;
  decltype(&cublasLtMatmulDescSetAttribute) set_of_product = nullptr;
  decltype(&cublasLtMatrixLayoutCreate) create_layout = nullptr;
  decltype(&cublasLtMatrixLayoutDestroy) destroy_layout = nullptr;
  decltype(&cublasLtMatmulPreferenceCreate) create_preference = nullptr;
  decltype(&cublasLtMatmulPreferenceDestroy) destroy_preference = nullptr;
  decltype(&cublasLtMatmulPreferenceSetAttribute) set_of_preference = nullptr;
  decltype(&cublasLtMatmulAlgoGetHeuristic) propose = nullptr;
  decltype(&cublasLtMatmulAlgoConfigGetAttribute) algorithm_attribute = nullptr;
  decltype(&cublasLtMatmulAlgoCheck) check = nullptr;
  decltype(&cublasLtMatmul) multiply = nullptr;
  bool complete = false;
};

}  // namespace reckon::kernels::cuda
