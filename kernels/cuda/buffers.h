#pragma once
// Buffers of the CUDA back end, and the only place where a Tensor becomes an address.

#include <cstdint>
#include <string>
#include <vector>

#include "kernels/cuda/row_kernels.h"
#include "kernels/cuda/runtime.h"
#include "kernels/tensor.h"

namespace reckon::kernels::RECKON_CUDA_NS {

/// The last three tensors that operations of this thread were given, for errors that come to light below
/// them: "linear input [16, 4096], linear output [16, 14336]".
std::string recent_shapes();

class Buffers {
 public:
  explicit Buffers(Runtime& runtime) : runtime_(runtime) {}
  Buffers(const Buffers&) = delete;
  Buffers& operator=(const Buffers&) = delete;

  BufferHandle allocate(std::uint64_t bytes);
  void release(BufferHandle buffer);
  std::uint64_t bytes_in_use() const { return bytes_; }

  /// The first element. `role` ("rms_norm output") starts each error: no such buffer, another type than
  /// `type`, a shape that reaches beyond the buffer.
  Global<std::uint8_t> start(const Tensor& tensor, const char* role, DataType type) const;
  Global<float> floats(const Tensor& tensor, const char* role) const {
    return pointer_cast<float>(start(tensor, role, DataType::f32));
  }
  Global<std::int32_t> integers(const Tensor& tensor, const char* role) const {
    return pointer_cast<std::int32_t>(start(tensor, role, DataType::i32));
  }
  /// f32 [n], contiguous.
  Global<const float> vector(const Tensor& tensor, std::int64_t n, const char* role) const;
  /// Rows of a [T, N] tensor, or of a [T, A, B] one whose last two dimensions lie together.
  RowsOf<float> rows(const Tensor& tensor, const char* role) const;
  /// The same of rank 2 or 3, where each [B] of a [T, A, B] tensor is a row.
  RowsOf<float> inner_rows(const Tensor& tensor, const char* role) const;

 private:
  struct Buffer {
    Global<std::uint8_t> memory = nullptr;
    std::uint64_t bytes = 0;
  };
  Runtime& runtime_;
  std::vector<Buffer> buffers_;  // index = id - 1
  std::vector<std::uint32_t> free_;
  std::uint64_t bytes_ = 0;
};

/// Rows that are only read.
inline RowsOf<const float> as_input(const RowsOf<float>& rows) {
  return {rows.data, rows.rows, rows.columns, rows.inner, rows.outer_stride, rows.inner_stride};
}

/// Memory that is kept from call to call and grows as needed.
class Scratch {
 public:
  Scratch(Runtime& runtime, std::string purpose) : runtime_(runtime), purpose_(std::move(purpose)) {}
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  /// `count` elements; what was in them is lost when the memory has to grow.
  template <class T>
  Global<T> get(std::int64_t count) {
    return pointer_cast<T>(reserve(static_cast<std::uint64_t>(count) * sizeof(T)));
  }
  std::uint64_t bytes() const { return bytes_; }

 private:
  Global<std::uint8_t> reserve(std::uint64_t bytes);
  Runtime& runtime_;
  std::string purpose_;
  Global<std::uint8_t> memory_ = nullptr;
  std::uint64_t bytes_ = 0;
};

}  // namespace reckon::kernels::RECKON_CUDA_NS
