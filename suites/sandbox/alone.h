#pragma once
// Runs beside others, and runs that must have the machine's processors to themselves.

#include <mutex>
#include <shared_mutex>

#include "suites/sandbox/outcome.h"

namespace reckon::suites::sandbox {

std::shared_mutex& turn_of_boxes();

/// Held by an ordinary run.
class BesideOthers {
 public:
  BesideOthers() : lock_(turn_of_boxes()) {}

 private:
  std::shared_lock<std::shared_mutex> lock_;
};

/// Held by a second try: no other run of this process goes on meanwhile.
class Alone {
 public:
  Alone() : lock_(turn_of_boxes()) {}

 private:
  std::unique_lock<std::shared_mutex> lock_;
};

/// What `run_once` gives beside others, or where that is not to be trusted, what it gives alone: the second
/// try decides. Its result has an `outcome`, an `end` and a `stop`.
template <class RunOnce>
auto with_second_try(const Limits& limits, RunOnce run_once) {
  auto first = [&] {
    const BesideOthers turn;
    return run_once();
  }();
  if (!deserves_second_try(first.outcome, first.end, limits, first.stop)) {
    return first;
  }
  const Alone turn;
  return run_once();
}

}  // namespace reckon::suites::sandbox
