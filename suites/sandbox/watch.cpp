#include "suites/sandbox/watch.h"

#include <algorithm>
#include <cerrno>

#include <poll.h>
#include <unistd.h>

namespace reckon::suites::sandbox {
namespace {

/// How often the CPU time of all processes together is looked at.
constexpr double kLookSeconds = 0.2;

}  // namespace

bool Capture::drain() {
  char buffer[65536];
  while (descriptor_) {
    const ssize_t count = read(descriptor_.get(), buffer, sizeof buffer);
    if (count > 0) {
      const std::size_t room = limit_ - std::min(limit_, text_.size());
      text_.append(buffer, std::min(room, static_cast<std::size_t>(count)));
      over_limit_ = over_limit_ || static_cast<std::size_t>(count) > room;
      if (over_limit_) {
        return true;  // what follows is read only if the box is let live
      }
    } else if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
      return true;
    } else {
      descriptor_.reset();
    }
  }
  return false;
}

WatchResult watch(Box& box, const Limits& limits, const Layers& without,
                  const std::vector<Capture*>& captures, int until) {
  WatchResult result;
  const auto kill = [&](Stop why) {
    result.stop = why;
    if (why == Stop::wall_clock) {
      result.waited_seconds = box.longest_wait_seconds();
    }
    box.kill();
    result.ended = true;
  };
  while (!result.ended) {
    std::vector<pollfd> items = {{box.ended_descriptor(), POLLIN, 0}};
    if (until >= 0) {
      items.push_back({until, POLLIN, 0});
    }
    for (const Capture* capture : captures) {
      if (capture->open()) {
        items.push_back({capture->descriptor(), POLLIN, 0});
      }
    }
    const bool timed = !without.contains(Layer::wall_clock);
    const double left = timed ? limits.wall_seconds - box.wall_seconds() : kLookSeconds;
    if (left <= 0) {
      kill(Stop::wall_clock);
      break;
    }
    poll(items.data(), items.size(), static_cast<int>(1000 * std::min(left, kLookSeconds)) + 1);
    bool over = false;
    for (Capture* capture : captures) {
      capture->drain();
      over = over || capture->over_limit();
    }
    if (over && !without.contains(Layer::output_limit)) {
      kill(Stop::output_limit);
    } else if (until >= 0 && (items[1].revents & (POLLIN | POLLHUP)) != 0) {
      result.until_ready = true;
      return result;
    } else if (items[0].revents != 0) {
      result.ended = true;
    } else if (box.cpu_seconds().value_or(0.0) > limits.cpu_seconds + kLookSeconds &&
               !without.contains(Layer::resource_limits)) {
      kill(Stop::cpu_limit);
    }
  }
  for (Capture* capture : captures) {
    capture->drain();
  }
  return result;
}

}  // namespace reckon::suites::sandbox
