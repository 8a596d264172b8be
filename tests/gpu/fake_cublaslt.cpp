// In place of cuBLASLt: writes down what it is asked for, so that the calls of the real one can be checked
// without a device. Of its proposals the first two divide sums, the third is for long prompts alone.
#include <cublasLt.h>

#include <map>
#include <string>
#include <utility>

namespace {

std::string calls;

struct Description {
  std::map<int, std::uint64_t> attributes;
};
struct Layout {
  int type = 0;
  std::uint64_t height = 0, width = 0;
};

std::uint64_t value_of(const void* value, std::size_t bytes) {
  std::uint64_t number = 0;
  __builtin_memcpy(&number, value, bytes < 8 ? bytes : 8);
  return number;
}
const Layout& layout_of(cublasLtMatrixLayout_t layout) { return *reinterpret_cast<const Layout*>(layout); }

constexpr int kSplit = 1;     // several sums an output
constexpr int kReduced = 2;   // a reduction scheme
constexpr int kLongOnly = 3;  // not for few tokens
constexpr int kGood = 4;

}  // namespace

extern "C" {

// What happened since the last call of this.
const char* fake_cublaslt_log() {
  static std::string told;
  told = calls;
  calls.clear();
  return told.c_str();
}

cublasStatus_t cublasLtCreate(cublasLtHandle_t* handle) {
  static int own;
  *handle = reinterpret_cast<cublasLtHandle_t>(&own);
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtDestroy(cublasLtHandle_t) { return CUBLAS_STATUS_SUCCESS; }

cublasStatus_t cublasLtMatmulDescCreate(cublasLtMatmulDesc_t* made, cublasComputeType_t, cudaDataType_t) {
  *made = reinterpret_cast<cublasLtMatmulDesc_t>(new Description);
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatmulDescDestroy(cublasLtMatmulDesc_t made) {
  delete reinterpret_cast<Description*>(made);
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatmulDescSetAttribute(cublasLtMatmulDesc_t made,
                                              cublasLtMatmulDescAttributes_t attribute, const void* value,
                                              std::size_t bytes) {
  reinterpret_cast<Description*>(made)->attributes[attribute] = value_of(value, bytes);
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatrixLayoutCreate(cublasLtMatrixLayout_t* made, cudaDataType_t type,
                                          std::uint64_t height, std::uint64_t width, std::int64_t stride) {
  if (stride != static_cast<std::int64_t>(height)) return CUBLAS_STATUS_INVALID_VALUE;
  *made = reinterpret_cast<cublasLtMatrixLayout_t>(new Layout{type, height, width});
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatrixLayoutDestroy(cublasLtMatrixLayout_t made) {
  delete reinterpret_cast<Layout*>(made);
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmulPreferenceCreate(cublasLtMatmulPreference_t* made) {
  *made = reinterpret_cast<cublasLtMatmulPreference_t>(new Description);
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatmulPreferenceDestroy(cublasLtMatmulPreference_t made) {
  delete reinterpret_cast<Description*>(made);
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatmulPreferenceSetAttribute(cublasLtMatmulPreference_t made,
                                                    cublasLtMatmulPreferenceAttributes_t attribute,
                                                    const void* value, std::size_t bytes) {
  reinterpret_cast<Description*>(made)->attributes[attribute] = value_of(value, bytes);
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmulAlgoGetHeuristic(cublasLtHandle_t, cublasLtMatmulDesc_t product,
                                              cublasLtMatrixLayout_t weight, cublasLtMatrixLayout_t,
                                              cublasLtMatrixLayout_t, cublasLtMatrixLayout_t,
                                              cublasLtMatmulPreference_t preference, int wanted,
                                              cublasLtMatmulHeuristicResult_t results[], int* count) {
  auto& preferred = reinterpret_cast<Description*>(preference)->attributes;
  const auto mask = preferred.find(CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK);
  calls += "propose, reductions " + (mask == preferred.end() ? "any" : std::to_string(mask->second)) +
           ", workspace " + std::to_string(preferred[CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES]) + "; ";
  auto& asked = reinterpret_cast<Description*>(product)->attributes;
  for (const auto& [mode, pointer] :
       {std::pair(CUBLASLT_MATMUL_DESC_A_SCALE_MODE, CUBLASLT_MATMUL_DESC_A_SCALE_POINTER),
        std::pair(CUBLASLT_MATMUL_DESC_B_SCALE_MODE, CUBLASLT_MATMUL_DESC_B_SCALE_POINTER)}) {
    if (asked.count(mode) > 0 && (asked[pointer] == 0 || asked[pointer] % 256 != 0))
      return CUBLAS_STATUS_NOT_SUPPORTED;  // a scale mode without scales
  }
  for (const auto attribute :
       {CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES}) {
    const auto alignment = preferred.find(attribute);
    calls +=
        "outputs on " + (alignment == preferred.end() ? "256" : std::to_string(alignment->second)) + "; ";
  }
  // Weights of 8 outputs have none that keeps sums whole.
  *count = layout_of(weight).width == 8 ? 2 : 4;
  if (*count > wanted) *count = wanted;
  for (int i = 0; i < *count; ++i) {
    results[i] = {};
    results[i].state = CUBLAS_STATUS_SUCCESS;
    results[i].algo.data[0] = static_cast<std::uint64_t>(i) + 1;
  }
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmulAlgoConfigGetAttribute(const cublasLtMatmulAlgo_t* algorithm,
                                                    cublasLtMatmulAlgoConfigAttributes_t attribute,
                                                    void* value, std::size_t bytes, std::size_t* written) {
  const auto id = static_cast<int>(algorithm->data[0]);
  std::int32_t number = 0;
  if (attribute == CUBLASLT_ALGO_CONFIG_SPLITK_NUM) number = id == kSplit ? 4 : 1;
  if (attribute == CUBLASLT_ALGO_CONFIG_REDUCTION_SCHEME) number = id == kReduced ? 2 : 0;
  if (bytes != sizeof number) return CUBLAS_STATUS_INVALID_VALUE;
  __builtin_memcpy(value, &number, bytes);
  *written = bytes;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmulAlgoCheck(cublasLtHandle_t, cublasLtMatmulDesc_t, cublasLtMatrixLayout_t,
                                       cublasLtMatrixLayout_t input, cublasLtMatrixLayout_t,
                                       cublasLtMatrixLayout_t, const cublasLtMatmulAlgo_t* algorithm,
                                       cublasLtMatmulHeuristicResult_t* result) {
  if (algorithm->data[0] == kLongOnly && layout_of(input).width < 512) return CUBLAS_STATUS_NOT_SUPPORTED;
  *result = {};
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmul(cublasLtHandle_t, cublasLtMatmulDesc_t product, const void*, const void*,
                              cublasLtMatrixLayout_t weight, const void* input, cublasLtMatrixLayout_t inputs,
                              const void*, const void*, cublasLtMatrixLayout_t, void*,
                              cublasLtMatrixLayout_t outputs, const cublasLtMatmulAlgo_t* algorithm,
                              void* workspace, std::size_t workspace_bytes, cudaStream_t) {
  if (input == nullptr || workspace == nullptr) return CUBLAS_STATUS_INVALID_VALUE;
  auto& attributes = reinterpret_cast<Description*>(product)->attributes;
  calls += "multiply by algorithm " + std::to_string(algorithm->data[0]) + ": " +
           std::to_string(layout_of(weight).height) + "x" + std::to_string(layout_of(weight).width) +
           (attributes[CUBLASLT_MATMUL_DESC_TRANSA] != 0 ? "^T" : "") + " " +
           std::to_string(layout_of(inputs).height) + "x" + std::to_string(layout_of(inputs).width) + " -> " +
           std::to_string(layout_of(outputs).height) + "x" + std::to_string(layout_of(outputs).width) +
           " of type " + std::to_string(layout_of(outputs).type) + ", workspace " +
           std::to_string(workspace_bytes);
  if (attributes.count(CUBLASLT_MATMUL_DESC_A_SCALE_MODE) > 0)
    calls += ", scale modes " + std::to_string(attributes[CUBLASLT_MATMUL_DESC_A_SCALE_MODE]) + " and " +
             std::to_string(attributes[CUBLASLT_MATMUL_DESC_B_SCALE_MODE]) + " at " +
             std::to_string(attributes[CUBLASLT_MATMUL_DESC_A_SCALE_POINTER]) + " and " +
             std::to_string(attributes[CUBLASLT_MATMUL_DESC_B_SCALE_POINTER]);
  calls += "; ";
  return CUBLAS_STATUS_SUCCESS;
}

}  // extern "C"
