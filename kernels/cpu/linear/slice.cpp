// The part of a weight that one rank holds.

#include <algorithm>
#include <cstring>
#include <memory>
#include <numeric>
#include <vector>

#include "base/error.h"
#include "kernels/cpu/linear/linear.h"

namespace reckon::kernels::cpu {
namespace {

struct OwnedSlice {
  std::vector<std::byte> data;
  std::vector<float> scales;
  std::shared_ptr<const void> rest;  ///< keeps what is used in place
};

// A slice of `extent`, which must fall on multiples of `unit`.
std::int64_t part_of(const StoredTensor& stored, const char* axis, std::int64_t extent, std::int64_t unit,
                     std::int32_t count) {
  if (extent % count != 0 || (extent / count) % unit != 0)
    fail_input("{}: {} {} of type {} cannot be cut into {} equal parts of whole blocks of {}", stored.name,
               extent, axis, type_info(stored.type).name, count, unit);
  return extent / count;
}

/// FP8 scales of a slice. Where a cut goes through a block of elements that share a scale, the slice gets
/// smaller blocks, each with the scale of the one it lies in: no product changes.
std::vector<float> slice_scales(const StoredTensor& stored, StoredTensor& part, std::int64_t first_row,
                                std::int64_t first_column) {
  const auto divide = [](std::int64_t extent, std::int64_t block) { return (extent + block - 1) / block; };
  part.scale_block_rows = static_cast<std::int32_t>(
      std::gcd<std::int64_t>(part.rows == stored.rows ? 0 : part.rows, stored.scale_block_rows));
  part.scale_block_columns = static_cast<std::int32_t>(
      std::gcd<std::int64_t>(part.columns == stored.columns ? 0 : part.columns, stored.scale_block_columns));
  const std::int64_t per_row = divide(stored.columns, stored.scale_block_columns);
  std::vector<float> scales;
  for (std::int64_t i = 0; i < divide(part.rows, part.scale_block_rows); ++i) {
    const std::int64_t row = (first_row + i * part.scale_block_rows) / stored.scale_block_rows;
    for (std::int64_t j = 0; j < divide(part.columns, part.scale_block_columns); ++j) {
      const std::int64_t column = (first_column + j * part.scale_block_columns) / stored.scale_block_columns;
      scales.push_back(stored.scales[static_cast<std::size_t>(row * per_row + column)]);
    }
  }
  return scales;
}

StoredTensor slice_rows(const StoredTensor& stored, const Shard& shard) {
  const bool fp8 = stored.type == DataType::fp8_e4m3;
  StoredTensor part = stored;
  part.rows = part_of(stored, "rows", stored.rows, 1, shard.count);
  const std::uint64_t bytes = bytes_of(stored.type, stored.columns) * static_cast<std::uint64_t>(part.rows);
  const auto index = static_cast<std::uint64_t>(shard.index);
  if (stored.data.size() != bytes * static_cast<std::uint64_t>(shard.count))
    fail_input("{}: {} bytes are stored, {} are needed", stored.name, stored.data.size(),
               bytes * static_cast<std::uint64_t>(shard.count));
  part.data = stored.data.subspan(index * bytes, bytes);
  if (fp8) {
    auto owned = std::make_shared<OwnedSlice>();
    owned->rest = stored.owner;
    owned->scales = slice_scales(stored, part, shard.index * part.rows, 0);
    part.scales = owned->scales;
    part.owner = std::move(owned);
  }
  return part;
}

StoredTensor slice_columns(const StoredTensor& stored, const Shard& shard) {
  const bool fp8 = stored.type == DataType::fp8_e4m3;
  StoredTensor part = stored;
  part.columns =
      part_of(stored, "columns", stored.columns, type_info(stored.type).block_elements, shard.count);
  const std::uint64_t whole_row = bytes_of(stored.type, stored.columns);
  const std::uint64_t row = bytes_of(stored.type, part.columns);
  if (stored.data.size() != whole_row * static_cast<std::uint64_t>(stored.rows))
    fail_input("{}: {} bytes are stored, {} are needed", stored.name, stored.data.size(),
               whole_row * static_cast<std::uint64_t>(stored.rows));
  auto owned = std::make_shared<OwnedSlice>();
  owned->data.resize(row * static_cast<std::uint64_t>(stored.rows));
  const auto index = static_cast<std::uint64_t>(shard.index);
  for (std::uint64_t r = 0; r < static_cast<std::uint64_t>(stored.rows); ++r)
    std::memcpy(owned->data.data() + r * row, stored.data.data() + r * whole_row + index * row, row);
  if (fp8) {
    owned->scales = slice_scales(stored, part, 0, shard.index * part.columns);
    part.scales = owned->scales;
  }
  part.data = owned->data;
  part.file.reset();
  part.owner = std::move(owned);
  return part;
}

}  // namespace

StoredTensor slice_stored(const StoredTensor& stored, const Shard& shard) {
  if (shard.count < 1 || shard.index < 0 || shard.index >= shard.count)
    fail_input("{}: there is no slice {} of {}", stored.name, shard.index, shard.count);
  if (shard.count == 1) return stored;
  switch (shard.axis) {
    case Shard::Axis::rows:
      return slice_rows(stored, shard);
    case Shard::Axis::columns:
      return slice_columns(stored, shard);
    default:  // whole experts are chosen by the caller
      return stored;
  }
}

}  // namespace reckon::kernels::cpu
