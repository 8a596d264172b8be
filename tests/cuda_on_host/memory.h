#pragma once
// Memory as a kernel sees it: every access is checked against its bounds and against what other threads did.
//
// Each byte remembers who wrote it last and who read it since, and when: launch, block, barriers that the
// block had passed, barriers that the warp had passed. Two accesses of which one is a write are ordered when
// a launch, or a barrier of their block or of their warp, lies between them, or when one thread made both.
// Any other pair is an error, whatever the order that the threads happened to run in.

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

namespace reckon::cuda_on_host {

/// What a kernel did that a device would answer with wrong results or a fault. `what()` names the kernel, the
/// memory, the byte and the threads.
class KernelFault : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Who accesses memory, and when.
struct Accessor {
  std::uint32_t launch = 0;
  std::uint32_t block = 0;
  std::uint32_t epoch = 0;       ///< barriers that the block has passed
  std::uint32_t warp_epoch = 0;  ///< barriers that the warp has passed
  std::int32_t thread = 0;       ///< of the block
  std::uint32_t fences = 0;      ///< between the thread's own accesses and those of products (warp_group.h)
};

/// Accesses that a byte remembers: of one thread, or of several.
struct Mark {
  std::uint32_t launch = 0;  ///< 0: none
  std::uint32_t block = 0;
  std::uint32_t epoch = 0;
  std::uint32_t warp_epoch = 0;
  std::int32_t thread = 0;  ///< or kSeveral - warp: several of one warp; kAll: of several warps or blocks
  std::uint32_t fences = 0;
  static constexpr std::int32_t kAll = -1;
  static constexpr std::int32_t kSeveral = -2;
};

/// One allocation of global or shared memory.
class Region {
 public:
  /// `initialised`: bytes may be read before anything was written (memory that was cleared).
  Region(std::string name, std::size_t bytes, bool initialised);

  const std::string& name() const { return name_; }
  std::size_t size() const { return bytes_.size(); }

  // By a kernel. Errors: KernelFault.
  void read(std::int64_t offset, std::size_t count, void* to);
  void write(std::int64_t offset, std::size_t count, const void* from);
  /// Reads, lets `change` make a new value of it, and writes that, at once. Atomic accesses do not conflict
  /// with each other.
  template <class T, class Change>
  T change(std::int64_t offset, Change change_value) {
    T value;
    check_bounds(offset, sizeof(T), sizeof(T), "atomic access");
    note_atomic(offset, sizeof(T));
    std::memcpy(&value, bytes_.data() + offset, sizeof(T));
    const T old = value;
    value = change_value(value);
    std::memcpy(bytes_.data() + offset, &value, sizeof(T));
    return old;
  }
  /// Errors unless `offset` is a multiple of `alignment`.
  void check_alignment(std::int64_t offset, std::size_t alignment);

  // Asynchronous copies: bytes are in flight from begin to end, and belong to nobody meanwhile.
  void begin_flight(std::int64_t offset, std::size_t count);
  void end_flight(std::int64_t offset, std::size_t count, const void* bytes);

  // By products of a warp group, which read beside the kernel: from begin on, and until each of the group's
  // warps has waited and ended it, nobody may write there.
  void begin_group_read(std::int64_t offset, std::size_t count, void* to);
  void end_group_read(std::int64_t offset, std::size_t count);

  // By the host, between launches.
  void host_read(std::size_t offset, std::size_t count, void* to) const;
  void host_write(std::size_t offset, std::size_t count, const void* from);
  const std::byte* data() const { return bytes_.data(); }

