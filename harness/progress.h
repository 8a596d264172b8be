#pragma once
// What a person sees on stderr while a run goes on: a bar on a terminal, plain lines elsewhere.

#include <cstdint>
#include <functional>
#include <string>

#include "harness/clock.h"

namespace reckon::harness {

struct ProgressState {
  std::int64_t done = 0;
  std::int64_t total = 0;
  std::int64_t graded = 0;
  std::int64_t correct = 0;
  std::int64_t truncated = 0;
  std::int64_t failed = 0;
  std::int64_t output_tokens = 0;  ///< of this launch
  std::string task;                ///< being worked on
};

class Progress {
 public:
  enum class Mode : std::uint8_t { automatic, off };
  /// `clock`: monotonic seconds.
  explicit Progress(Mode mode, std::function<double()> clock = monotonic_seconds);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// The first question is about to be asked: speed and time left are measured from here on.
  void start(const ProgressState& state);
  /// Redraws at most ten times a second; off a terminal prints a line every ten seconds.
  void update(const ProgressState& state);
  /// A line above the bar.
  void note(const std::string& line);
  void finish(const ProgressState& state);
  /// What update() shows: "6/10 samples | 50.0 % right | 12 tokens/s | 0:40 left | task"
  std::string line(const ProgressState& state) const;

 private:
  void clear();

  bool enabled_;
  bool terminal_;
  std::function<double()> clock_;
  double started_;
  double last_ = -1e9;
  std::int64_t done_at_start_ = 0;
  bool drawn_ = false;
};

/// "1:05:09", "5:09"
std::string clock_text(double seconds);

}  // namespace reckon::harness
