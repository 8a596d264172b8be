#pragma once
// Which layers of the sandbox work on this machine.

#include <string>
#include <vector>

#include "suites/sandbox/limits.h"

namespace reckon::suites::sandbox {

/// One line of `reckon doctor`.
struct LayerState {
  std::string name;
  bool works = false;
  bool required = true;  ///< code is refused without it; else the isolation is weaker and the records say so
  std::string detail;
  std::string remedy;  ///< where it does not work
};

/// Tries them once, each by what it is there for.
const std::vector<LayerState>& layer_states();

/// All required layers work.
bool sandbox_works();
/// Why not, with the remedy; "" where it works.
std::string sandbox_problem();

/// What holds a box made without `without`, as it stands in every record:
/// "bubblewrap, user 1879048192+, seccomp, cgroup v1 (memory, pids), rlimits".
std::string isolation_text(const Layers& without);

/// --sandbox none: limits of time and size only.
Layers all_but_limits();

}  // namespace reckon::suites::sandbox
