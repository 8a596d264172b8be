#include "kernels/cpu/linear/prepared_weight.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "kernels/cpu/simd/half.h"
#include "kernels/stored_block.h"

namespace reckon::kernels::cpu {
namespace {

constexpr std::int64_t kLargestExtent = std::int64_t{1} << 40;

PlainType plain_index(DataType type) {
  return type == DataType::f32 ? kPlainF32 : type == DataType::f16 ? kPlainF16 : kPlainBf16;
}
GgufType gguf_index(DataType type) {
  return static_cast<GgufType>(static_cast<int>(type) - static_cast<int>(DataType::q4_0));
}
bool is_plain(DataType type) {
  return type == DataType::f32 || type == DataType::f16 || type == DataType::bf16;
}
std::int64_t blocks_of(std::int64_t extent, std::int64_t block) { return (extent + block - 1) / block; }

std::uint64_t rounded_up(std::uint64_t bytes) { return (bytes + 63) / 64 * 64; }

}  // namespace

std::unique_ptr<LinearWeight> LinearWeight::make(const StoredTensor& stored, const LinearOptions& options,
                                                 ThreadPool* pool) {
  return std::make_unique<PreparedWeight>(stored, options, pool);
}

PreparedWeight::PreparedWeight(const StoredTensor& stored, const LinearOptions& options, ThreadPool* pool)
    : stored_(stored) {
  check(stored);
  name_ = stored.name;
  type_ = stored.type;
  rows_ = stored.rows;
  columns_ = stored.columns;
  row_bytes_ = static_cast<std::int64_t>(bytes_of(type_, columns_));
  const bool exact = options.activations == ActivationPrecision::float32;
  if (is_plain(type_)) {
    form_ = ProductForm::plain;
    hold_aligned();
  } else if (exact) {
    form_ = ProductForm::dequantised;
  } else {
    form_ = type_ == DataType::fp8_e4m3 ? ProductForm::fp8 : ProductForm::gguf;
  }
  if (form_ == ProductForm::gguf) layout_ = panel_layout(type_, columns_);
  if (options.repack && form_ == ProductForm::gguf) {
    const auto bytes = static_cast<std::uint64_t>(layout_.panel_bytes * panels());
    if (bytes <= options.repack_limit_bytes) repack(pool);
  }
  if (panels_.size == 0) in_place_bytes_ = stored_.data.size();
  repacked_bytes_ = panels_.size;
}

void PreparedWeight::check(const StoredTensor& stored) const {
  const TypeInfo& info = type_info(stored.type);
  if (!is_plain(stored.type) && !is_gguf_type(stored.type) && stored.type != DataType::fp8_e4m3)
    fail_input("{}: a weight of type {} cannot be multiplied", stored.name, info.name);
  if (stored.rows <= 0 || stored.columns <= 0 || stored.rows > kLargestExtent / stored.columns)
    fail_input("{}: shape [{}, {}] is not that of a matrix that can be held", stored.name, stored.rows,
               stored.columns);
  if (stored.columns % info.block_elements != 0)
    fail_input(
        "{}: {} columns are not whole blocks of {} of type {}; the file is damaged or was converted wrongly",
        stored.name, stored.columns, info.block_elements, info.name);
  const std::uint64_t bytes = bytes_of(stored.type, stored.columns) * static_cast<std::uint64_t>(stored.rows);
  if (stored.data.size() != bytes)
    fail_input("{}: [{}, {}] of type {} take {} bytes, but {} are stored", stored.name, stored.rows,
               stored.columns, info.name, bytes, stored.data.size());
  if (stored.type != DataType::fp8_e4m3) return;
  if (stored.scale_block_rows <= 0 || stored.scale_block_columns <= 0 ||
      (stored.scale_block_columns % kPanelRows != 0 && stored.scale_block_columns < stored.columns))
    fail_input("{}: scale blocks of {} x {}; their columns must be a multiple of 16", stored.name,
               stored.scale_block_rows, stored.scale_block_columns);
  const std::int64_t scales =
      blocks_of(stored.rows, stored.scale_block_rows) * blocks_of(stored.columns, stored.scale_block_columns);
  if (stored.scales.size() != static_cast<std::size_t>(scales))
    fail_input("{}: [{}, {}] in blocks of {} x {} needs {} scales, but {} are stored", stored.name,
               stored.rows, stored.columns, stored.scale_block_rows, stored.scale_block_columns, scales,
               stored.scales.size());
  for (std::size_t i = 0; i < stored.scales.size(); ++i) {
    if (!std::isfinite(stored.scales[i]))
      fail_input("{}: scale {} of {} is not a finite number", stored.name, i, stored.scales.size());
  }
}

// Rows of floats on an odd address are copied: a float is read at a multiple of its size.
void PreparedWeight::hold_aligned() {
  const auto address = reinterpret_cast<std::uintptr_t>(stored_.data.data());
  if (address % static_cast<std::uintptr_t>(type_info(type_).block_bytes) == 0) return;
  panels_ = allocate_panels(stored_.data.size());
  std::memcpy(panels_.data, stored_.data.data(), stored_.data.size());
  stored_.data = {panels_.data, stored_.data.size()};
  stored_.file.reset();
  stored_.owner.reset();
}

void PreparedWeight::repack(ThreadPool* pool) {
  panels_ = allocate_panels(static_cast<std::uint64_t>(layout_.panel_bytes * panels()));
  const auto pack = [&](std::int64_t p, int) {
    pack_panel(type_, columns_, row(p * kPanelRows), row_bytes_, panel_rows(p),
               panels_.data + p * layout_.panel_bytes);
  };
  if (pool != nullptr) {
    pool->parallel_for(panels(), pack);
  } else {
    for (std::int64_t p = 0; p < panels(); ++p) pack(p, 0);
  }
  if (stored_.file != nullptr) {
    const std::span<const std::byte> map = stored_.file->bytes();
    const auto begin = reinterpret_cast<std::uintptr_t>(stored_.data.data());
    const auto from = reinterpret_cast<std::uintptr_t>(map.data());
    if (begin >= from && begin + stored_.data.size() <= from + map.size())
      stored_.file->release(begin - from, stored_.data.size());
  }
  stored_.data = {};
  stored_.file.reset();
  stored_.owner.reset();
  repacked_ = true;
}

int PreparedWeight::panel_rows(std::int64_t panel) const {
  return static_cast<int>(std::min<std::int64_t>(kPanelRows, rows_ - panel * kPanelRows));
}

std::uint64_t PreparedWeight::scratch_bytes() const {
  if (form_ == ProductForm::dequantised)
    return rounded_up(static_cast<std::uint64_t>(columns_ * kPanelRows) * sizeof(float));
  if (form_ == ProductForm::gguf && !repacked_) return static_cast<std::uint64_t>(layout_.panel_bytes);
  return 0;
}

void PreparedWeight::dequantise_row(std::int64_t index, float* out) const {
  switch (type_) {
    case DataType::f32:
      std::memcpy(out, row(index), static_cast<std::size_t>(row_bytes_));
      return;
    case DataType::f16:
      for (std::int64_t i = 0; i < columns_; ++i) {
        std::uint16_t raw;
        std::memcpy(&raw, row(index) + 2 * i, 2);
        out[i] = half_to_float(raw);
      }
      return;
    case DataType::bf16:
      for (std::int64_t i = 0; i < columns_; ++i) {
        std::uint16_t raw;
        std::memcpy(&raw, row(index) + 2 * i, 2);
        const std::uint32_t bits = static_cast<std::uint32_t>(raw) << 16U;
        std::memcpy(out + i, &bits, 4);
      }
      return;
    case DataType::fp8_e4m3: {
      const std::int64_t width = stored_.scale_block_columns;
      const float* scales =
          stored_.scales.data() + index / stored_.scale_block_rows * blocks_of(columns_, width);
      for (std::int64_t i = 0; i < columns_; ++i)
        out[i] = fp8_to_float(std::to_integer<std::uint8_t>(row(index)[i])) * scales[i / width];
      return;
    }
    default:
      break;
  }
  const BlockShape& shape = block_shape(type_);
  std::vector<std::byte> unpacked;
  const std::byte* blocks = nullptr;
  if (repacked_) {
    unpacked.resize(static_cast<std::size_t>(row_bytes_));
    unpack_row(type_, columns_, panels_.data + index / kPanelRows * layout_.panel_bytes,
               static_cast<int>(index % kPanelRows), unpacked.data());
    blocks = unpacked.data();
  } else {
    blocks = row(index);
  }
  for (std::int64_t b = 0; b < columns_ / shape.elements; ++b)
    dequantise_block(type_, blocks + b * shape.bytes, out + b * shape.elements);
}

void PreparedWeight::dequantise(std::int64_t first, std::int64_t count, float* out) const {
  if (first < 0 || count < 0 || first > rows_ - count)
    fail_input("{}: rows [{}, {} + {}) of {} do not exist", name_, first, first, count, rows_);
  for (std::int64_t i = 0; i < count; ++i) dequantise_row(first + i, out + i * columns_);
}

const std::byte* PreparedWeight::panel(std::int64_t index, std::byte* scratch) const {
  const std::int64_t first = index * kPanelRows;
  if (form_ == ProductForm::dequantised) {
    dequantise(first, panel_rows(index), reinterpret_cast<float*>(scratch));
    return scratch;
  }
  if (form_ != ProductForm::gguf) return row(first);
  if (repacked_) return panels_.data + index * layout_.panel_bytes;
  pack_panel(type_, columns_, row(first), row_bytes_, panel_rows(index), scratch);
  return scratch;
}

void PreparedWeight::multiply(const ProductTable& table, std::int64_t index, const std::byte* panel,
                              const Activations& activations, float* tile) const {
  if (form_ == ProductForm::gguf) {
    table.gguf[gguf_index(type_)]({.tile = tile,
                                   .panel = reinterpret_cast<const std::uint8_t*>(panel),
                                   .activations = activations.int8,
                                   .tokens = activations.tokens,
                                   .blocks = columns_ / kInt8Block});
    return;
  }
  const int rows = panel_rows(index);
  if (form_ == ProductForm::fp8) {
    Fp8Arguments arguments{.tile = tile,
                           .weights = reinterpret_cast<const std::uint8_t*>(panel),
                           .row_bytes = row_bytes_,
                           .rows = rows,
                           .input = activations.floats,
                           .input_stride = activations.stride,
                           .input_scales = activations.fp8_scales,
                           .input_scale_stride = activations.fp8_scale_stride,
                           .tokens = activations.tokens,
                           .columns = columns_,
                           .row_scales = {},
                           .scale_columns = stored_.scale_block_columns};
    const std::int64_t per_row = blocks_of(columns_, stored_.scale_block_columns);
    for (int r = 0; r < rows; ++r)
      arguments.row_scales[r] =
          stored_.scales.data() + (index * kPanelRows + r) / stored_.scale_block_rows * per_row;
    table.fp8(arguments);
    return;
  }
  const bool dequantised = form_ == ProductForm::dequantised;
  const auto row_bytes = dequantised ? columns_ * static_cast<std::int64_t>(sizeof(float)) : row_bytes_;
  const DataType held = dequantised ? DataType::f32 : type_;
  table.plain[plain_index(held)]({.tile = tile,
                                  .weights = panel,
                                  .row_bytes = row_bytes,
                                  .rows = rows,
                                  .input = activations.floats,
                                  .input_stride = activations.stride,
                                  .tokens = activations.tokens,
                                  .columns = columns_});
}

}  // namespace reckon::kernels::cpu
