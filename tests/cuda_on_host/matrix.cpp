#include "tests/cuda_on_host/matrix.h"

#include <bit>
#include <cstring>
#include <vector>

#include "kernels/cpu/simd/half.h"
#include "kernels/stored_block.h"
#include "tests/cuda_on_host/grid.h"

namespace reckon::cuda_on_host {
namespace {

constexpr int kRowBytes = 16;
constexpr int kFragmentBytes = 32;  // of a row of a, or of a column of b

struct MatrixLoad {
  unsigned char row[kRowBytes];
  std::uint32_t parts[4];
};

const MatrixLoad& row_of(void* const* payloads, int matrix, int row) {
  return *static_cast<const MatrixLoad*>(payloads[8 * matrix + row]);
}

void spread(void* const* payloads) {
  for (int lane = 0; lane < kWarpThreads; ++lane) {
    for (int m = 0; m < 4; ++m)
      std::memcpy(&static_cast<MatrixLoad*>(payloads[lane])->parts[m],
                  row_of(payloads, m, lane / 4).row + 4 * (lane % 4), 4);
  }
}

void spread_transposed(void* const* payloads) {
  for (int lane = 0; lane < kWarpThreads; ++lane) {
    for (int m = 0; m < 4; ++m) {
      std::uint16_t pair[2];
      for (int i = 0; i < 2; ++i)
        std::memcpy(&pair[i], row_of(payloads, m, 2 * (lane % 4) + i).row + 2 * (lane / 4), 2);
      std::memcpy(&static_cast<MatrixLoad*>(payloads[lane])->parts[m], pair, 4);
    }
  }
}

template <class Sum>
struct Product {
  FragmentType type;
  Sum* sums;
  const std::uint32_t* a;
  std::uint32_t b[2];
};

double value_of(FragmentType type, const unsigned char* bytes) {
  if (type == FragmentType::e4m3) return static_cast<double>(kernels::fp8_to_float(bytes[0]));
  if (type == FragmentType::s8) return static_cast<double>(static_cast<std::int8_t>(bytes[0]));
  if (type == FragmentType::tf32) {
    std::uint32_t word = 0;
    std::memcpy(&word, bytes, 4);
    return static_cast<double>(
        std::bit_cast<float>(word & 0xffffe000U));  // the last 13 bits have no part in it
  }
  std::uint16_t bits = 0;
  std::memcpy(&bits, bytes, 2);
  if (type == FragmentType::f16) return static_cast<double>(kernels::cpu::half_to_float(bits));
  return static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16U));
}

/// `add(sum, products)`: what becomes of a sum.
template <class Sum, class Add>
void multiply_fragments(void* const* payloads, const Add& add) {
  const auto lane = [&](int i) -> const Product<Sum>& {
    return *static_cast<const Product<Sum>*>(payloads[i]);
  };
  const FragmentType type = lane(0).type;
  std::vector<std::vector<double>> a;
  std::vector<std::vector<double>> b;
  unsigned char bytes[kFragmentBytes];
  for (int row = 0; row < 16; ++row) {
    for (int part = 0; part < 4; ++part) {
      // Lane 4 * g + t: registers 0 and 1 hold rows g and g + 8 from byte 4 * t on, 2 and 3 from 16 + 4 * t
      // on.
      const Product<Sum>& from = lane(4 * (row % 8) + part);
      std::memcpy(bytes + 4 * part, &from.a[row / 8], 4);
      std::memcpy(bytes + 16 + 4 * part, &from.a[2 + row / 8], 4);
    }
    a.push_back(values_of(type, bytes));
  }
  for (int column = 0; column < 8; ++column) {
    for (int part = 0; part < 4; ++part) {
      const Product<Sum>& from = lane(4 * column + part);
      std::memcpy(bytes + 4 * part, &from.b[0], 4);
      std::memcpy(bytes + 16 + 4 * part, &from.b[1], 4);
    }
    b.push_back(values_of(type, bytes));
  }
  for (int row = 0; row < 16; ++row) {
    for (int column = 0; column < 8; ++column) {
      Sum& sum = lane(4 * (row % 8) + column / 2).sums[2 * (row / 8) + column % 2];
      double products = 0;
      const auto& left = a[static_cast<std::size_t>(row)];
      const auto& right = b[static_cast<std::size_t>(column)];
      for (std::size_t k = 0; k < left.size(); ++k) products += left[k] * right[k];
      sum = add(sum, products);
    }
  }
}

/// The products of these types and their sum are exact in float64.
void multiply(void* const* payloads) {
  multiply_fragments<float>(payloads, [](float sum, double products) {
    return static_cast<float>(static_cast<double>(sum) + products);
  });
}

void multiply_bytes(void* const* payloads) {
  multiply_fragments<std::int32_t>(payloads, [](std::int32_t sum, double products) {
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(sum) +
                                     static_cast<std::uint32_t>(static_cast<std::int32_t>(products)));
  });
}

struct DoubleProduct {
  double* sums;
  double a, b;
};

void multiply_double_fragments(void* const* payloads) {
  const auto lane = [&](int i) -> const DoubleProduct& {
    return *static_cast<const DoubleProduct*>(payloads[i]);
  };
  for (int row = 0; row < 8; ++row) {
    for (int column = 0; column < 8; ++column) {
      double& sum = lane(4 * row + column / 2).sums[column % 2];
      for (int k = 0; k < 4; ++k) sum += lane(4 * row + k).a * lane(4 * column + k).b;
    }
  }
}

}  // namespace

std::vector<double> values_of(FragmentType type, const unsigned char* bytes) {
  std::vector<double> values;
  const int size = type == FragmentType::e4m3 || type == FragmentType::s8 ? 1
                   : type == FragmentType::tf32                           ? 4
                                                                          : 2;
  for (int i = 0; i < kFragmentBytes; i += size) values.push_back(value_of(type, bytes + i));
  return values;
}

void load_matrices(std::uint32_t (&parts)[4], Region* region, std::int64_t offset, bool transposed) {
  MatrixLoad mine{};
  region->check_alignment(offset, kRowBytes);
  region->read(offset, kRowBytes, mine.row);
  warp_collective("ldmatrix", &mine, transposed ? spread_transposed : spread);
  std::memcpy(parts, mine.parts, sizeof mine.parts);
}

void multiply_matrices(FragmentType type, float (&sums)[4], const std::uint32_t (&a)[4], std::uint32_t b0,
                       std::uint32_t b1) {
  Product<float> mine{type, sums, a, {b0, b1}};
  warp_collective("mma", &mine, multiply);
}

void multiply_integers(std::int32_t (&sums)[4], const std::uint32_t (&a)[4], std::uint32_t b0,
                       std::uint32_t b1) {
  Product<std::int32_t> mine{FragmentType::s8, sums, a, {b0, b1}};
  warp_collective("mma", &mine, multiply_bytes);
}

void multiply_doubles(double (&sums)[2], double a, double b) {
  DoubleProduct mine{sums, a, b};
  warp_collective("mma", &mine, multiply_double_fragments);
}

}  // namespace reckon::cuda_on_host
