#include "reports/json_lines.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <numeric>

#include <fmt/format.h>

#include "base/error.h"
#include "reports/parallel_items.h"

namespace reckon::reports {
namespace {

constexpr std::uint64_t kPieceBytes = std::uint64_t{1} << 20;

std::uint64_t newlines_in(std::string_view text) {
  std::uint64_t lines = 0;
  for (std::size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1)) ++lines;
  return lines;
}

}  // namespace

JsonLines::JsonLines(std::string path, ThreadPool& pool)
    : path_(std::move(path)), file_(std::fopen(path_.c_str(), "rb"), std::fclose) {
  struct stat state {};
  if (!file_ || fstat(fileno(file_.get()), &state) != 0) {
    fail_input("{}: cannot be read: {}", path_, std::strerror(errno));
  }
  if (!S_ISREG(state.st_mode)) fail_input("{}: cannot be read: it is not a file", path_);
  bytes_ = static_cast<std::uint64_t>(state.st_size);
  const auto pieces = static_cast<std::size_t>((bytes_ + kPieceBytes - 1) / kPieceBytes);
  lines_before_.assign(pieces + 1, 0);
  for_each_item(pool, pieces, [&](std::size_t piece) {
    const std::uint64_t begin = piece * kPieceBytes;
    lines_before_[piece + 1] = newlines_in(bytes_at(begin, std::min(bytes_, begin + kPieceBytes)));
  });
  std::partial_sum(lines_before_.begin(), lines_before_.end(), lines_before_.begin());
  torn_ = bytes_ > 0 && bytes_at(bytes_ - 1, bytes_) != "\n";
}

std::string JsonLines::bytes_at(std::uint64_t begin, std::uint64_t end) const {
  std::string bytes(static_cast<std::size_t>(end - begin), '\0');
  for (std::size_t have = 0; have < bytes.size();) {
    const ssize_t got = pread(fileno(file_.get()), bytes.data() + have, bytes.size() - have,
                              static_cast<off_t>(begin + have));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0)
      fail_evaluation("{}: reading failed at byte {}: {}", path_, begin + have, std::strerror(errno));
    if (got == 0) fail_evaluation("{}: became shorter while it was read", path_);
    have += static_cast<std::size_t>(got);
  }
  return bytes;
}

void JsonLines::read(std::size_t piece, const Visit& visit) const {
  const std::uint64_t begin = piece * kPieceBytes;
  const std::uint64_t end = std::min(bytes_, begin + kPieceBytes);
  // With the byte before it: only that tells whether the piece begins with a line.
  const std::uint64_t from = piece == 0 ? 0 : begin - 1;
  std::string text = bytes_at(from, end);
  std::size_t number = lines_before_[piece];
  std::size_t at = 0;
  if (piece > 0) {
    const std::size_t newline = text.find('\n');
    if (newline == std::string::npos) return;  // all inside a longer line
    number += newline > 0 ? 1 : 0;
    at = newline + 1;
  }
  while (from + at < end) {
    std::size_t newline = text.find('\n', at);
    while (newline == std::string::npos && from + text.size() < bytes_) {
      const std::uint64_t read_to = from + text.size();
      const std::size_t searched = text.size();
      text += bytes_at(read_to, std::min(bytes_, read_to + kPieceBytes / 8));
      newline = text.find('\n', searched);
    }
    if (newline == std::string::npos) return;  // torn
    ++number;
    const std::string where = fmt::format("{}: line {}", path_, number);
    const json::Document document = json::parse(std::string_view(text).substr(at, newline - at), where);
    visit(json::ObjectReader(document, where), number);
    at = newline + 1;
  }
}

std::size_t for_each_json_line(const std::string& path, const JsonLines::Visit& visit) {
  ThreadPool alone(1);
  const JsonLines lines(path, alone);
  for (std::size_t piece = 0; piece < lines.pieces(); ++piece) lines.read(piece, visit);
  return lines.torn() ? 1 : 0;
}

}  // namespace reckon::reports
