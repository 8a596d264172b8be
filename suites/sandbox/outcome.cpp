#include "suites/sandbox/outcome.h"

#include <csignal>
#include <cstring>

#include <fmt/format.h>

namespace reckon::suites::sandbox {
namespace {

/// A program that others kept waiting for a processor for more than this share of its time is starved.
constexpr double kStarvedShare = 0.25;

std::string mebibytes(std::size_t bytes) { return fmt::format("{} MiB", bytes >> 20); }

/// The program's own ending, without anyone else's doing.
Outcome own_ending(const BoxEnd& end, const Limits& limits) {
  const int signal = end.exit_code > 128 ? end.exit_code - 128 : 0;
  if (signal == SIGSYS) {
    return {Category::forbidden, "made a system call that the sandbox forbids"};
  }
  if (end.memory_kill) {
    return {Category::memory, fmt::format("used more than {}", mebibytes(limits.memory_bytes))};
  }
  if (signal == SIGXCPU || (signal == SIGKILL && end.cpu_seconds >= limits.cpu_seconds)) {
    return {Category::timeout, fmt::format("used its {:.0f} s of CPU", limits.cpu_seconds)};
  }
  if (signal == SIGXFSZ) {
    return {Category::output_limit,
            fmt::format("wrote a file of more than {}", mebibytes(limits.file_bytes))};
  }
  if (end.exit_code == 0) {
    return {Category::passed, ""};
  }
  if (end.processes_refused) {
    return {Category::process_limit, fmt::format("asked for more than {} processes", limits.processes)};
  }
  return {Category::exception, signal > 0 && signal < 65
                                   ? fmt::format("ended by signal {} ({})", signal, strsignal(signal))
                                   : fmt::format("ended with exit code {}", end.exit_code)};
}

}  // namespace

const char* to_string(Category category) {
  switch (category) {
    case Category::passed:
      return "passed";
    case Category::wrong_answer:
      return "wrong answer";
    case Category::exception:
      return "exception";
    case Category::syntax_error:
      return "syntax error";
    case Category::timeout:
      return "timeout";
    case Category::memory:
      return "memory";
    case Category::output_limit:
      return "output limit";
    case Category::process_limit:
      return "process limit";
    case Category::forbidden:
      return "forbidden";
    case Category::infrastructure:
      return "infrastructure";
  }
  return "";
}

Outcome classify(const BoxEnd& end, const Limits& limits, Stop stop, double waited_seconds) {
  switch (stop) {
    case Stop::none:
      return own_ending(end, limits);
    case Stop::cpu_limit:
      return {Category::timeout,
              fmt::format("its processes used {:.0f} s of CPU together", limits.cpu_seconds)};
    case Stop::output_limit:
      return {Category::output_limit, fmt::format("wrote more than {} bytes", limits.output_bytes)};
    case Stop::wall_clock:
      break;
  }
  if (end.cpu_seconds >= limits.cpu_seconds / 2) {
    return {Category::timeout,
            fmt::format("used {:.1f} s of CPU in {:.0f} s", end.cpu_seconds, end.wall_seconds)};
  }
  if (waited_seconds - end.cpu_seconds <= kStarvedShare * end.wall_seconds) {
    return {Category::timeout, fmt::format("was asleep when its {:.0f} s were over", limits.wall_seconds)};
  }
  return {Category::infrastructure, fmt::format("got {:.1f} s of CPU in {:.0f} s: the machine was busy",
                                                end.cpu_seconds, end.wall_seconds)};
}

bool deserves_second_try(const Outcome& outcome, const BoxEnd& end, const Limits& limits, Stop stop) {
  if (outcome.category == Category::infrastructure || stop == Stop::wall_clock) {
    return true;
  }
  if (outcome.category == Category::timeout) {
    return false;  // CPU time that was used up was used up, whoever else was there
  }
  return outcome.category != Category::passed && end.cpu_seconds >= limits.cpu_seconds / 2 &&
         outcome.category != Category::syntax_error && outcome.category != Category::forbidden;
}

}  // namespace reckon::suites::sandbox
