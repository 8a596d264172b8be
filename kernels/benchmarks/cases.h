#pragma once
// What the kernel benchmarks run: each case makes its inputs and gives back one call to time.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kernels/benchmarks/kernel_benchmarks.h"

namespace reckon::kernels {

struct BenchmarkCase {
  std::string name;
  std::string shape;
  double bytes = 0;  ///< read and written by one call
  double flops = 0;
  enum class Unit : std::uint8_t { fma, int16, int8 } unit = Unit::fma;  ///< what its products run on
  bool cached = false;  ///< its data stays in the caches: no limit to hold it against
  std::function<std::function<void()>()> prepare;
};

/// One whose data stays in the caches.
BenchmarkCase cached_case(std::string name, std::string shape, double bytes, double flops,
                          std::function<std::function<void()>()> prepare);

std::vector<BenchmarkCase> linear_cases(const BenchmarkShapes& shapes, const BackendOptions& options);
std::vector<BenchmarkCase> expert_cases(const BenchmarkShapes& shapes, const BackendOptions& options);
std::vector<BenchmarkCase> attention_cases(const BenchmarkShapes& shapes, const BackendOptions& options);
std::vector<BenchmarkCase> latent_attention_cases(const BenchmarkShapes& shapes,
                                                  const BackendOptions& options);
std::vector<BenchmarkCase> row_cases(const BenchmarkShapes& shapes, const BackendOptions& options);
std::vector<BenchmarkCase> movement_cases(const BenchmarkShapes& shapes, const BackendOptions& options);

/// Data of this size in all cannot be served by a last-level cache.
constexpr double kColdBytes = 96e6;
/// Copies of something of `bytes` that make kColdBytes together, at most 256.
std::int64_t cold_copies(double bytes);

std::string tokens_text(std::int64_t tokens);  ///< "1 token", "16 tokens"

/// A back end with random tensors.
struct BenchmarkDevice {
  std::unique_ptr<Backend> backend;
  std::uint64_t seed = 1;

  explicit BenchmarkDevice(const BackendOptions& options) : backend(make_cpu_backend(options)) {}
  explicit BenchmarkDevice(std::unique_ptr<Backend> own) : backend(std::move(own)) {}
  Tensor floats(std::initializer_list<std::int64_t> shape);  ///< uniform in (-1, 1)
  Tensor empty(std::initializer_list<std::int64_t> shape, DataType type = DataType::f32);
  /// A matrix of random blocks of `type` with finite scales.
  WeightHandle weight(DataType type, std::int64_t rows, std::int64_t columns);
};

/// Random elements of any weight type, scales finite and small.
StoredTensor random_weight(DataType type, std::int64_t rows, std::int64_t columns, std::uint64_t seed);

/// `sequences` sequences of `tokens` new tokens after `position` earlier ones, on pages of their own.
RaggedBatch even_batch(std::int32_t sequences, std::int32_t tokens, std::int32_t position,
                       std::int32_t page_tokens, TokenRole role);

}  // namespace reckon::kernels
