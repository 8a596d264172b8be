#pragma once
// Dense products by a library, with the invariance that own kernels have: one algorithm for each type and
// shape of a weight, chosen once, that adds each output up in one sequence; tokens in multiples of
// kLibraryTokens.

#include <memory>
#include <string>

#include "kernels/cuda/runtime.h"
#include "kernels/tensor.h"

namespace reckon::kernels::RECKON_CUDA_NS {

/// Tokens that a product has are a multiple of this; what the missing ones hold has no part in the others.
constexpr std::int64_t kLibraryTokens = 128;
/// So many tokens, filled up.
constexpr std::int64_t library_tokens(std::int64_t tokens) {
  return (tokens + kLibraryTokens - 1) / kLibraryTokens * kLibraryTokens;
}

struct LibraryProduct {
  DataType type = DataType::bf16;  ///< of weight and input: BF16, F16, or FP8 E4M3 with scales
  std::int64_t rows = 0, columns = 0, tokens = 0;
  Global<const std::uint8_t> weight = nullptr;  ///< [rows, columns]
  Global<const std::uint8_t> input = nullptr;   ///< [tokens, columns]
  Global<float> output = nullptr;               ///< [tokens, rows]
  // FP8: of blocks of 128 x 128, [rows / 128, columns / 128], and of tokens and 128 columns,
  // [columns / 128, tokens].
  Global<const float> weight_scales = nullptr;
  Global<const float> input_scales = nullptr;
  Global<std::uint8_t> workspace = nullptr;  ///< workspace_bytes() of the library
};

class DenseLibrary {
 public:
  virtual ~DenseLibrary() = default;
  virtual std::uint64_t workspace_bytes() const = 0;
  /// Chooses the algorithm for weights of this type and shape; false: there is none that does not divide
  /// sums.
  virtual bool choose(DataType type, std::int64_t rows, std::int64_t columns) = 0;
  /// Queues a product of a chosen type and shape: no memory is asked for and nothing waits, so that a graph
  /// may hold it. Errors: evaluation error with what the library said and the shape.
  virtual void multiply(const Stream& stream, const LibraryProduct& product) = 0;
};

/// cuBLASLt, opened here as dlopen() takes `name` (none: the version that this program was built for).
/// Errors: evaluation error with the remedy where it is not there, is too old, or was not known when this
/// program was built.
std::unique_ptr<DenseLibrary> make_dense_library(const std::string& name = "");

}  // namespace reckon::kernels::RECKON_CUDA_NS
