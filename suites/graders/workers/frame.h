#pragma once
// Messages between a grading worker and its parent: a length of four bytes (little endian), then that many
// bytes.

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace reckon::suites {

constexpr std::uint32_t kMaxFrameBytes = 64U << 20;

/// Builds the bytes of a message: numbers little endian, texts with their length before them.
class FrameWriter {
 public:
  FrameWriter() = default;
  explicit FrameWriter(std::size_t expected_bytes) { bytes_.reserve(expected_bytes); }
  void put_byte(std::uint8_t value) { bytes_ += static_cast<char>(value); }
  void put_number(std::uint32_t value);
  void put_text(std::string_view text);
  const std::string& bytes() const& { return bytes_; }
  std::string bytes() && { return std::move(bytes_); }

 private:
  std::string bytes_;
};

/// Reads them back; `ok()` turns false, and stays so, where a message ends too early.
class FrameReader {
 public:
  explicit FrameReader(std::string_view bytes) : rest_(bytes) {}
  std::uint8_t take_byte();
  std::uint32_t take_number();
  std::string take_text();
  bool ok() const { return ok_; }
  /// Nothing is left and nothing was missing.
  bool complete() const { return ok_ && rest_.empty(); }

 private:
  std::string_view take(std::size_t count);

  std::string_view rest_;
  bool ok_ = true;
};

/// Sends one frame over a socket; false when the other side is gone.
bool send_frame(int socket, std::string_view bytes);

/// Reads one frame; nullopt when the other side is gone or what came is no frame. `keep_waiting`, when given,
/// is asked once a second while nothing comes; false gives up.
template <typename KeepWaiting>
std::optional<std::string> receive_frame(int socket, const KeepWaiting& keep_waiting);
std::optional<std::string> receive_frame(int socket);

enum class Wait { ready, second_passed, failed };
/// Until bytes can be read, at most a second.
Wait wait_for_bytes(int socket);
/// Reads what is there to the front of `into` and cuts that off; false at the end of the stream.
bool read_some(int socket, std::span<char>& into);
/// The length that the first four bytes of a frame give, nullopt beyond kMaxFrameBytes.
std::optional<std::uint32_t> frame_length(std::string_view head);

/// Fills all of `into`.
template <typename KeepWaiting>
bool receive_bytes(int socket, std::span<char> into, const KeepWaiting& keep_waiting) {
  while (!into.empty()) {
    switch (wait_for_bytes(socket)) {
      case Wait::failed:
        return false;
      case Wait::second_passed:
        if (!keep_waiting()) return false;
        continue;
      case Wait::ready:
        break;
    }
    if (!read_some(socket, into)) return false;
  }
  return true;
}

template <typename KeepWaiting>
std::optional<std::string> receive_frame(int socket, const KeepWaiting& keep_waiting) {
  std::array<char, 4> head;
  if (!receive_bytes(socket, head, keep_waiting)) return std::nullopt;
  const std::optional<std::uint32_t> length = frame_length({head.data(), head.size()});
  if (!length) return std::nullopt;
  std::string bytes(*length, '\0');
  if (!receive_bytes(socket, bytes, keep_waiting)) return std::nullopt;
  return bytes;
}

}  // namespace reckon::suites
