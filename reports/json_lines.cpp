#include "reports/json_lines.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <vector>

#include <fmt/format.h>

#include "base/error.h"

namespace reckon::reports {

std::size_t for_each_json_line(
    const std::string& path,
    const std::function<void(const json::ObjectReader& line, std::size_t number)>& visit) {
  // Read as a stream: a mapped file of many megabytes would count as memory of this process.
  std::ifstream file(path, std::ios::binary);
  if (!file) fail_input("{}: cannot be read: {}", path, std::strerror(errno));
  std::size_t number = 0;
  std::string line;
  while (std::getline(file, line)) {
    if (file.eof()) return line.empty() ? 0 : 1;  // no newline stood behind it
    ++number;
    const std::string where = fmt::format("{}: line {}", path, number);
    const json::Document document = json::parse(line, where);
    visit(json::ObjectReader(document, where), number);
  }
  if (file.bad()) fail_evaluation("{}: reading failed after line {}", path, number);
  return 0;
}

std::uint64_t count_lines(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::vector<char> part(std::size_t{1} << 20);
  std::uint64_t lines = 0;
  while (file.read(part.data(), static_cast<std::streamsize>(part.size())) || file.gcount() > 0)
    lines += static_cast<std::uint64_t>(std::count(part.begin(), part.begin() + file.gcount(), '\n'));
  return lines + 1;
}

}  // namespace reckon::reports
