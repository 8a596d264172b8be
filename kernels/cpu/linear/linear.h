#pragma once
// Products of activations with stored weights, for the CPU back end.
//
// Arithmetic of one output (row n of the weight, one token), the same on every path and for every way of
// holding the weight:
//  * float activations (F32, F16, BF16; every type with ActivationPrecision::float32): sixteen virtual lanes
//    along k, lane l takes k = l, l + 16, ... with one fma each (the last partial group padded with zeros),
//    then the fixed tree of vec16.h. Quantised weights are dequantised to f32 first.
//  * GGUF types: activations int8 by token and 32 channels (activation_int8.h); per 32 channels an exact
//  int32
//    dot product s of the codes (less their offset), then acc = fma(float(s), d_w * d_a, acc) and, for types
//    with a minimum m, acc = fma(m, d_a * float(sum of the int8 activations), acc); blocks in ascending
//    order. Q6_K's two scales a block enter s as integers.
//  * FP8: activations FP8 E4M3 by token and 128 channels (activation_fp8.h); within each such block (cut also
//    where the weight's scale block ends) sixteen lanes along k, then per lane acc = fma(p, s_w * s_a, acc);
//    at the end the fixed tree.
// A bias is added last. Nothing depends on the other tokens, on threads or on repacking.

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/thread_pool.h"
#include "kernels/backend.h"
#include "kernels/cpu/simd/dispatch.h"
#include "kernels/weights.h"

namespace reckon::kernels::cpu {

struct ProductJob;
struct ProductTable;

struct LinearOptions {
  bool repack = true;
  ActivationPrecision activations = ActivationPrecision::by_weight;
  /// A weight whose panels would take more than this stays as mapped.
  std::uint64_t repack_limit_bytes = UINT64_MAX;
};

/// f32 rows in memory: row t begins at data + t * stride (elements). `columns` are contiguous.
struct ConstRows {
  const float* data = nullptr;
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::int64_t stride = 0;
};
struct Rows {
  float* data = nullptr;
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::int64_t stride = 0;
};

/// The part of `stored` that rank `shard.index` of `shard.count` holds. Row slices point into the original,
/// column slices are copies. Errors: a cut that does not fall on borders of quantisation or scale blocks.
StoredTensor slice_stored(const StoredTensor& stored, const Shard& shard);

/// A matrix [rows, columns] prepared for products. Immutable; may be used by several threads.
class LinearWeight {
 public:
  /// Checks shape, type, byte counts and FP8 scales (finite). With options.repack, GGUF types that take
  /// int8 activations are repacked into panels of 16 rows and the original's pages are given back; skipped
  /// when memory is short. `pool` speeds repacking up; null does it on this thread. Errors name the tensor.
  static std::unique_ptr<LinearWeight> make(const StoredTensor& stored, const LinearOptions& options,
                                            ThreadPool* pool = nullptr);
  virtual ~LinearWeight() = default;
  LinearWeight(const LinearWeight&) = delete;
  LinearWeight& operator=(const LinearWeight&) = delete;

  std::int64_t rows() const { return rows_; }
  std::int64_t columns() const { return columns_; }
  DataType type() const { return type_; }
  const std::string& name() const { return name_; }
  std::uint64_t in_place_bytes() const { return in_place_bytes_; }
  std::uint64_t repacked_bytes() const { return repacked_bytes_; }

  /// Rows [first, first + count) as f32, dense [count, columns].
  virtual void dequantise(std::int64_t first, std::int64_t count, float* out) const = 0;
  /// The bytes that products read.
  virtual std::span<const std::byte> held() const = 0;

 protected:
  LinearWeight() = default;
  std::string name_;
  DataType type_ = DataType::f32;
  std::int64_t rows_ = 0;
  std::int64_t columns_ = 0;
  std::uint64_t in_place_bytes_ = 0;
  std::uint64_t repacked_bytes_ = 0;
};

/// One product of a group that shares its input.
struct LinearTask {
  const LinearWeight* weight = nullptr;
  Rows output;                  ///< [T, N]
  const float* bias = nullptr;  ///< [N] or null
};

/// Prepared routed experts of one layer: index e is expert e.
struct ExpertTables {
  std::span<const LinearWeight* const> gate;  ///< E of [F, D]
  std::span<const LinearWeight* const> up;    ///< E of [F, D]
  std::span<const LinearWeight* const> down;  ///< E of [D, F]
};

/// Runs products on a pool; owns their scratch memory (grown as needed, kept). One call at a time.
/// Shapes that do not fit throw Error naming the weight and both shapes.
class LinearRunner {
 public:
  LinearRunner(ThreadPool& pool, CpuPath path);
  ~LinearRunner();
  LinearRunner(const LinearRunner&) = delete;
  LinearRunner& operator=(const LinearRunner&) = delete;

  /// Each output = input weight^T (+ bias), in one parallel loop. The outputs must not overlap the input.
  void linear(std::span<const LinearTask> tasks, const ConstRows& input);
  /// output = activation(input gate^T) * (input up^T).
  void gated_linear(const Rows& output, const ConstRows& input, const LinearWeight& gate,
                    const LinearWeight& up, Activation activation);
  /// output [T, D] += sum of weights[t, j] * down_e(silu(gate_e x) * up_e x), e = chosen[t, j], added in
  /// ascending e, each by one fma. chosen and weights are dense [T, top_k]. Errors: an expert out of range.
  void experts(const Rows& output, const ConstRows& input, const std::int32_t* chosen, const float* weights,
               std::int32_t top_k, const ExpertTables& tables);
  /// Row i of output [N, D] = down_e(silu(gate_e x) * up_e x) for row i of the input, e = chosen[i]; rows of
  /// -1 are left as they are. Errors: an expert out of range.
  void expert_rows(const Rows& output, const ConstRows& input, const std::int32_t* chosen,
                   const ExpertTables& tables);
  /// output [T, D] += sum of weights[t, j] * row places[t, j] of rows (dense), in ascending chosen[t, j].
  void combine(const Rows& output, const float* rows, const std::int32_t* places, const std::int32_t* chosen,
               const float* weights, std::int32_t top_k);
  /// output row i = row ids[i] of the table as f32. Errors: an id out of range.
  void embed(const Rows& output, const LinearWeight& table, const std::int32_t* ids);
  std::uint64_t scratch_bytes() const;

 private:
  struct Scratch;
  void prepare_activations();
  void run_jobs();
  void run_panels(const ProductJob& job, std::int64_t begin, std::int64_t end, std::byte* own);
  void group_by_expert(const std::int32_t* chosen, std::int64_t tokens, std::int32_t top_k,
                       std::int64_t experts, bool may_miss);
  void run_experts(const Rows& output, const ConstRows& input, const std::int32_t* chosen, std::int32_t top_k,
                   const ExpertTables& tables, bool may_miss);

  ThreadPool& pool_;
  const ProductTable& table_;
  std::unique_ptr<Scratch> scratch_;
};

}  // namespace reckon::kernels::cpu