 private:
  struct Shadow {
    Mark write, read;
    bool initialised = false;
    bool atomic = false;           ///< the last write was
    std::int32_t flying = -1;      ///< thread whose asynchronous copy will land here
    std::int32_t group_reads = 0;  ///< by warps that have not waited for their product yet
  };
  /// Four bytes. One shadow serves for all of them until one is accessed without the others.
  struct Word {
    Shadow all;
    std::int32_t split = -1;  ///< index into splits_
  };
  void check_bounds(std::int64_t offset, std::size_t count, std::size_t alignment, const char* access);
  /// Calls visit(Shadow&) for all of the bytes.
  template <class Visit>
  void for_each_shadow(std::int64_t offset, std::size_t count, const Visit& visit) {
    if (words_.empty()) make_shadows();
    const std::int64_t end = offset + static_cast<std::int64_t>(count);
    for (std::int64_t at = offset; at < end;) {
      Word& word = words_[static_cast<std::size_t>(at / 4)];
      if (word.split < 0 && at % 4 == 0 && end - at >= 4) {
        visit(word.all);
        at += 4;
        continue;
      }
      if (word.split < 0) {
        word.split = static_cast<std::int32_t>(splits_.size());
        splits_.push_back({word.all, word.all, word.all, word.all});
      }
      visit(splits_[static_cast<std::size_t>(word.split)][static_cast<std::size_t>(at % 4)]);
      ++at;
    }
  }
  void make_shadows();
  void note_atomic(std::int64_t offset, std::size_t count);
  void check_unread(const Shadow& byte, std::int64_t offset) const;
  [[noreturn]] void fail(std::int64_t offset, const std::string& what) const;

  std::string name_;
  std::vector<std::byte> bytes_;
  std::vector<Word> words_;  ///< empty until a kernel touches the region
  std::vector<std::array<Shadow, 4>> splits_;
  bool initialised_ = false;  ///< at the start
};

template <class T>
class Reference;

/// A pointer that knows the memory it points into. Leaving it is an error when an element is accessed, as on
/// a device.
template <class T>
class Pointer {
 public:
  using Value = std::remove_const_t<T>;
  Pointer() = default;
  Pointer(std::nullptr_t) {}  // NOLINT(google-explicit-constructor): as with plain pointers
  Pointer(Region* region, std::int64_t offset) : region_(region), offset_(offset) {}
  /// To pointers to const.
  template <class Other>
  requires(std::is_same_v<const Other, T>)
      Pointer(const Pointer<Other>& other)  // NOLINT(google-explicit-constructor): as with plain pointers
      : region_(other.region()), offset_(other.offset()) {}

  explicit operator bool() const { return region_ != nullptr; }
  bool operator==(std::nullptr_t) const { return region_ == nullptr; }
  Pointer operator+(std::int64_t elements) const {
    return {region_, offset_ + elements * static_cast<std::int64_t>(sizeof(T))};
  }
  Reference<T> operator[](std::int64_t index) const { return Reference<T>(*this + index); }
  Reference<T> operator*() const { return Reference<T>(*this); }

  Region* region() const { return region_; }
  std::int64_t offset() const { return offset_; }

 private:
  Region* region_ = nullptr;
  std::int64_t offset_ = 0;  ///< bytes
};

[[noreturn]] void fail_null();

/// What `pointer[i]` is: reads when its value is taken, writes when one is assigned.
template <class T>
class Reference {
 public:
  using Value = std::remove_const_t<T>;
  explicit Reference(Pointer<T> pointer) : pointer_(pointer) {}
  operator Value() const {  // NOLINT(google-explicit-constructor): stands for the element
    Value value;
    if (pointer_.region() == nullptr) fail_null();
    pointer_.region()->read(pointer_.offset(), sizeof(Value), &value);
    return value;
  }
  const Reference& operator=(Value value) const {
    static_assert(!std::is_const_v<T>);
    if (pointer_.region() == nullptr) fail_null();
    pointer_.region()->write(pointer_.offset(), sizeof(Value), &value);
    return *this;
  }
  const Reference& operator=(const Reference& other) const { return *this = static_cast<Value>(other); }
  const Reference& operator+=(Value value) const { return *this = static_cast<Value>(*this) + value; }

 private:
  Pointer<T> pointer_;
};

}  // namespace reckon::cuda_on_host
