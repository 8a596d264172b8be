#pragma once
// Runs beside others, and runs that must have the machine's processors to themselves.

#include <mutex>
#include <shared_mutex>

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

}  // namespace reckon::suites::sandbox
