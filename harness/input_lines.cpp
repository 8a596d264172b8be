#include "harness/input_lines.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace reckon::harness {

namespace {

constexpr std::size_t kLongestLine = std::size_t{64} << 20;
constexpr std::size_t kMostInput = std::size_t{1} << 30;

/// A file or standard input, read as it comes: what is there is handed on at once, as a filter must.
class Input {
 public:
  Input(int descriptor, std::string name) : descriptor_(descriptor), name_(std::move(name)) {}
  explicit Input(const std::string& path)
      : descriptor_(open(path.c_str(), O_RDONLY | O_CLOEXEC)), name_(path) {
    if (descriptor_ < 0 || std::filesystem::is_directory(path)) fail_input("{}: cannot be read", path);
  }
  ~Input() {
    if (descriptor_ > STDIN_FILENO) close(descriptor_);
  }
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;

  /// The bytes that came next; empty at the end.
  std::string_view some() {
    while (true) {
      const ssize_t got = read(descriptor_, buffer_.data(), buffer_.size());
      if (got >= 0) return {buffer_.data(), static_cast<std::size_t>(got)};
      if (errno != EINTR) fail_input("{}: cannot be read: {}", name_, std::strerror(errno));
    }
  }

  const std::string& name() const { return name_; }

 private:
  int descriptor_;
  std::string name_;
  std::vector<char> buffer_ = std::vector<char>(std::size_t{1} << 16);  // as much as a pipe holds
};

void each_line(Input& input, const std::function<void(const std::string&, std::size_t)>& take) {
  std::string line;
  std::size_t number = 1;
  bool open = false;  // a line has begun
  for (std::string_view rest = input.some(); !rest.empty(); rest = input.some()) {
    while (!rest.empty()) {
      const std::size_t end = rest.find('\n');
      line += rest.substr(0, end);
      if (line.size() > kLongestLine) fail_input("{}: line {}: longer than 64 MiB", input.name(), number);
      open = end == std::string_view::npos;
      if (open) break;
      rest.remove_prefix(end + 1);
      take(line, number++);
      line.clear();
    }
  }
  if (open) take(line, number);
}

}  // namespace

void each_input_line(const std::function<void(const std::string&, std::size_t)>& take) {
  Input input(STDIN_FILENO, "standard input");
  each_line(input, take);
}

void each_line_of(const std::string& path,
                  const std::function<void(const std::string&, const std::string&)>& take) {
  if (path.empty() || path == "-") {
    each_input_line([&](const std::string& line, std::size_t number) {
      take(line, fmt::format("standard input: line {}", number));
    });
    return;
  }
  Input file(path);
  each_line(file, [&](const std::string& line, std::size_t number) {
    take(line, fmt::format("{}: line {}", path, number));
  });
}

std::string whole_input() {
  Input input(STDIN_FILENO, "standard input");
  std::string text;
  for (std::string_view more = input.some(); !more.empty(); more = input.some()) {
    text += more;
    if (text.size() > kMostInput) fail_input("standard input: more than 1 GiB");
  }
  return text;
}

}  // namespace reckon::harness
