#include "harness/input_lines.h"

#include <iostream>
#include <iterator>

#include "base/error.h"

namespace reckon::harness {

void each_input_line(const std::function<void(const std::string&, std::size_t)>& take) {
  constexpr std::size_t kLongest = std::size_t{64} << 20;
  std::string line;
  for (std::size_t number = 1; std::getline(std::cin, line); ++number) {
    if (line.size() > kLongest) fail_input("standard input: line {}: longer than 64 MiB", number);
    take(line, number);
  }
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
