#pragma once
// Weights as they lie in a file, and how a back end is asked to hold them.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "kernels/tensor.h"

namespace reckon {
class MappedFile;
}

namespace reckon::kernels {

/// A matrix [rows, columns] (or a vector: rows = 1) in host memory, row-major: a linear weight maps `columns`
/// inputs to `rows` outputs. `data` must stay valid while a back end uses it in place; `owner` keeps it so.
struct StoredTensor {
  std::string name;  ///< for errors
  DataType type = DataType::f32;
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::span<const std::byte> data;
  /// FP8 only: float32 scales [ceil(rows / scale_block_rows), ceil(columns / scale_block_columns)],
  /// multiplied in.
  std::span<const float> scales;
  std::int32_t scale_block_rows = 128;
  std::int32_t scale_block_columns = 128;
  /// FP8 only, where activations are quantised too: their scales are rounded up to powers of two
  /// (DeepSeek-V3.1's scale_fmt ue8m0).
  bool activation_scales_power_of_two = false;
  /// Activations enter its products as float32 whatever ActivationPrecision says (the router's, whose choices
  /// hang on small differences). For plain types only.
  bool float_activations = false;
  /// The map that `data` points into, when it does: repacking gives the pages of the original back through
  /// it.
  std::shared_ptr<const MappedFile> file;
  std::shared_ptr<const void> owner;  ///< keeps `data` and `scales` alive when they are not in `file`
};

/// Which part of a weight this rank holds: slice `index` of `count`.
struct Shard {
  enum class Axis : std::uint8_t { none, rows, columns, experts } axis = Axis::none;
  std::int32_t index = 0;
  std::int32_t count = 1;
};

/// A linear weight that a back end has prepared (kept in place, or repacked).
struct WeightHandle {
  std::uint32_t id = 0;
  explicit operator bool() const { return id != 0; }
};

/// How activations enter products with quantised weights, and attention.
enum class ActivationPrecision : std::uint8_t {
  /// int8 by 32 channels for GGUF types, FP8 by 128 channels for FP8 checkpoints with dynamic activations,
  /// float32 for F32, F16 and BF16; on tensor cores BF16 for BF16. A prompt's attention over caches of F16 or
  /// BF16 (MLA aside on the CPU) in 16 bits: fixed point on the CPU (cpu/fixed_cut.h), the cache's type on
  /// tensor cores.
  by_weight,
  float32,  ///< left exact everywhere
};

}  // namespace reckon::kernels
