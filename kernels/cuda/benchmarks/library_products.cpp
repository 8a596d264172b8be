#include "kernels/cuda/benchmarks/library_products.h"

#include <cuda_runtime_api.h>

#include <random>
#include <vector>

#include "kernels/benchmarks/measure.h"
#include "kernels/cuda/cublaslt.h"

namespace reckon::kernels::cuda {
namespace {

constexpr std::size_t kWorkspaceBytes = std::size_t{32} << 20;
constexpr std::size_t kSweptBytes = std::size_t{256} << 20;  // more than any level-2 cache
constexpr int kProposals = 4;

/// Device memory of one call.
struct Memory {
  void* data = nullptr;

  explicit Memory(std::size_t bytes) {
    if (cudaMalloc(&data, bytes) != cudaSuccess) data = nullptr;
  }
  ~Memory() {
    if (data != nullptr) cudaFree(data);
  }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
};

/// Random elements between 0.5 and 1 of either sign, bytes or pairs of bytes.
bool fill(const Memory& memory, std::size_t bytes, DataType type) {
  std::vector<std::uint32_t> words((bytes + 3) / 4);
  std::mt19937 random(7);
  for (std::uint32_t& word : words) {
    word = static_cast<std::uint32_t>(random());
    if (type == DataType::bf16)
      word = (word & 0x807f807fU) | 0x3f003f00U;
    else if (type == DataType::f16)
      word = (word & 0x83ff83ffU) | 0x38003800U;
    else
      word = (word & 0x87878787U) | 0x30303030U;
  }
  return cudaMemcpy(memory.data, words.data(), bytes, cudaMemcpyHostToDevice) == cudaSuccess;
}

}  // namespace

struct LibraryProducts::State final : Timer {
  CublasLt library;
  cublasLtHandle_t handle = nullptr;
  cudaEvent_t begin = nullptr, end = nullptr;
  bool ready = false;

