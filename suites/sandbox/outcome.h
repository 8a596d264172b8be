#pragma once
// How a run of untrusted code is judged to have ended, whatever it was run for.

#include <string>

#include "suites/sandbox/box.h"

namespace reckon::suites::sandbox {

enum class Category {
  passed,
  wrong_answer,
  exception,     ///< ended with an error of its own
  syntax_error,  ///< does not compile
  timeout,       ///< reached its CPU limit, or slept until the wall clock's
  memory,
  output_limit,
  process_limit,
  forbidden,       ///< made a system call that no answer needs
  infrastructure,  ///< the machine failed, not the program: never counted as wrong
};
const char* to_string(Category category);

/// Why the parent ended a box, where it did.
enum class Stop { none, wall_clock, cpu_limit, output_limit };

struct Outcome {
  Category category = Category::passed;
  std::string detail;  ///< one sentence
};

/// From how the box ended; `passed` where it ended with exit code 0. `waited_seconds`: what the thread that
/// waited longest for a processor did until the end of the wall clock. What the box itself ran meanwhile is
/// taken off, as its processes may have kept each other waiting: then it is no fault of the machine.
Outcome classify(const BoxEnd& end, const Limits& limits, Stop stop, double waited_seconds);

/// A first try that came near its limit is not trusted: the machine was busy with others then.
bool deserves_second_try(const Outcome& outcome, const BoxEnd& end, const Limits& limits, Stop stop);

}  // namespace reckon::suites::sandbox
