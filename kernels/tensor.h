#pragma once
// A tensor names memory of a back end; only back-end code turns it into an address.

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace reckon::kernels {

/// Every type that a weight may be stored in, and those of intermediate results.
enum class DataType : std::uint8_t {
  f32,
  f16,
  bf16,
  i32,
  u8,
  fp8_e4m3,  ///< OCP FP8 E4M3 (no infinities); block scales travel beside it
  q4_0,
  q4_1,
  q5_0,
  q5_1,
  q8_0,  ///< GGUF blocks of 32
  q4_k,
  q5_k,
  q6_k,  ///< GGUF super-blocks of 256
};

struct TypeInfo {
  const char* name;    ///< as reports and errors print it: "q4_k"
  int block_elements;  ///< elements that share one block; 1 for plain types
  int block_bytes;     ///< bytes of one block
};

const TypeInfo& type_info(DataType type);
inline bool is_quantised(DataType type) { return type_info(type).block_elements > 1; }

/// Bytes of `elements` values of `type`; elements must be a multiple of the block.
std::uint64_t bytes_of(DataType type, std::int64_t elements);

/// Memory of a back end. 0 names none.
struct BufferHandle {
  std::uint32_t id = 0;
  explicit operator bool() const { return id != 0; }
};

constexpr int kMaxRank = 4;

/// A view of a buffer. Strides are in elements; the last dimension is contiguous unless said otherwise.
struct Tensor {
  BufferHandle buffer;
  std::uint64_t offset_bytes = 0;
  DataType type = DataType::f32;
  int rank = 0;
  std::array<std::int64_t, kMaxRank> shape{};
  std::array<std::int64_t, kMaxRank> strides{};

  explicit operator bool() const { return static_cast<bool>(buffer); }
  std::int64_t elements() const {
    std::int64_t count = 1;
    for (int i = 0; i < rank; ++i) count *= shape[static_cast<std::size_t>(i)];
    return count;
  }
  std::int64_t dim(int i) const { return shape[static_cast<std::size_t>(i)]; }
  std::int64_t stride(int i) const { return strides[static_cast<std::size_t>(i)]; }
};

/// Row-major, without gaps: dimensions of extent 1 may have any stride.
bool is_dense(const Tensor& tensor);
/// A dense row-major tensor at the start of `buffer` (plus `offset_bytes`).
Tensor dense(BufferHandle buffer, DataType type, std::initializer_list<std::int64_t> shape,
             std::uint64_t offset_bytes = 0);
/// Elements [begin, begin + count) of dimension `axis`, same memory. Plain types only.
Tensor narrow(const Tensor& tensor, int axis, std::int64_t begin, std::int64_t count);
/// The same elements of a dense tensor under another shape.
Tensor reshape(const Tensor& tensor, std::initializer_list<std::int64_t> shape);
/// Splits the last dimension [.., a*b] into [.., a, b]; works on strided views.
Tensor split_last(const Tensor& tensor, std::int64_t inner);

}  // namespace reckon::kernels
