#pragma once
// A file descriptor that is closed with its owner.

#include <string_view>
#include <utility>

namespace reckon::suites::sandbox {

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() { reset(); }
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this != &other) {
      reset();
      number_ = std::exchange(other.number_, -1);
    }
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int get() const { return number_; }
  explicit operator bool() const { return number_ >= 0; }
  void reset();

 private:
  int number_ = -1;
};

/// The two ends of a pipe, closed on exec; the read end does not block when `nonblocking_read`.
struct Pipe {
  Descriptor read;
  Descriptor write;
};
Pipe make_pipe(bool nonblocking_read = false);

/// An anonymous file that holds `content`, at its beginning.
Descriptor memory_file(std::string_view content);

}  // namespace reckon::suites::sandbox
