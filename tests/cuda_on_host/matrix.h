#pragma once
// What tensor-core instructions mean on the host: the fragment layouts of the PTX ISA ("Matrix fragments for
// mma.m8n8k4", ".m16n8k8", ".m16n8k16", ".m16n8k32", "ldmatrix"). Products are exact and are added to the sum
// with one rounding; the ISA asks for at least single precision and names no order, so agreement with a
// device is within a tolerance.

#include <cstdint>
#include <vector>

#include "tests/cuda_on_host/memory.h"

namespace reckon::cuda_on_host {

enum class FragmentType : std::uint8_t { bf16, f16, e4m3, tf32, s8 };

/// The elements in the 32 bytes of one row of a, or of one column of b.
std::vector<double> values_of(FragmentType type, const unsigned char* bytes);

/// ldmatrix.x4: each lane reads its own row of 16 bytes.
void load_matrices(std::uint32_t (&parts)[4], Region* region, std::int64_t offset, bool transposed);

/// mma: sums [16, 8] += a [16, k] b [k, 8].
void multiply_matrices(FragmentType type, float (&sums)[4], const std::uint32_t (&a)[4], std::uint32_t b0,
                       std::uint32_t b1);

/// mma.m16n8k32 of signed bytes: sums [16, 8] += a [16, 32] b [32, 8], modulo 2^32.
void multiply_integers(std::int32_t (&sums)[4], const std::uint32_t (&a)[4], std::uint32_t b0,
                       std::uint32_t b1);

/// mma.m8n8k4 of float64: sums [8, 8] += a [8, 4] b [4, 8].
void multiply_doubles(double (&sums)[2], double a, double b);

}  // namespace reckon::cuda_on_host
