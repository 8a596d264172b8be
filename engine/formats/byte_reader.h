#pragma once
// Little-endian values from untrusted bytes; every read is checked against what is left.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"

namespace reckon::engine {

class ByteReader {
 public:
  ByteReader(std::span<const std::byte> bytes, std::string path) : bytes_(bytes), path_(std::move(path)) {}

  std::uint64_t position() const { return position_; }
  std::uint64_t left() const { return bytes_.size() - position_; }
  const std::string& path() const { return path_; }

  /// `what` says in an error what was being read.
  template <typename Number>
  Number number(std::string_view what) {
    static_assert(std::endian::native == std::endian::little);
    need(sizeof(Number), what);
    Number value;
    std::memcpy(&value, bytes_.data() + position_, sizeof(Number));
    position_ += sizeof(Number);
    return value;
  }

  /// A 64-bit length and as many bytes.
  std::string string(std::string_view what) {
    const auto length = number<std::uint64_t>(what);
    need(length, what);
    std::string text(reinterpret_cast<const char*>(bytes_.data()) + position_,
                     static_cast<std::size_t>(length));
    position_ += length;
    return text;
  }

  /// A 64-bit count of things that take at least `least` bytes each.
  std::uint64_t count(std::uint64_t least, std::string_view what) {
    const std::uint64_t start = position_;
    const auto value = number<std::uint64_t>(what);
    if (value > left() / least) {
      fail_input(
          "{}: byte {}: {}: a count of {} does not fit into the {} bytes left; the file is damaged or "
          "incomplete",
          path_, start, what, value, left());
    }
    return value;
  }

 private:
  void need(std::uint64_t size, std::string_view what) const {
    if (size > left()) {
      fail_input(
          "{}: byte {}: {} needs {} bytes, {} are left; the file is damaged or incomplete: download it again",
          path_, position_, what, size, left());
    }
  }

  std::span<const std::byte> bytes_;
  std::string path_;
  std::uint64_t position_ = 0;
};

}  // namespace reckon::engine
