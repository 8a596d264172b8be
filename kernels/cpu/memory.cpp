#include "kernels/cpu/memory.h"

#include <sys/mman.h>

#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/error.h"
#include "kernels/shapes.h"

namespace reckon::kernels::cpu {
namespace {

constexpr std::uint64_t kAlignment = 64;
constexpr std::uint64_t kMapFrom = std::uint64_t{1} << 20;

}  // namespace

AlignedBytes::AlignedBytes(std::uint64_t bytes) : size_(bytes) {
  if (bytes == 0) return;
  if (bytes > (std::uint64_t{1} << 46)) fail_evaluation("{} bytes of memory are not to be had", bytes);
  if (bytes >= kMapFrom) {
    void* map = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map == MAP_FAILED) fail_evaluation("out of memory: {} bytes", bytes);
    madvise(map, bytes, MADV_HUGEPAGE);
    data_ = static_cast<std::byte*>(map);
    mapped_ = true;
    return;
  }
  const std::uint64_t rounded = (bytes + kAlignment - 1) / kAlignment * kAlignment;
  data_ = static_cast<std::byte*>(std::aligned_alloc(kAlignment, rounded));
  if (data_ == nullptr) fail_evaluation("out of memory: {} bytes", bytes);
  std::memset(data_, 0, rounded);
}

AlignedBytes::~AlignedBytes() {
  if (mapped_)
    munmap(data_, size_);
  else
    std::free(data_);
}

AlignedBytes::AlignedBytes(AlignedBytes&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      mapped_(std::exchange(other.mapped_, false)) {}

AlignedBytes& AlignedBytes::operator=(AlignedBytes&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  std::swap(mapped_, other.mapped_);
  return *this;
}

void AlignedBytes::reserve(std::uint64_t bytes) {
  if (bytes > size_) *this = AlignedBytes(bytes + bytes / 4);
}

BufferHandle Memory::allocate(std::uint64_t bytes) {
  AlignedBytes block(bytes > 0 ? bytes : 1);
  std::uint32_t id = 0;
  if (!free_.empty()) {
    id = free_.back();
    free_.pop_back();
    buffers_[id - 1] = std::move(block);
  } else {
    buffers_.push_back(std::move(block));
    id = static_cast<std::uint32_t>(buffers_.size());
  }
  bytes_ += buffers_[id - 1].size();
  return {id};
}

void Memory::release(BufferHandle buffer) {
  bytes_ -= find(buffer, "release").size();
  buffers_[buffer.id - 1] = AlignedBytes();
  free_.push_back(buffer.id);
}

const AlignedBytes& Memory::find(BufferHandle buffer, const char* role) const {
  if (buffer.id == 0 || buffer.id > buffers_.size() || buffers_[buffer.id - 1].data() == nullptr)
    fail_input("{}: buffer {} does not exist", role, buffer.id);
  return buffers_[buffer.id - 1];
}

std::byte* Memory::checked_start(const Tensor& tensor, const char* role) const {
  const AlignedBytes& buffer = find(tensor.buffer, role);
  const TypeInfo& info = type_info(tensor.type);
  const auto element = static_cast<std::uint64_t>(info.block_bytes);
  if (tensor.rank < 0 || tensor.rank > kMaxRank) fail_input("{}: rank {}", role, tensor.rank);
  // The furthest element must lie inside; extents and strides are bounded first so that nothing overflows.
  constexpr std::int64_t kLimit = std::int64_t{1} << 40;
  std::uint64_t reach = 0;
  bool empty = false;
  for (int i = 0; i < tensor.rank; ++i) {
    const std::int64_t extent = tensor.dim(i);
    const std::int64_t stride = tensor.stride(i);
    if (extent < 0 || extent > kLimit || stride < 0 || stride > kLimit)
      fail_input("{}: shape {} with stride {}", role, shape_text(tensor), stride);
    if (extent == 0) {
      empty = true;
      continue;
    }
    if (stride != 0 && static_cast<std::uint64_t>(extent - 1) >
                           (std::uint64_t{1} << 50) / static_cast<std::uint64_t>(stride))
      fail_input("{}: shape {} reaches beyond its buffer of {} bytes", role, shape_text(tensor),
                 buffer.size());
    reach += static_cast<std::uint64_t>(extent - 1) * static_cast<std::uint64_t>(stride);
  }
  if (tensor.offset_bytes % element != 0 && !is_quantised(tensor.type))
    fail_input("{}: offset {} is no multiple of the element size", role, tensor.offset_bytes);
  const std::uint64_t bytes =
      is_quantised(tensor.type) ? bytes_of(tensor.type, tensor.elements()) : (reach + 1) * element;
  if (!empty && (tensor.offset_bytes > buffer.size() || bytes > buffer.size() - tensor.offset_bytes))
    fail_input("{}: {} {} at byte {} reaches beyond its buffer of {} bytes", role, info.name,
               shape_text(tensor), tensor.offset_bytes, buffer.size());
  return empty ? buffer.data() : buffer.data() + tensor.offset_bytes;
}

namespace {

template <typename T>
View<T> view_of(const Tensor& tensor, std::byte* start) {
  View<T> view;
  view.data = reinterpret_cast<T*>(start);
  view.rank = tensor.rank;
  for (int i = 0; i < tensor.rank; ++i) {
    view.shape[i] = tensor.dim(i);
    view.strides[i] = tensor.stride(i);
  }
  return view;
}

}  // namespace

View<float> Memory::floats(const Tensor& tensor, const char* role) const {
  if (tensor.type != DataType::f32)
    fail_input("{}: {} where f32 is needed", role, type_info(tensor.type).name);
  return view_of<float>(tensor, checked_start(tensor, role));
}

View<std::int32_t> Memory::integers(const Tensor& tensor, const char* role) const {
  if (tensor.type != DataType::i32)
    fail_input("{}: {} where i32 is needed", role, type_info(tensor.type).name);
  return view_of<std::int32_t>(tensor, checked_start(tensor, role));
}

std::span<std::byte> Memory::bytes(const Tensor& tensor, const char* role) const {
  const std::uint64_t bytes = dense_bytes(tensor, role);
  return {checked_start(tensor, role), bytes};
}

}  // namespace reckon::kernels::cpu
