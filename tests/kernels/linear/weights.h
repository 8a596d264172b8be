#pragma once
// Random weights of every type and a plain float64 reference of their products.

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "kernels/cpu/linear/linear.h"

namespace reckon::kernels::cpu::test {

inline const std::vector<DataType> kAllTypes = {
    DataType::f32,  DataType::f16,  DataType::bf16, DataType::fp8_e4m3, DataType::q4_0, DataType::q4_1,
    DataType::q5_0, DataType::q5_1, DataType::q8_0, DataType::q4_k,     DataType::q5_k, DataType::q6_k};

struct TestWeight {
  StoredTensor stored;
  std::vector<std::byte> data;
  std::vector<float> scales;
};

/// A weight of about unit size; every code occurs.
std::unique_ptr<TestWeight> random_weight(DataType type, std::int64_t rows, std::int64_t columns,
                                          unsigned seed, std::int32_t scale_block = 128);

std::vector<float> random_floats(std::int64_t count, unsigned seed, float scale = 1.0F);

/// Activations as the product of `type` sees them: through int8 by 32 or FP8 by 128 channels (scalar code of
/// its own), or as they are.
std::vector<double> seen_activations(DataType type, ActivationPrecision precision, const float* row,
                                     std::int64_t columns);

/// [T, rows] in float64, and the sum of the products' absolute values beside it, to measure errors against.
struct Reference {
  std::vector<double> value;
  std::vector<double> size;
};
Reference reference_product(const LinearWeight& weight, ActivationPrecision precision, const float* input,
                            std::int64_t tokens, std::int64_t stride);

}  // namespace reckon::kernels::cpu::test
