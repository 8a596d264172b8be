#pragma once
// Files of JSON lines that a process may have been killed while writing.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/thread_pool.h"

namespace reckon::reports {

/// A file of JSON lines in pieces, so that several threads can read it. Its bytes are read as they are
/// needed: a mapped file of many megabytes would count as memory of this process.
class JsonLines {
 public:
  /// Calls with (object, line number from 1).
  using Visit = std::function<void(const json::ObjectReader& line, std::size_t number)>;

  /// Counts the lines of `path`. Errors: it cannot be read.
  JsonLines(std::string path, ThreadPool& pool);

  const std::string& path() const { return path_; }
  std::uint64_t bytes() const { return bytes_; }
  std::uint64_t lines() const { return lines_before_.back(); }  ///< whole ones
  std::size_t pieces() const { return lines_before_.size() - 1; }
  /// The last line has no newline: it was not written in full and does not count.
  bool torn() const { return torn_; }

  /// Visits the whole lines that begin in one piece, in order. Several threads may read at a time. Errors: a
  /// line that is no JSON object, named by file and line.
  void read(std::size_t piece, const Visit& visit) const;

 private:
  std::string bytes_at(std::uint64_t begin, std::uint64_t end) const;

  std::string path_;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
  std::uint64_t bytes_ = 0;                  ///< when it was opened; a run may still be writing
  std::vector<std::uint64_t> lines_before_;  ///< newlines before each piece, and in all
  bool torn_ = false;
};

/// Visits each whole line of `path` in order. Returns how many torn lines there were (0 or 1).
std::size_t for_each_json_line(const std::string& path, const JsonLines::Visit& visit);

}  // namespace reckon::reports
