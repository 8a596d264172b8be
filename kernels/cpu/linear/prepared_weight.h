#pragma once
// The one implementation of LinearWeight: rows in place, or panels of 16 rows.

#include <cstddef>
#include <cstdint>

#include "kernels/cpu/linear/linear.h"
#include "kernels/cpu/linear/panel_format.h"
#include "kernels/cpu/linear/panel_memory.h"
#include "kernels/cpu/linear/product_table.h"

namespace reckon::kernels::cpu {

/// Which product a weight takes, and with it the form of its activations.
enum class ProductForm : std::uint8_t {
  plain,        ///< F32, F16, BF16 rows times floats
  gguf,         ///< panels times int8
  fp8,          ///< FP8 rows times FP8
  dequantised,  ///< quantised rows, made f32 panel by panel, times floats
};

class PreparedWeight final : public LinearWeight {
 public:
  PreparedWeight(const StoredTensor& stored, const LinearOptions& options, ThreadPool* pool);

  void dequantise(std::int64_t first, std::int64_t count, float* out) const override;

  std::span<const std::byte> held() const override {
    return repacked_ ? std::span<const std::byte>(panels_.data, panels_.size) : stored_.data;
  }

  ProductForm form() const { return form_; }
  bool activation_scales_power_of_two() const { return stored_.activation_scales_power_of_two; }
  std::int64_t panels() const { return (rows_ + kPanelRows - 1) / kPanelRows; }
  int panel_rows(std::int64_t panel) const;
  std::int64_t panel_bytes() const {
    return form_ == ProductForm::gguf ? layout_.panel_bytes : row_bytes_ * kPanelRows;
  }
  /// Scratch that compute() needs for one panel at a time.
  std::uint64_t scratch_bytes() const;

  /// Where panel `index` begins, ready for products (gguf: a panel; others: its first row): built in
  /// `scratch` where it is not held ready. An address and nothing else: passed through memory, it would be
  /// known only once the products before it are done, and the next panel's reads with it.
  const std::byte* panel(std::int64_t index, std::byte* scratch) const;

  /// Activations of a few tokens in the form that form() asks for.
  struct Activations {
    int tokens = 0;
    const float* floats = nullptr;  ///< plain, dequantised: rows; fp8: prepared rows
    std::int64_t stride = 0;
    const std::uint8_t* int8 = nullptr;  ///< gguf: one tile
    const float* fp8_scales = nullptr;   ///< fp8
    std::int64_t fp8_scale_stride = 0;
  };
  /// tile[t][r] = row (16 index + r) times token t; `panel`: panel(index).
  void multiply(const ProductTable& table, std::int64_t index, const std::byte* panel,
                const Activations& activations, float* tile) const;

 private:
  void check(const StoredTensor& stored) const;
  void hold_aligned();
  void repack(ThreadPool* pool);
  const std::byte* row(std::int64_t index) const { return stored_.data.data() + index * row_bytes_; }
  void dequantise_row(std::int64_t index, float* out) const;

  StoredTensor stored_;  ///< its data is empty once repacked
  ProductForm form_ = ProductForm::plain;
  std::int64_t row_bytes_ = 0;
  PanelLayout layout_;  ///< gguf
  PanelMemory panels_;  ///< repacked rows, or a copy of rows that lay on an odd address
  bool repacked_ = false;
};

}  // namespace reckon::kernels::cpu
