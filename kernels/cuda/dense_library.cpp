// Dense products by cuBLASLt.
#include "kernels/cuda/dense_library.h"

#include <dlfcn.h>

#include <map>
#include <tuple>

#include "base/error.h"
#include "kernels/cuda/cublaslt.h"

namespace reckon::kernels::cuda {
namespace {

constexpr std::uint64_t kWorkspaceBytes = std::uint64_t{32} << 20;
/// The step that the library makes its proposals for: between a decode step and a long prompt, which all use
/// it.
constexpr std::int64_t kProposalTokens = 4 * kLibraryTokens;
constexpr int kProposals = 8;
/// An output may be a part of a tensor (lies_on_16()); the other operands lie on the borders of 256 that the
/// library takes for granted.
constexpr std::uint32_t kOutputAlignment = 16;
/// What is not read when a product is proposed or checked, but must be there: scales, on a border of 256.
const void* const kSomewhere = reinterpret_cast<const void*>(std::uintptr_t{1} << 20);

cudaDataType_t kind_of(DataType type) {
  if (type == DataType::fp8_e4m3) return CUDA_R_8F_E4M3;
  return type == DataType::f16 ? CUDA_R_16F : CUDA_R_16BF;
}

/// One of the library's descriptions, given back by `destroy`.
template <class Description>
class Held {
 public:
  Held() = default;
  ~Held() {
    if (made != nullptr) destroy(made);
  }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;
  Description made = nullptr;
  cublasStatus_t (*destroy)(Description) = nullptr;
};

class CublasLtProducts final : public DenseLibrary {
 public:
  explicit CublasLtProducts(const std::string& name) : library_(name) {
    if (!library_.file.is_open()) {
      const char* reason = dlerror();
      fail_evaluation(
          "dense=cublaslt: {} cannot be opened ({}); install it with the CUDA toolkit of this major version, "
          "put its "
          "folder into LD_LIBRARY_PATH, or leave dense=cublaslt out",
          name, reason != nullptr ? reason : "no reason given");
    }
    if (!library_.complete)
      fail_evaluation(
          "dense=cublaslt: {} lacks functions that are needed: it is too old; leave dense=cublaslt out",
          name);
    const cublasStatus_t status = library_.create(&handle_);
    if (status != CUBLAS_STATUS_SUCCESS)
      fail_evaluation("dense=cublaslt: cublasLtCreate gives {}", status_text(status));
  }
  ~CublasLtProducts() override {
    chosen_.clear();
    library_.destroy(handle_);
  }
  CublasLtProducts(const CublasLtProducts&) = delete;
  CublasLtProducts& operator=(const CublasLtProducts&) = delete;

  std::uint64_t workspace_bytes() const override { return kWorkspaceBytes; }

  bool choose(DataType type, std::int64_t rows, std::int64_t columns) override {
    const auto [at, is_new] = chosen_.try_emplace(std::tuple(type, rows, columns));
    if (is_new) at->second = propose(type, rows, columns);
    return at->second != nullptr;
  }

  void multiply(const Stream& stream, const LibraryProduct& product) override {
    const auto found = chosen_.find(std::tuple(product.type, product.rows, product.columns));
    if (found == chosen_.end() || !found->second || product.tokens % kLibraryTokens != 0)
      fail_evaluation("cuBLASLt: no algorithm was chosen for {} [{}, {}] and {} tokens",
                      type_info(product.type).name, product.rows, product.columns, product.tokens);
    Chosen& chosen = *found->second;
    if (product.type == DataType::fp8_e4m3) {
      const void* weight_scales = product.weight_scales;
      const void* input_scales = product.input_scales;
      check(library_.set_of_product(chosen.product.made, CUBLASLT_MATMUL_DESC_A_SCALE_POINTER, &weight_scales,
                                    sizeof weight_scales),
            product);
      check(library_.set_of_product(chosen.product.made, CUBLASLT_MATMUL_DESC_B_SCALE_POINTER, &input_scales,
                                    sizeof input_scales),
            product);
    }
    Held<cublasLtMatrixLayout_t> input;
    Held<cublasLtMatrixLayout_t> output;
    check(layout(input, kind_of(product.type), product.columns, product.tokens), product);
    check(layout(output, CUDA_R_32F, product.rows, product.tokens), product);
    const float one = 1.0F;
    const float zero = 0.0F;
    check(library_.multiply(handle_, chosen.product.made, &one, product.weight, chosen.weight.made,
                            product.input, input.made, &zero, product.output, output.made, product.output,
                            output.made, &chosen.algorithm, product.workspace, kWorkspaceBytes,
                            static_cast<cudaStream_t>(stream.handle)),
          product);
  }

