#include "harness/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>

namespace reckon::harness {

std::string clock_text(double seconds) {
  const auto whole = static_cast<std::int64_t>(std::llround(std::max(0.0, seconds)));
  if (whole >= 3600) return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

Progress::Progress(Mode mode, std::function<double()> clock)
    : enabled_(mode == Mode::automatic),
      terminal_(isatty(STDERR_FILENO) != 0),
      clock_(std::move(clock)),
      started_(clock_()) {}

Progress::~Progress() { clear(); }

std::string Progress::line(const ProgressState& state) const {
  const double elapsed = clock_() - started_;
  const double speed = elapsed > 0.0 ? static_cast<double>(state.output_tokens) / elapsed : 0.0;
  const std::int64_t done_now = state.done - done_at_start_;
  std::string text = fmt::format("{}/{} samples", state.done, state.total);
  if (state.graded > 0) {
    text += fmt::format(" | {:.1f} % right",
                        100.0 * static_cast<double>(state.correct) / static_cast<double>(state.graded));
  }
  text += fmt::format(" | {:.0f} tokens/s", speed);
  if (state.truncated > 0) text += fmt::format(" | {} truncated", state.truncated);
  if (state.failed > 0) text += fmt::format(" | {} failed", state.failed);
  if (done_now > 0 && state.done < state.total) {
    text +=
        " | " +
        clock_text(elapsed / static_cast<double>(done_now) * static_cast<double>(state.total - state.done)) +
        " left";
  } else {
    text += " | " + clock_text(elapsed);
  }
  if (!state.task.empty()) text += " | " + state.task;
  return text;
}

void Progress::clear() {
  if (drawn_ && terminal_) std::fputs("\r\033[K", stderr);
  drawn_ = false;
}

void Progress::start(const ProgressState& state) {
  started_ = clock_();
  done_at_start_ = state.done;
}

void Progress::update(const ProgressState& state) {
  if (!enabled_) return;
  const double now = clock_();
  if (now - last_ < (terminal_ ? 0.1 : 10.0)) return;
  last_ = now;
  if (!terminal_) {
    fmt::print(stderr, "{}\n", line(state));
    return;
  }
  constexpr int kWidth = 24;
  const int filled = state.total > 0 ? static_cast<int>(kWidth * state.done / state.total) : 0;
  std::string bar;
  for (int i = 0; i < kWidth; ++i) bar += i < filled ? "\u2588" : "\u2591";
  const bool colour = std::getenv("NO_COLOR") == nullptr;
  fmt::print(stderr, "\r\033[K{}{}{} {}", colour ? "\033[36m" : "", bar, colour ? "\033[0m" : "",
             line(state));
  std::fflush(stderr);
  drawn_ = true;
}

void Progress::note(const std::string& text) {
  if (!enabled_) return;
  clear();
  fmt::print(stderr, "{}\n", text);
}

void Progress::finish(const ProgressState& state) {
  if (!enabled_) return;
  clear();
  fmt::print(stderr, "{}\n", line(state));
}

}  // namespace reckon::harness
