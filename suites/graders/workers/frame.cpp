#include "suites/graders/workers/frame.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>

namespace reckon::suites {

void FrameWriter::put_number(std::uint32_t value) {
  for (int shift = 0; shift < 32; shift += 8) put_byte(static_cast<std::uint8_t>(value >> shift));
}

void FrameWriter::put_text(std::string_view text) {
  put_number(static_cast<std::uint32_t>(text.size()));
  bytes_ += text;
}

std::string_view FrameReader::take(std::size_t count) {
  if (!ok_ || rest_.size() < count) {
    ok_ = false;
    return {};
  }
  const std::string_view taken = rest_.substr(0, count);
  rest_.remove_prefix(count);
  return taken;
}

std::uint8_t FrameReader::take_byte() {
  const std::string_view bytes = take(1);
  return bytes.empty() ? 0 : static_cast<std::uint8_t>(bytes[0]);
}

std::uint32_t FrameReader::take_number() {
  std::uint32_t value = 0;
  const std::string_view bytes = take(4);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    value |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
  }
  return value;
}

std::string FrameReader::take_text() {
  const std::uint32_t length = take_number();
  return std::string(take(length));
}

bool send_frame(int socket, std::string_view bytes) {
  if (bytes.size() > kMaxFrameBytes) return false;
  FrameWriter head;
  head.put_number(static_cast<std::uint32_t>(bytes.size()));
  // Head and content in one call: the receiver wakes once for a short frame, and a long one is not copied.
  std::string_view first = head.bytes();
  while (!first.empty() || !bytes.empty()) {
    iovec parts[] = {{const_cast<char*>(first.data()), first.size()},
                     {const_cast<char*>(bytes.data()), bytes.size()}};
    msghdr message{};
    message.msg_iov = parts;
    message.msg_iovlen = 2;
    const ssize_t sent = sendmsg(socket, &message, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    const std::size_t of_head = std::min(first.size(), static_cast<std::size_t>(sent));
    first.remove_prefix(of_head);
    bytes.remove_prefix(static_cast<std::size_t>(sent) - of_head);
  }
  return true;
}

std::optional<std::string> receive_frame(int socket) {
  return receive_frame(socket, [] { return true; });
}

Wait wait_for_bytes(int socket) {
  pollfd descriptor{socket, POLLIN, 0};
  const int ready = poll(&descriptor, 1, 1000);
  if (ready > 0) return Wait::ready;
  return ready == 0 || errno == EINTR ? Wait::second_passed : Wait::failed;
}

bool read_some(int socket, std::span<char>& into) {
  const ssize_t got = recv(socket, into.data(), into.size(), 0);
  if (got < 0) return errno == EINTR;
  into = into.subspan(static_cast<std::size_t>(got));
  return got > 0;
}

std::optional<std::uint32_t> frame_length(std::string_view head) {
  const std::uint32_t length = FrameReader(head).take_number();
  return length <= kMaxFrameBytes ? std::optional<std::uint32_t>(length) : std::nullopt;
}

}  // namespace reckon::suites
