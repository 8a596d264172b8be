#pragma once
// Starting a process with everything decided beforehand, cheaply even when this process is large.

#include <string>
#include <vector>

#include <sys/types.h>

#include "suites/sandbox/limits.h"

namespace reckon::suites::sandbox {

struct SpawnPlan {
  std::vector<std::string> command;
  std::vector<std::string> environment;  ///< NAME=value
  std::vector<int> descriptors;          ///< become 0, 1, 2 ...; the others are closed, unless `keep_others`
  bool keep_others = false;
  std::vector<int> group_entrances;  ///< of control groups: "0" is written into each
  bool drop_root = true;             ///< where uid is 0: to a uid that no account and no other box has
  bool limit_resources = true;
  bool new_session = true;
  Limits limits;
};

/// The process's id. Errors: evaluation error with the step that failed.
pid_t spawn(const SpawnPlan& plan);

}  // namespace reckon::suites::sandbox