 private:
  /// In the library's columns: output [rows, tokens] = weight [columns, rows] transposed, times input
  /// [columns, tokens].
  struct Chosen {
    Held<cublasLtMatmulDesc_t> product;
    Held<cublasLtMatrixLayout_t> weight;
    cublasLtMatmulAlgo_t algorithm{};
  };

  static std::string status_text(cublasStatus_t status) {
    return "status " + std::to_string(static_cast<int>(status));
  }

  static void check(cublasStatus_t status, const LibraryProduct& product) {
    if (status != CUBLAS_STATUS_SUCCESS)
      fail_evaluation("cuBLASLt: {} [{}, {}] times {} tokens gives {}; leave dense=cublaslt out",
                      type_info(product.type).name, product.rows, product.columns, product.tokens,
                      status_text(status));
  }

  cublasStatus_t layout(Held<cublasLtMatrixLayout_t>& held, cudaDataType_t kind, std::int64_t height,
                        std::int64_t width) const {
    held.destroy = library_.destroy_layout;
    return library_.create_layout(&held.made, kind, static_cast<std::uint64_t>(height),
                                  static_cast<std::uint64_t>(width), height);
  }

  template <class Value>
  bool set(cublasLtMatmulDesc_t product, cublasLtMatmulDescAttributes_t attribute, Value value) const {
    return library_.set_of_product(product, attribute, &value, sizeof value) == CUBLAS_STATUS_SUCCESS;
  }

  template <class Value>
  bool has(const cublasLtMatmulAlgo_t& algorithm, cublasLtMatmulAlgoConfigAttributes_t attribute,
           Value value) const {
    Value found{};
    std::size_t written = 0;
    return library_.algorithm_attribute(&algorithm, attribute, &found, sizeof found, &written) ==
               CUBLAS_STATUS_SUCCESS &&
           found == value;
  }

  bool fits(const Chosen& chosen, const cublasLtMatmulAlgo_t& algorithm, DataType type, std::int64_t rows,
            std::int64_t columns, std::int64_t tokens) const {
    Held<cublasLtMatrixLayout_t> input;
    Held<cublasLtMatrixLayout_t> output;
    cublasLtMatmulHeuristicResult_t result{};
    return layout(input, kind_of(type), columns, tokens) == CUBLAS_STATUS_SUCCESS &&
           layout(output, CUDA_R_32F, rows, tokens) == CUBLAS_STATUS_SUCCESS &&
           library_.check(handle_, chosen.product.made, chosen.weight.made, input.made, output.made,
                          output.made, &algorithm, &result) == CUBLAS_STATUS_SUCCESS &&
           result.workspaceSize <= kWorkspaceBytes;
  }

