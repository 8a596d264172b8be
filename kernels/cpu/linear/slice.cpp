// The part of a weight that one rank holds.

#include <algorithm>
#include <cstring>
#include <vector>

#include "base/error.h"
#include "kernels/cpu/linear/linear.h"

namespace reckon::kernels::cpu {
namespace {

struct OwnedSlice {
  std::vector<std::byte> data;
  std::vector<float> scales;
};

// Slice `index` of `count` of `extent`, which must fall on multiples of `unit`.
std::int64_t part_of(const StoredTensor& stored, const char* axis, std::int64_t extent, std::int64_t unit,
                     std::int32_t count) {
  if (extent % count != 0 || (extent / count) % unit != 0)
    fail_input("{}: {} {} of type {} cannot be cut into {} equal parts of whole blocks of {}", stored.name,
               extent, axis, type_info(stored.type).name, count, unit);
  return extent / count;
}

StoredTensor slice_rows(const StoredTensor& stored, const Shard& shard) {
  const bool fp8 = stored.type == DataType::fp8_e4m3;
  StoredTensor part = stored;
  part.rows = part_of(stored, "rows", stored.rows, fp8 ? stored.scale_block_rows : 1, shard.count);
  const std::uint64_t bytes = bytes_of(stored.type, stored.columns) * static_cast<std::uint64_t>(part.rows);
  const auto index = static_cast<std::uint64_t>(shard.index);
  if (stored.data.size() != bytes * static_cast<std::uint64_t>(shard.count))
    fail_input("{}: {} bytes are stored, {} are needed", stored.name, stored.data.size(),
               bytes * static_cast<std::uint64_t>(shard.count));
  part.data = stored.data.subspan(index * bytes, bytes);
  if (fp8) {
    const std::size_t scales = stored.scales.size() / static_cast<std::size_t>(shard.count);
    part.scales = stored.scales.subspan(index * scales, scales);
  }
  return part;
}

StoredTensor slice_columns(const StoredTensor& stored, const Shard& shard) {
  const bool fp8 = stored.type == DataType::fp8_e4m3;
  const std::int64_t unit = fp8 ? stored.scale_block_columns : type_info(stored.type).block_elements;
  StoredTensor part = stored;
  part.columns = part_of(stored, "columns", stored.columns, unit, shard.count);
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
    const auto per_row = static_cast<std::size_t>(stored.columns / stored.scale_block_columns);
    const std::size_t kept = per_row / static_cast<std::size_t>(shard.count);
    for (std::size_t r = 0; r * per_row < stored.scales.size(); ++r) {
      const auto from = stored.scales.begin() + static_cast<std::ptrdiff_t>(r * per_row + index * kept);
      owned->scales.insert(owned->scales.end(), from, from + static_cast<std::ptrdiff_t>(kept));
    }
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
