#pragma once
// Buffers of the CPU back end, and the only place where a Tensor becomes an address.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "kernels/tensor.h"

namespace reckon::kernels::cpu {

/// Zeroed bytes on a 64-byte border. Large blocks come straight from the system, so that pages never touched
/// cost no memory.
class AlignedBytes {
 public:
  AlignedBytes() = default;
  /// Errors: evaluation error when the system has no such amount.
  explicit AlignedBytes(std::uint64_t bytes);
  ~AlignedBytes();
  AlignedBytes(AlignedBytes&& other) noexcept;
  AlignedBytes& operator=(AlignedBytes&& other) noexcept;
  AlignedBytes(const AlignedBytes&) = delete;
  AlignedBytes& operator=(const AlignedBytes&) = delete;

  std::byte* data() const { return data_; }
  std::uint64_t size() const { return size_; }
  float* floats() const { return reinterpret_cast<float*>(data_); }
  /// Makes room for at least `bytes`; what was in it is lost when it has to grow.
  void reserve(std::uint64_t bytes);

 private:
  std::byte* data_ = nullptr;
  std::uint64_t size_ = 0;
  bool mapped_ = false;
};

/// A tensor as an address: elements at data[i0 * stride(0) + i1 * stride(1) + ...].
template <typename T>
struct View {
  T* data = nullptr;
  int rank = 0;
  std::int64_t shape[kMaxRank] = {};
  std::int64_t strides[kMaxRank] = {};
  std::int64_t dim(int i) const { return shape[i]; }
  std::int64_t stride(int i) const { return strides[i]; }
};

class Memory {
 public:
  BufferHandle allocate(std::uint64_t bytes);
  void release(BufferHandle buffer);
  std::uint64_t bytes_in_use() const { return bytes_; }

  /// `role` ("rms_norm output") starts each error: no such buffer, another type than expected, a shape that
  /// reaches beyond the buffer.
  View<float> floats(const Tensor& tensor, const char* role) const;
  View<std::int32_t> integers(const Tensor& tensor, const char* role) const;
  /// The bytes of a dense tensor of any type.
  std::span<std::byte> bytes(const Tensor& tensor, const char* role) const;

 private:
  const AlignedBytes& find(BufferHandle buffer, const char* role) const;
  std::byte* checked_start(const Tensor& tensor, const char* role) const;

  std::vector<AlignedBytes> buffers_;  // index = id - 1
  std::vector<std::uint32_t> free_;    // ids to use again
  std::uint64_t bytes_ = 0;
};

}  // namespace reckon::kernels::cpu
