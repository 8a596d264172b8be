#pragma once
// Products of NVIDIA's cuBLASLt, to hold our own against: opened at run time, as fast as its own heuristics
// make it, with no promise of equal bits.

#include <cstdint>
#include <memory>
#include <optional>

#include "kernels/tensor.h"

namespace reckon::kernels::cuda {

class LibraryProducts {
 public:
  /// libcublasLt is looked for when the first product is asked for.
  LibraryProducts();
  ~LibraryProducts();

  /// Seconds of outputs f32 [tokens, rows] = inputs [tokens, columns] times weight [rows, columns]
  /// transposed, both in `type`, by the device's events: the median of cold calls (measure.h) of the fastest
  /// of the first four algorithms that the library proposes. BF16, F16, and FP8 E4M3 with one scale a matrix
  /// (ours has one a block). Nothing where there is no library, no such product, or too little memory.
  std::optional<double> seconds(DataType type, std::int64_t rows, std::int64_t columns, std::int64_t tokens);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace reckon::kernels::cuda
