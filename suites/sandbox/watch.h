#pragma once
// The parent's eye on boxes: what they print, and when their time is over.

#include <string>
#include <vector>

#include "suites/sandbox/box.h"
#include "suites/sandbox/outcome.h"

namespace reckon::suites::sandbox {

/// Reads one pipe up to a limit.
class Capture {
 public:
  /// `read_end` does not block.
  Capture(Descriptor read_end, std::size_t limit) : descriptor_(std::move(read_end)), limit_(limit) {}

  /// Takes what is there; false at the end of the file.
  bool drain();
  bool over_limit() const { return over_limit_; }
  bool open() const { return static_cast<bool>(descriptor_); }
  int descriptor() const { return descriptor_.get(); }
  const std::string& text() const { return text_; }

 private:
  Descriptor descriptor_;
  std::size_t limit_;
  std::string text_;
  bool over_limit_ = false;
};

/// Waits until the box has ended or had to be ended, or `until` (if it is a descriptor) is readable; captures
/// are drained meanwhile. Returns why the box was killed, if it was.
struct WatchResult {
  Stop stop = Stop::none;
  double waited_seconds = 0.0;  ///< Stop::wall_clock: for a processor, see classify()
  bool ended = false;           ///< of itself or killed
  bool until_ready = false;
};
WatchResult watch(Box& box, const Limits& limits, const Layers& without,
                  const std::vector<Capture*>& captures, int until = -1);

}  // namespace reckon::suites::sandbox
