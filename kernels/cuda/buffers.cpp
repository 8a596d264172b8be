#include "kernels/cuda/buffers.h"

#include <algorithm>
#include <cstring>

#include <fmt/ranges.h>

#include "base/error.h"
#include "kernels/shapes.h"

namespace reckon::kernels::RECKON_CUDA_NS {
namespace {

/// A tensor that an operation was given. Kept for each of them: cheap, and copied, since roles may not live
/// long.
struct NotedShape {
  char role[32] = {};
  int rank = 0;
  std::int64_t extents[kMaxRank] = {};
};
constexpr std::size_t kNoted = 3;
thread_local NotedShape noted[kNoted];
thread_local std::size_t noted_count = 0;

void note_shape(const Tensor& tensor, const char* role) {
  NotedShape& entry = noted[noted_count++ % kNoted];
  const std::size_t length = std::min(std::strlen(role), sizeof entry.role - 1);
  std::memcpy(entry.role, role, length);
  entry.role[length] = 0;
  entry.rank = tensor.rank;
  for (int i = 0; i < tensor.rank; ++i) entry.extents[i] = tensor.dim(i);
}

}  // namespace

std::string recent_shapes() {
  std::string text;
  for (std::size_t i = noted_count - std::min(noted_count, kNoted); i < noted_count; ++i) {
    const NotedShape& entry = noted[i % kNoted];
    text += fmt::format("{}{} [{}]", text.empty() ? "" : ", ", entry.role,
                        fmt::join(entry.extents, entry.extents + entry.rank, ", "));
  }
  return text;
}

BufferHandle Buffers::allocate(std::uint64_t bytes) {
  const Buffer buffer{runtime_.allocate("buffer", std::max<std::uint64_t>(bytes, 1)), bytes};
  bytes_ += bytes;
  if (free_.empty()) {
    buffers_.push_back(buffer);
    return {static_cast<std::uint32_t>(buffers_.size())};
  }
  const std::uint32_t id = free_.back();
  free_.pop_back();
  buffers_[id - 1] = buffer;
  return {id};
}

void Buffers::release(BufferHandle buffer) {
  if (buffer.id == 0 || buffer.id > buffers_.size() || buffers_[buffer.id - 1].memory == nullptr)
    fail_input("release: buffer {} does not exist", buffer.id);
  Buffer& old = buffers_[buffer.id - 1];
  runtime_.release(old.memory);
  bytes_ -= old.bytes;
  old = {};
  free_.push_back(buffer.id);
}

Global<std::uint8_t> Buffers::start(const Tensor& tensor, const char* role, DataType type) const {
  note_shape(tensor, role);
  const std::uint32_t id = tensor.buffer.id;
  if (id == 0 || id > buffers_.size() || buffers_[id - 1].memory == nullptr)
    fail_input("{}: buffer {} does not exist", role, id);
  if (tensor.type != type)
    fail_input("{}: {} where {} is needed", role, type_info(tensor.type).name, type_info(type).name);
  const Buffer& buffer = buffers_[id - 1];
  const auto element = static_cast<std::uint64_t>(type_info(type).block_bytes);
  // Extents and strides are bounded one by one, so that no product overflows.
  const std::uint64_t room = tensor.offset_bytes <= buffer.bytes ? buffer.bytes - tensor.offset_bytes : 0;
  std::uint64_t last = 0;
  bool inside = tensor.offset_bytes % (is_quantised(type) ? 1 : element) == 0;
  bool empty = false;
  for (int i = 0; i < tensor.rank; ++i) {
    if (tensor.dim(i) < 0 || tensor.stride(i) < 0) inside = false;
    if (tensor.dim(i) <= 0) {
      empty = true;
      continue;
    }
    const auto steps = static_cast<std::uint64_t>(tensor.dim(i) - 1);
    const auto stride = static_cast<std::uint64_t>(std::max<std::int64_t>(tensor.stride(i), 0));
    if (steps > 0 && stride > room / steps) inside = false;
    if (inside) last += steps * stride;
  }
  const std::uint64_t bytes = !inside              ? 0
                              : is_quantised(type) ? bytes_of(type, tensor.elements())
                                                   : (last + 1) * element;
  if (!inside || (!empty && bytes > room))
    fail_input("{}: {} {} at byte {} reaches beyond its buffer of {} bytes", role, type_info(type).name,
               shape_text(tensor), tensor.offset_bytes, buffer.bytes);
  return buffer.memory + static_cast<std::int64_t>(empty ? 0 : tensor.offset_bytes);
}

Global<const float> Buffers::vector(const Tensor& tensor, std::int64_t n, const char* role) const {
  const Global<float> data = floats(tensor, role);
  if (tensor.rank != 1 || tensor.dim(0) != n || (n > 1 && tensor.stride(0) != 1))
    fail_input("{}: {} where a vector of {} is needed", role, shape_text(tensor), n);
  return data;
}

RowsOf<float> Buffers::rows(const Tensor& tensor, const char* role) const {
  RowsOf<float> rows;
  rows.data = floats(tensor, role);
  const bool flat = tensor.rank == 3 && (tensor.dim(1) == 1 || tensor.stride(1) == tensor.dim(2));
  if (tensor.rank != 2 && !flat) fail_input("{}: {} is not a matrix of rows", role, shape_text(tensor));
  check_contiguous(tensor, role);
  rows.rows = tensor.dim(0);
  rows.columns = flat ? tensor.dim(1) * tensor.dim(2) : tensor.dim(1);
  rows.outer_stride = tensor.stride(0);
  return rows;
}

RowsOf<float> Buffers::inner_rows(const Tensor& tensor, const char* role) const {
  RowsOf<float> rows;
  rows.data = floats(tensor, role);
  if (tensor.rank != 2 && tensor.rank != 3)
    fail_input("{}: {} is not a matrix of rows", role, shape_text(tensor));
  check_contiguous(tensor, role);
  rows.inner = tensor.rank == 3 ? tensor.dim(1) : 1;
  rows.rows = tensor.dim(0) * rows.inner;
  rows.columns = tensor.dim(tensor.rank - 1);
  rows.outer_stride = tensor.stride(0);
  rows.inner_stride = tensor.rank == 3 ? tensor.stride(1) : 0;
  return rows;
}

Global<std::uint8_t> Scratch::reserve(std::uint64_t bytes) {
  if (bytes > bytes_) {
    if (memory_ != nullptr) runtime_.release(memory_);
    memory_ = nullptr;
    bytes_ = 0;
    const std::uint64_t wanted = bytes + bytes / 4;
    memory_ = runtime_.allocate(purpose_, wanted);
    bytes_ = wanted;
  }
  return memory_;
}

}  // namespace reckon::kernels::RECKON_CUDA_NS
