#pragma once
// Files: whole reads with a limit, read-only maps, atomic replacement, and appends that are never half
// counted.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace reckon {

/// Reads a whole file. Errors (exit code 2): absent, a directory, unreadable, longer than `max_bytes`.
std::string read_file(const std::string& path, std::size_t max_bytes = std::size_t{1} << 32);

/// Replaces `path` by `content` at once: written beside it, flushed to disk, renamed. A failure (full disk,
/// folder not writable) throws an evaluation error and leaves the old file as it was.
void write_file_atomically(const std::string& path, std::string_view content);

/// A read-only private map of a whole file. Moves, does not copy.
class MappedFile {
 public:
  explicit MappedFile(const std::string& path);
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const std::byte> bytes() const { return {data_, size_}; }
  const std::string& path() const { return path_; }
  /// Gives resident pages of [offset, offset + length) back to the system; they are read again when touched.
  void release(std::size_t offset, std::size_t length) const;
  /// Asks the system to begin reading [offset, offset + length), as far as the file goes: whoever touches the
  /// bytes later waits less. Regions that follow each other are asked for once. Returns how many bytes were.
  std::size_t read_ahead(std::size_t offset, std::size_t length) const;

 private:
  std::string path_;
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
  mutable std::atomic<std::size_t> asked_begin_{0}, asked_end_{0};  ///< the last region that was asked for
};

/// An append-only file of lines (JSON lines). Each line is one write(2) of the whole line with its newline.
class LineAppender {
 public:
  /// Opens or creates; a torn last line (no newline at the end) is cut off first.
  explicit LineAppender(const std::string& path);
  ~LineAppender();
  LineAppender(const LineAppender&) = delete;
  LineAppender& operator=(const LineAppender&) = delete;

  /// Errors: evaluation error when the disk is full or the write fails; nothing half written is left behind.
  void append(std::string_view line);

 private:
  std::string path_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
};

/// SHA-256 in lower-case hexadecimal.
std::string sha256_hex(std::string_view bytes);
std::string sha256_file(const std::string& path);

/// A stable 64-bit hash of text (first 8 bytes of its SHA-256, little endian): seeds and identities.
std::uint64_t hash64(std::string_view text);

}  // namespace reckon
