#pragma once
// Random weights from one written counter-based generator, so that golden tests commit only configs and
// logits, and models can be timed without their weights. tests/engine/golden/dummy_weights.py is the same in
// Python.
//
// Element i of the tensor called `name` (row-major):
//   key = first 8 bytes of SHA-256(name), little endian
//   z = key + (i + 1) * 0x9E3779B97F4A7C15 (mod 2^64), then splitmix64's finaliser:
//     z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;  z = (z ^ z >> 27) * 0x94D049BB133111EB;  z = z ^ z >> 31
//   u = (z >> 40) * 2^-24, x = 2 u - 1 (double)
// linear: x sqrt(3 / columns); embedding: x sqrt(3); norm: 1 + 0.2 x; bias: 0.5 x; router bias: 0.25 x - 0.5;
// rounded once to float32, and again when the type is BF16 or F16.
// FP8 linear: code = z >> 56, NaN codes (0x7F, 0xFF) become zero with their sign; scale of block j, drawn
// from the tensor called name + "_scale_inv": (0.75 + 0.5 u) / (sqrt(columns) * rms), rms over the 256 codes.

#include <cstdint>
#include <string>
#include <vector>

#include "engine/model/model_source.h"

namespace reckon::engine {

class DummyStream {
 public:
  explicit DummyStream(const std::string& name);
  std::uint64_t word(std::uint64_t index) const;
  double uniform(std::uint64_t index) const;  ///< [0, 1)

 private:
  std::uint64_t key_;
};

/// Draws a tensor. `type`: f32, f16 or bf16 for everything but norms and biases, which are f32. With FP8
/// blocks (fp8_block_rows > 0) linear tensors are FP8.
kernels::StoredTensor draw_dummy_tensor(const TensorRequest& request, kernels::DataType type,
                                        std::int32_t fp8_block_rows, std::int32_t fp8_block_columns);

}  // namespace reckon::engine
