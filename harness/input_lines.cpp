#include "harness/input_lines.h"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "base/error.h"

namespace reckon::harness {

namespace {

void each_line(std::istream& stream, const std::string& name,
               const std::function<void(const std::string&, std::size_t)>& take) {
  constexpr std::size_t kLongest = std::size_t{64} << 20;
  std::string line;
  for (std::size_t number = 1; std::getline(stream, line); ++number) {
    if (line.size() > kLongest) fail_input("{}: line {}: longer than 64 MiB", name, number);
    take(line, number);
  }
}

}  // namespace

void each_input_line(const std::function<void(const std::string&, std::size_t)>& take) {
  each_line(std::cin, "standard input", take);
}

void each_line_of(const std::string& path,
                  const std::function<void(const std::string&, const std::string&)>& take) {
  const bool standard = path.empty() || path == "-";
  const std::string name = standard ? "standard input" : path;
  std::ifstream file;
  if (!standard) {
    file.open(path, std::ios::binary);
    if (!file || std::filesystem::is_directory(path)) fail_input("{}: cannot be read", path);
  }
  each_line(standard ? std::cin : file, name, [&](const std::string& line, std::size_t number) {
    take(line, fmt::format("{}: line {}", name, number));
  });
}

std::string whole_input() {
  constexpr std::size_t kMost = std::size_t{1} << 30;
  std::string text;
  char chunk[1 << 16];
  while (std::cin.read(chunk, sizeof chunk) || std::cin.gcount() > 0) {
    text.append(chunk, static_cast<std::size_t>(std::cin.gcount()));
    if (text.size() > kMost) fail_input("standard input: more than 1 GiB");
  }
  return text;
}

}  // namespace reckon::harness