  /// The first proposal that adds each output up in one sequence and takes one token tile as well as many.
  std::unique_ptr<Chosen> propose(DataType type, std::int64_t rows, std::int64_t columns) const {
    auto chosen = std::make_unique<Chosen>();
    chosen->product.destroy = library_.destroy_product;
    if (library_.create_product(&chosen->product.made, CUBLAS_COMPUTE_32F, CUDA_R_32F) !=
            CUBLAS_STATUS_SUCCESS ||
        !set(chosen->product.made, CUBLASLT_MATMUL_DESC_TRANSA, CUBLAS_OP_T) ||
        layout(chosen->weight, kind_of(type), columns, rows) != CUBLAS_STATUS_SUCCESS)
      return nullptr;
    if (type == DataType::fp8_e4m3) {
#if CUBLAS_VERSION >= 120900
      if (!set(chosen->product.made, CUBLASLT_MATMUL_DESC_A_SCALE_MODE,
               CUBLASLT_MATMUL_MATRIX_SCALE_BLK128x128_32F) ||
          !set(chosen->product.made, CUBLASLT_MATMUL_DESC_B_SCALE_MODE,
               CUBLASLT_MATMUL_MATRIX_SCALE_VEC128_32F) ||
          !set(chosen->product.made, CUBLASLT_MATMUL_DESC_A_SCALE_POINTER, kSomewhere) ||
          !set(chosen->product.made, CUBLASLT_MATMUL_DESC_B_SCALE_POINTER, kSomewhere))
        return nullptr;
#else
      return nullptr;
#endif
    }
    Held<cublasLtMatrixLayout_t> input;
    Held<cublasLtMatrixLayout_t> output;
    Held<cublasLtMatmulPreference_t> preference;
    preference.destroy = library_.destroy_preference;
    const std::uint32_t whole_sums = CUBLASLT_REDUCTION_SCHEME_NONE;
    cublasLtMatmulHeuristicResult_t proposals[kProposals] = {};
    int count = 0;
    if (layout(input, kind_of(type), columns, kProposalTokens) != CUBLAS_STATUS_SUCCESS ||
        layout(output, CUDA_R_32F, rows, kProposalTokens) != CUBLAS_STATUS_SUCCESS ||
        library_.create_preference(&preference.made) != CUBLAS_STATUS_SUCCESS ||
        library_.set_of_preference(preference.made, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES,
                                   &kWorkspaceBytes, sizeof kWorkspaceBytes) != CUBLAS_STATUS_SUCCESS ||
        library_.set_of_preference(preference.made, CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK, &whole_sums,
                                   sizeof whole_sums) != CUBLAS_STATUS_SUCCESS ||
        library_.set_of_preference(preference.made, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES,
                                   &kOutputAlignment, sizeof kOutputAlignment) != CUBLAS_STATUS_SUCCESS ||
        library_.set_of_preference(preference.made, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES,
                                   &kOutputAlignment, sizeof kOutputAlignment) != CUBLAS_STATUS_SUCCESS ||
        library_.propose(handle_, chosen->product.made, chosen->weight.made, input.made, output.made,
                         output.made, preference.made, kProposals, proposals,
                         &count) != CUBLAS_STATUS_SUCCESS)
      return nullptr;
    for (int i = 0; i < count; ++i) {
      const cublasLtMatmulAlgo_t& algorithm = proposals[i].algo;
      if (proposals[i].state != CUBLAS_STATUS_SUCCESS ||
          !has(algorithm, CUBLASLT_ALGO_CONFIG_SPLITK_NUM, std::int32_t{1}) ||
          !has(algorithm, CUBLASLT_ALGO_CONFIG_REDUCTION_SCHEME, whole_sums) ||
          !fits(*chosen, algorithm, type, rows, columns, kLibraryTokens) ||
          !fits(*chosen, algorithm, type, rows, columns, 64 * kLibraryTokens))
        continue;
      chosen->algorithm = algorithm;
      return chosen;
    }
    return nullptr;
  }

  CublasLt library_;
  cublasLtHandle_t handle_ = nullptr;
  std::map<std::tuple<DataType, std::int64_t, std::int64_t>, std::unique_ptr<Chosen>> chosen_;
};

}  // namespace

std::unique_ptr<DenseLibrary> make_dense_library(const std::string& name) {
  return std::make_unique<CublasLtProducts>(name.empty() ? cublaslt_name() : name);
}

}  // namespace reckon::kernels::cuda