  State() {
    ready = library.complete && library.create(&handle) == CUBLAS_STATUS_SUCCESS &&
            cudaEventCreate(&begin) == cudaSuccess && cudaEventCreate(&end) == cudaSuccess;
  }
  ~State() override {
    if (begin != nullptr) cudaEventDestroy(begin);
    if (end != nullptr) cudaEventDestroy(end);
    if (handle != nullptr) library.destroy(handle);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  double seconds(const std::function<void()>& work) override {
    float milliseconds = 0;
    check(cudaEventRecord(begin, nullptr) == cudaSuccess);
    work();
    check(cudaEventRecord(end, nullptr) == cudaSuccess && cudaEventSynchronize(end) == cudaSuccess &&
          cudaEventElapsedTime(&milliseconds, begin, end) == cudaSuccess);
    return static_cast<double>(milliseconds) * 1e-3;
  }

  /// The median seconds of `multiply` with `swept` overwritten before each run; nothing where it fails.
  std::optional<double> time(const Memory& swept, const std::function<cublasStatus_t()>& multiply) {
    MeasuredCall call;
    call.name = "cublasLt";
    call.call = [&] { check(multiply() == CUBLAS_STATUS_SUCCESS); };
    call.sweep = [&] { check(cudaMemsetAsync(swept.data, 1, kSweptBytes, nullptr) == cudaSuccess); };
    Method method;
    method.warm = false;
    try {
      return median_of(measure(call, *this, method).cold_seconds);
    } catch (const Failure&) {
      cudaGetLastError();
      return std::nullopt;
    }
  }

 private:
  struct Failure {};
  static void check(bool well) {
    if (!well) throw Failure();
  }
};

LibraryProducts::LibraryProducts() = default;
LibraryProducts::~LibraryProducts() = default;

std::optional<double> LibraryProducts::seconds(DataType type, std::int64_t rows, std::int64_t columns,
                                               std::int64_t tokens) {
  if (type != DataType::bf16 && type != DataType::f16 && type != DataType::fp8_e4m3) return std::nullopt;
  if (!state_) state_ = std::make_unique<State>();
  if (!state_->ready) return std::nullopt;
  const CublasLt& library = state_->library;
  const auto elements = [&](std::int64_t count) {
    return static_cast<std::size_t>(count) * (type == DataType::fp8_e4m3 ? 1 : 2);
  };
  const Memory weight(elements(rows * columns));
  const Memory input(elements(tokens * columns));
  const Memory output(static_cast<std::size_t>(tokens * rows) * sizeof(float));
  const Memory workspace(kWorkspaceBytes);
  const Memory swept(kSweptBytes);
  for (const Memory* memory : {&weight, &input, &output, &workspace, &swept}) {
    if (memory->data == nullptr) {
      cudaGetLastError();
      return std::nullopt;
    }
  }
  if (!fill(weight, elements(rows * columns), type) || !fill(input, elements(tokens * columns), type))
    return std::nullopt;

  // In the library's columns: output [rows, tokens] = weight [columns, rows] transposed, times input
  // [columns, tokens].
  const cudaDataType_t kind = type == DataType::bf16  ? CUDA_R_16BF
                              : type == DataType::f16 ? CUDA_R_16F
                                                      : CUDA_R_8F_E4M3;
  cublasLtMatmulDesc_t product = nullptr;
  cublasLtMatrixLayout_t weights = nullptr;
  cublasLtMatrixLayout_t inputs = nullptr;
  cublasLtMatrixLayout_t outputs = nullptr;
  cublasLtMatmulPreference_t preference = nullptr;
  const cublasOperation_t transposed = CUBLAS_OP_T;
  const auto n = static_cast<std::uint64_t>(rows);
  const auto k = static_cast<std::uint64_t>(columns);
  const auto m = static_cast<std::uint64_t>(tokens);
  cublasLtMatmulHeuristicResult_t proposals[kProposals] = {};
  int count = 0;
  const bool prepared =
      library.create_product(&product, CUBLAS_COMPUTE_32F, CUDA_R_32F) == CUBLAS_STATUS_SUCCESS &&
      library.set_of_product(product, CUBLASLT_MATMUL_DESC_TRANSA, &transposed, sizeof transposed) ==
          CUBLAS_STATUS_SUCCESS &&
      library.create_layout(&weights, kind, k, n, columns) == CUBLAS_STATUS_SUCCESS &&
      library.create_layout(&inputs, kind, k, m, columns) == CUBLAS_STATUS_SUCCESS &&
      library.create_layout(&outputs, CUDA_R_32F, n, m, rows) == CUBLAS_STATUS_SUCCESS &&
      library.create_preference(&preference) == CUBLAS_STATUS_SUCCESS &&
      library.set_of_preference(preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, &kWorkspaceBytes,
                                sizeof kWorkspaceBytes) == CUBLAS_STATUS_SUCCESS &&
      library.propose(state_->handle, product, weights, inputs, outputs, outputs, preference, kProposals,
                      proposals, &count) == CUBLAS_STATUS_SUCCESS;
  std::optional<double> best;
  const float one = 1.0F;
  const float zero = 0.0F;
  for (int i = 0; prepared && i < count; ++i) {
    if (proposals[i].state != CUBLAS_STATUS_SUCCESS) continue;
    const auto seconds = state_->time(swept, [&] {
      return library.multiply(state_->handle, product, &one, weight.data, weights, input.data, inputs, &zero,
                              output.data, outputs, output.data, outputs, &proposals[i].algo, workspace.data,
                              kWorkspaceBytes, nullptr);
    });
    if (seconds && (!best || *seconds < *best)) best = seconds;
  }
  if (preference != nullptr) library.destroy_preference(preference);
  for (cublasLtMatrixLayout_t layout : {weights, inputs, outputs}) {
    if (layout != nullptr) library.destroy_layout(layout);
  }
  if (product != nullptr) library.destroy_product(product);
  return best;
}

}  // namespace reckon::kernels::cuda
