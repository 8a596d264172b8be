#pragma once
// Weights of every type with scales that all differ, so that a scale taken for another one shows.

#include <cstring>
#include <memory>
#include <random>
#include <vector>

#include "kernels/weights.h"

namespace reckon::kernels::test {

inline const std::vector<DataType>& weight_types() {
  static const std::vector<DataType> types = {
      DataType::f32,  DataType::f16,  DataType::bf16, DataType::fp8_e4m3, DataType::q4_0, DataType::q4_1,
      DataType::q5_0, DataType::q5_1, DataType::q8_0, DataType::q4_k,     DataType::q5_k, DataType::q6_k};
  return types;
}

/// Offsets of the half-precision numbers in a block.
inline std::vector<std::size_t> half_offsets(DataType type) {
  if (type == DataType::f16) return {0};
  if (type == DataType::q6_k) return {208};
  if (type == DataType::q4_1 || type == DataType::q5_1 || type == DataType::q4_k || type == DataType::q5_k)
    return {0, 2};
  return is_quantised(type) ? std::vector<std::size_t>{0} : std::vector<std::size_t>{};
}

inline StoredTensor varied_weight(DataType type, std::int64_t rows, std::int64_t columns,
                                  std::uint32_t seed) {
  struct Owned {
    std::vector<std::byte> data;
    std::vector<float> scales;
  };
  std::mt19937 engine(seed);
  auto owned = std::make_shared<Owned>();
  owned->data.resize(bytes_of(type, rows * columns));
  for (std::byte& byte : owned->data) {
    byte = static_cast<std::byte>(engine() & 0xffU);
    if (type == DataType::fp8_e4m3 && (byte & std::byte{0x7f}) == std::byte{0x7f}) byte = std::byte{0x11};
  }
  const auto put = [&](std::size_t at, auto value) {
    std::memcpy(owned->data.data() + at, &value, sizeof value);
  };
  if (type == DataType::f32) {
    for (std::size_t i = 0; i < owned->data.size(); i += 4)
      put(i, static_cast<float>(engine() >> 8) * 0x1p-23F - 1.0F);
  } else if (type == DataType::bf16) {
    for (std::size_t i = 0; i < owned->data.size(); i += 2)
      put(i, static_cast<std::uint16_t>(0x3e80U + (engine() & 0x817fU)));
  }
  const auto block = static_cast<std::size_t>(type_info(type).block_bytes);
  for (const std::size_t offset : half_offsets(type)) {
    for (std::size_t at = offset; at < owned->data.size(); at += block)
      put(at, static_cast<std::uint16_t>(0x2000U + (engine() & 0x83ffU)));  // about 2^-7, of any sign
  }
  StoredTensor stored;
  stored.name = type_info(type).name;
  stored.type = type;
  stored.rows = rows;
  stored.columns = columns;
  if (type == DataType::fp8_e4m3) {
    owned->scales.resize(static_cast<std::size_t>((rows + 127) / 128 * ((columns + 127) / 128)));
    for (float& scale : owned->scales) scale = 0.005F + static_cast<float>(engine() % 1000) * 1e-5F;
    stored.scales = owned->scales;
  }
  stored.data = owned->data;
  stored.owner = owned;
  return stored;
}

}  // namespace reckon::kernels::test
